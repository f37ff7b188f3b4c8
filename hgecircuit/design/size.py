"""From a circuit file's wishes to a design with every value sized."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from hgecircuit.design.checks import checked_carriers
from hgecircuit.design.design import (
    CoherentDesign,
    ContinuousDesign,
    Design,
    SimulationSettings,
    StreamDesign,
    Task,
)
from hgecircuit.design.error_circuits import size_readout
from hgecircuit.design.error_model.responses import window_for
from hgecircuit.design.error_model.windows import LowpassWindow
from hgecircuit.design.stream_timing import stream_timing
from hgecircuit.design.timing import EDGE_SHARE, CoherentTiming, ContinuousTiming
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.filters.lowpass import Lowpass
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.integrators.gated import Accumulator, WeightIntegrator
from hgecircuit.parts.iv_converter import IvConverter
from hgecircuit.parts.latch import Latch
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.oscillators.bank import OscillatorBank
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.parts.sample_hold import SampleHold
from hgecircuit.spec.ball import BallTask
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.device_checks import check_against_device, control_ranges_v
from hgecircuit.spec.loop import CoherentLoop, ContinuousLoop, StreamLoop
from hgecircuit.spec.runs import VerificationSpec
from hgecircuit.spec.signals import ButterworthFilter
from hgecircuit.units import format_quantity

# Accumulator voltage at which the step limiter starts to act: two hundred times over the limit is
# 10 V, which a verdict checks.
ACCUMULATOR_LIMIT_V = 0.05
# Time constants of the converter that a blank or an evaluation must last: exp(-10) = 5e-5 is left.
CONVERTER_TIME_CONSTANTS = 10
# Tracking time constants within a strobe or a reset: exp(-20) = 2e-9 of a step is left.
TIME_CONSTANTS = 20


def design_circuit(
    spec: CircuitSpec, device: DeviceModel, start_v: np.ndarray | None = None
) -> Design:
    """Size every part of the learner that ``spec`` asks for.

    Args:
        spec: The circuit file.
        device: The device model that it names.
        start_v: Control voltages at t = 0, shape (C,), in place of the file's start.

    Raises:
        InputError: The file does not fit the device, or its carriers break a rule.
    """
    check_against_device(spec, device)
    common = _size_common(spec, device)
    loop = spec.loop
    if isinstance(loop, CoherentLoop):
        return _size_coherent(spec, loop, common, _start_v(spec, device, start_v))
    if isinstance(loop, StreamLoop):
        return _size_stream(spec, loop, common, _start_v(spec, device, start_v))
    return _size_continuous(spec, loop, common, _start_v(spec, device, start_v))


def random_starts_v(spec: CircuitSpec, device: DeviceModel, seed: int, count: int) -> np.ndarray:
    """Uniform random control voltages over the whole control ranges, shape (count, C), in V."""
    low_v, high_v = control_ranges_v(spec, device)
    return low_v + (high_v - low_v) * np.random.default_rng(seed).random((count, len(low_v)))


def operating_points_v(design: Design, verification: VerificationSpec) -> np.ndarray:
    """Operating points for the gradient bench, shape (P, M), in V.

    The controls are a Latin hypercube over their whole ranges, so every electrode's range is
    covered evenly; the inputs go through the task's patterns.
    """
    from scipy.stats.qmc import LatinHypercube

    count, task = verification.operating_points, design.task
    unit = LatinHypercube(len(task.controls), rng=verification.seed).random(count)
    low_v = np.array([weight.minimum_v for weight in design.weights])
    high_v = np.array([weight.maximum_v for weight in design.weights])
    points_v = np.empty((count, design.device.electrodes))
    points_v[:, list(task.controls)] = low_v + (high_v - low_v) * unit
    points_v[:, list(task.inputs)] = task.patterns_v[np.arange(count) % len(task.patterns_v)]
    return points_v


def _start_v(spec: CircuitSpec, device: DeviceModel, start_v: np.ndarray | None) -> np.ndarray:
    if start_v is not None:
        return np.asarray(start_v, dtype=float)
    if spec.start.voltages_v is not None:
        return np.asarray(spec.start.voltages_v)
    assert spec.start.seed is not None  # the spec layer fills in one of the two
    return random_starts_v(spec, device, spec.start.seed, 1)[0]


def _size_common(spec: CircuitSpec, device: DeviceModel) -> dict[str, Any]:
    """The keyword arguments that both designs share."""
    carriers, loop = checked_carriers(spec), spec.loop
    iv = _iv_converter(spec)
    return {
        "title": spec.title,
        "task": Task(
            np.array(spec.task.pattern_bits),
            np.array(spec.task.target_bits, dtype=float),
            spec.device.inputs,
            spec.device.controls,
            np.array(spec.device.logic_low_v),
            np.array(spec.device.logic_high_v),
        ),
        "device": device,
        "noise": _noise(spec),
        "amplitudes_v": spec.perturbation.amplitude_v,
        "carriers": carriers,
        "iv": iv,
        "multiplier": _multiplier(spec),
        "readout": size_readout(
            spec, iv.gain_ohm, _multiplier(spec), _integrator_imperfections(spec)
        ),
        "ranges_v": control_ranges_v(spec, device),
        "epochs": loop.epochs,
        "learning_rate_v2": loop.learning_rate,
        "simulation": SimulationSettings(
            1 / (spec.simulation.steps_per_cycle * max(carriers.frequencies_hz)),
            spec.simulation.reltol,
        ),
    }


def _size_coherent(
    spec: CircuitSpec, loop: CoherentLoop, common: dict[str, Any], start_v: np.ndarray
) -> CoherentDesign:
    """Size loop C.

    The accumulator collects T A chain/(2 tau) volts per unit of a e dI/dV (1 V of error swing per
    logic swing), and the transfer moves ``step_v_per_v`` of it into the weight; tau is chosen so
    that the step is the learning rate times the derivative of sum_k e_k^2 / 2.
    """
    time_s = spec.lock_in.time_s
    edge_s = EDGE_SHARE * time_s
    timing = CoherentTiming(
        len(spec.task.patterns),
        time_s,
        _given(loop.evaluation_time_s),
        _given(loop.blank_time_s),
        _given(loop.transfer_time_s),
        edge_s,
        loop.hold_epochs,
    )
    _check_converter(spec, common["iv"], min(timing.blank_s, timing.evaluation_s))
    strobe, transfer = timing.strobe_window(0), timing.transfer_window
    step_v_per_v = loop.step_limit_v / ACCUMULATOR_LIMIT_V
    reset_tau_s = timing.transfer_s / 2 / TIME_CONSTANTS
    accumulators = _accumulators(spec, loop, common["amplitudes_v"], reset_tau_s)
    weight_tau_s = (transfer.stop_s - transfer.start_s) / step_v_per_v
    channels = len(start_v)
    return CoherentDesign(
        **_finish(spec, common, common["iv"].response, [weight_tau_s] * channels, start_v, edge_s),
        sample_hold=SampleHold((strobe.stop_s - strobe.start_s) / TIME_CONSTANTS),
        timing=timing,
        accumulators=accumulators,
        limiter=StepLimiter(channels, ACCUMULATOR_LIMIT_V),
        latch=Latch(
            len(spec.task.patterns),
            loop.latch_error,
            loop.latch_release,
            timing.blank_s / 2 / TIME_CONSTANTS,
        ),
        step_v_per_v=step_v_per_v,
    )


def _accumulators(
    spec: CircuitSpec,
    loop: CoherentLoop | StreamLoop,
    amplitudes_v: tuple[float, ...],
    reset_tau_s: float,
) -> tuple[Accumulator, ...]:
    """One per control, with the time constant that makes the step the learning rate's."""
    step_v_per_v = loop.step_limit_v / ACCUMULATOR_LIMIT_V
    per_v = spec.lock_in.time_s * step_v_per_v / (2 * loop.learning_rate)
    imperfect = _integrator_imperfections(spec)
    return tuple(
        Accumulator(per_v * amplitude_v, reset_tau_s, **imperfect) for amplitude_v in amplitudes_v
    )


def _size_stream(
    spec: CircuitSpec, loop: StreamLoop, common: dict[str, Any], start_v: np.ndarray
) -> StreamDesign:
    """Size the stream loop, as the coherent one, but the accumulators remember.

    The reset after a batch of N patterns takes them to exp(-N/memory): it lasts N/memory of its own
    time constants.
    """
    assert isinstance(spec.task, BallTask)  # the spec layer pairs loop and task
    timing = stream_timing(spec, loop)
    _check_converter(spec, common["iv"], min(timing.blank_s, timing.evaluation_s))
    strobe, transfer = timing.strobe_window, timing.transfer_window
    step_v_per_v = loop.step_limit_v / ACCUMULATOR_LIMIT_V
    reset = timing.reset_window
    forget_tau_s = (reset.stop_s - reset.start_s) * loop.memory_patterns / loop.batch
    weight_tau_s = (transfer.stop_s - transfer.start_s) / step_v_per_v
    located, targets = spec.task.points[1]
    return StreamDesign(
        **_finish(
            spec,
            common,
            common["iv"].response,
            [weight_tau_s] * len(start_v),
            start_v,
            timing.edge_s,
        ),
        sample_hold=SampleHold((strobe.stop_s - strobe.start_s) / TIME_CONSTANTS),
        timing=timing,
        accumulators=_accumulators(spec, loop, common["amplitudes_v"], forget_tau_s),
        limiter=StepLimiter(len(start_v), ACCUMULATOR_LIMIT_V),
        step_v_per_v=step_v_per_v,
        test=replace(common["task"], bits=(located + 1) / 2, targets=targets.astype(float)),
    )


def _size_continuous(
    spec: CircuitSpec, loop: ContinuousLoop, common: dict[str, Any], start_v: np.ndarray
) -> ContinuousDesign:
    """Size loop A: in one update window the weight moves by the learning rate times a e dI/dV."""
    time_s = spec.lock_in.time_s
    edge_s = EDGE_SHARE * time_s
    timing = ContinuousTiming(
        len(spec.task.patterns),
        _given(loop.blank_time_s),
        time_s,
        _given(loop.update_time_s),
        edge_s,
        loop.hold_epochs,
    )
    _check_converter(spec, common["iv"], timing.blank_s)
    lowpass = _lowpass(spec)
    coupling = AcCoupling(_given(loop.coupling_cutoff_hz))
    iv: IvConverter = common["iv"]

    def chain(frequency_hz: np.ndarray) -> np.ndarray:
        return iv.response(frequency_hz) * coupling.response(frequency_hz)

    gain = np.abs(chain(np.asarray(common["carriers"].frequencies_hz))) / iv.gain_ohm
    window = timing.update_window(0)
    update_s = window.stop_s - window.start_s
    taus_s = update_s * np.asarray(common["amplitudes_v"]) * gain / (2 * loop.learning_rate)
    return ContinuousDesign(
        **_finish(spec, common, chain, list(taus_s), start_v, edge_s),
        sample_hold=SampleHold(update_s / TIME_CONSTANTS),
        timing=timing,
        lowpass=lowpass,
        coupling=coupling,
    )


def _finish(
    spec: CircuitSpec,
    common: dict[str, Any],
    chain: Any,
    weight_taus_s: list[float],
    start_v: np.ndarray,
    edge_s: float,
) -> dict[str, Any]:
    """Replace what depends on the chain: oscillator bank, chain gain, weights."""
    arguments = dict(common)
    carriers, iv = arguments.pop("carriers"), arguments["iv"]
    low_v, high_v = arguments.pop("ranges_v")
    response = chain(np.asarray(carriers.frequencies_hz)) / iv.gain_ohm
    oscillator, behavioural = spec.oscillator, spec.blocks.oscillator == "behavioural"
    arguments["bank"] = OscillatorBank(
        carriers.frequencies_hz,
        carriers.phases_rad,
        tuple(float(lag) for lag in -np.angle(response)),
        oscillator.amplitude_error if behavioural else 0.0,
        oscillator.frequency_error if behavioural else 0.0,
    )
    arguments["chain_gain"] = np.abs(response)
    arguments["weights"] = tuple(
        WeightIntegrator(
            float(tau_s),
            float(low),
            float(high),
            float(start),
            edge_s,
            **_integrator_imperfections(spec),
        )
        for tau_s, low, high, start in zip(weight_taus_s, low_v, high_v, start_v, strict=True)
    )
    return arguments


def _given(value: float | None) -> float:
    assert value is not None  # the spec layer fills in every derived value
    return value


def _lowpass(spec: CircuitSpec) -> Lowpass:
    chosen, parts = spec.lock_in, spec.lowpass
    assert isinstance(chosen, ButterworthFilter)
    window = window_for("butterworth", chosen.time_s, order=chosen.order, settled=chosen.settled)
    assert isinstance(window, LowpassWindow)
    prototype = window.lowpass
    assert isinstance(prototype, Prototype)
    behavioural = spec.blocks.lowpass == "behavioural"
    return Lowpass(
        prototype,
        parts.capacitor_f,
        OpAmp(parts.gain_bandwidth_hz) if behavioural else IDEAL,
        parts.offset_v if behavioural else 0.0,
    )


def _settled(spec: CircuitSpec) -> str:
    assert isinstance(spec.lock_in, ButterworthFilter)  # the spec layer pairs loop and filter
    return spec.lock_in.settled


def _iv_converter(spec: CircuitSpec) -> IvConverter:
    part = spec.iv_converter
    if spec.blocks.iv_converter == "ideal":
        return IvConverter(part.gain_ohm)
    return IvConverter(part.gain_ohm, part.bandwidth_hz, part.offset_v)


def _check_converter(spec: CircuitSpec, iv: IvConverter, settle_s: float) -> None:
    """Refuse a converter that has not settled when the circuit starts to read it."""
    needed_hz = CONVERTER_TIME_CONSTANTS / (2 * math.pi * settle_s)
    if iv.bandwidth_hz < needed_hz:
        raise InputError(
            "the converter does not settle in the shortest slot of the loop",
            file=spec.file,
            key="iv_converter.bandwidth",
            value=format_quantity(iv.bandwidth_hz, "Hz"),
            expected=f"at least {format_quantity(needed_hz, 'Hz')} for "
            f"{format_quantity(settle_s, 's')}, or longer times in [loop]",
        )


def _multiplier(spec: CircuitSpec) -> Multiplier:
    if spec.blocks.multiplier == "ideal":
        return Multiplier()
    return Multiplier(spec.multiplier.scale_error, spec.multiplier.output_offset_v)


def _integrator_imperfections(spec: CircuitSpec) -> dict[str, float]:
    if spec.blocks.integrator == "ideal":
        return {}
    return {"offset_v": spec.integrator.offset_v, "dc_gain": spec.integrator.dc_gain}


def _noise(spec: CircuitSpec) -> NoiseSpec | None:
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
