"""Single blocks at the fidelity and with the errors that a circuit file asks for."""

from __future__ import annotations

from hgecircuit.design.blocks import Converter
from hgecircuit.design.components import Workbench
from hgecircuit.design.error_model.responses import window_for
from hgecircuit.design.error_model.windows import LowpassWindow
from hgecircuit.design.timing import EDGE_SHARE
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.parts.filters.built import BuiltLowpass
from hgecircuit.parts.filters.lowpass import Lowpass
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.iv_converter import IvConverter
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.sample_hold import SampleHold
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.signals import ButterworthFilter


def workbench(spec: CircuitSpec) -> Workbench:
    """Sizes blocks of real parts."""
    return Workbench.of(spec.components, EDGE_SHARE * spec.lock_in.time_s)


def iv_converter(spec: CircuitSpec) -> Converter:
    """The current-to-voltage converter."""
    part = spec.iv_converter
    if spec.blocks.iv_converter == "ideal":
        return IvConverter(part.gain_ohm)
    if spec.blocks.iv_converter == "component":
        return workbench(spec).nominal.converter(part.gain_ohm, part.bandwidth_hz)
    return IvConverter(part.gain_ohm, part.bandwidth_hz, part.offset_v)


def multiplier(spec: CircuitSpec) -> Multiplier:
    """Every lock-in multiplier, and those of the mixer and of the error circuit's servos."""
    if spec.blocks.multiplier != "behavioural":
        return Multiplier()
    part = spec.multiplier
    return Multiplier(part.scale_error, part.output_offset_v, part.x_offset_v, part.y_offset_v)


def integrator_imperfections(spec: CircuitSpec) -> dict[str, float]:
    """Errors of accumulators and weights, by their attributes; empty for none."""
    if spec.blocks.integrator != "behavioural":
        return {}
    part = spec.integrator
    return {"offset_v": part.offset_v, "dc_gain": part.dc_gain, "leakage_a": part.leakage_a}


def servo_imperfections(spec: CircuitSpec) -> dict[str, float]:
    """Errors of the error circuit's servos, whose capacitors are too fast to leak."""
    return {
        name: value for name, value in integrator_imperfections(spec).items() if name != "leakage_a"
    }


def lowpass(spec: CircuitSpec) -> Lowpass | BuiltLowpass:
    """The low-pass behind every demodulator."""
    chosen, parts = spec.lock_in, spec.lowpass
    assert isinstance(chosen, ButterworthFilter)
    window = window_for("butterworth", chosen.time_s, order=chosen.order, settled=chosen.settled)
    assert isinstance(window, LowpassWindow)
    prototype = window.lowpass
    assert isinstance(prototype, Prototype)
    if spec.blocks.lowpass == "component":
        return workbench(spec).nominal.lowpass(prototype, parts.capacitor_f, "lowpass")
    behavioural = spec.blocks.lowpass == "behavioural"
    return Lowpass(
        prototype,
        parts.capacitor_f,
        OpAmp(parts.gain_bandwidth_hz) if behavioural else IDEAL,
        parts.offset_v if behavioural else 0.0,
    )


def noise(spec: CircuitSpec) -> NoiseSpec | None:
    """The noise of the device's output, or None."""
    noise = spec.device.noise
    if noise is None:
        return None
    return NoiseSpec(
        white_a2_per_hz=noise.white_a2_per_hz,
        flicker_a2_per_hz=noise.flicker_a2_per_hz,
        frequency_hz=noise.flicker_at_hz,
        exponent=noise.flicker_exponent,
        sample_rate_hz=noise.sample_rate_hz,
        seed=noise.seed,
    )


def sample_hold(spec: CircuitSpec, tau_s: float) -> SampleHold:
    """The cell that holds an output, with a tracking time constant."""
    if spec.blocks.sample_hold != "behavioural":
        return SampleHold(tau_s)
    errors = spec.sample_hold
    return SampleHold(
        tau_s,
        pedestal_v=errors.pedestal_v,
        droop_v_per_s=errors.droop_v_per_s,
        offset_v=errors.offset_v,
    )
