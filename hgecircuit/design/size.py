"""From a circuit file's wishes to a design with every value sized."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hgecircuit.design.blocks import Converter
from hgecircuit.design.checks import checked_carriers
from hgecircuit.design.components import Workbench
from hgecircuit.design.design import (
    CoherentDesign,
    ContinuousDesign,
    Design,
    SimulationSettings,
    Task,
)
from hgecircuit.design.error_circuits import size_readout
from hgecircuit.design.error_model.responses import window_for
from hgecircuit.design.error_model.windows import LowpassWindow
from hgecircuit.design.fidelity import coherent_blocks, continuous_blocks
from hgecircuit.design.timing import CoherentTiming, ContinuousTiming
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.built import BuiltCoupling, BuiltLowpass
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.filters.lowpass import Lowpass
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.integrators.gated import Accumulator, WeightIntegrator
from hgecircuit.parts.iv_converter import IvConverter
from hgecircuit.parts.latch import Latch
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.oscillators import Bank, OscillatorBank
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.parts.sample_hold import SampleHold
from hgecircuit.spec.carrier_rules import Carriers
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.device_checks import check_against_device, control_ranges_v
from hgecircuit.spec.loop import CoherentLoop, ContinuousLoop
from hgecircuit.spec.runs import VerificationSpec
from hgecircuit.spec.signals import ButterworthFilter
from hgecircuit.units import format_quantity

# Largest error in logic swings that the error's way must pass without clipping.
_LARGEST_ERROR = 1.5
# Random points at which the largest AC signal is looked for.
_STEEP_POINTS = 256
# Clock edges as a share of the lock-in time: short against every slot, long enough for the solver.
EDGE_SHARE = 1e-3
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
        "separation_min_a": loop.separation_min_a,
        "learning_rate_v2": loop.learning_rate,
        "simulation": SimulationSettings(
            1 / (spec.simulation.steps_per_cycle * max(carriers.frequencies_hz)),
            spec.simulation.reltol,
            "component" in spec.blocks.model_dump().values(),
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
    iv: Converter = common["iv"]
    chain_gain, bank = _oscillators(spec, common["carriers"], iv.response, iv)
    timing = CoherentTiming(
        len(spec.task.patterns),
        time_s,
        _given(loop.evaluation_time_s),
        _given(loop.blank_time_s),
        _given(loop.transfer_time_s),
        edge_s,
        loop.hold_epochs,
        loop.chopping,
        _whole(bank.startup_s, time_s),
    )
    _check_converter(spec, iv, min(timing.blank_s, timing.evaluation_s))
    strobe, transfer = timing.strobe_window(0), timing.transfer_window
    step_v_per_v = loop.step_limit_v / ACCUMULATOR_LIMIT_V
    gains = _lock_in_gains(spec, common)
    lock_in_gain = gains["mixer_gain"] * gains["demodulator_gain"]
    imperfect = _integrator_imperfections(spec)
    accumulators = tuple(
        Accumulator(
            time_s * amplitude_v * step_v_per_v / (2 * loop.learning_rate) * lock_in_gain,
            timing.transfer_s / 2 / TIME_CONSTANTS,
            chopped=loop.chopping,
            **imperfect,
        )
        for amplitude_v in common["amplitudes_v"]
    )
    weight_tau_s = (transfer.stop_s - transfer.start_s) / step_v_per_v
    channels = len(start_v)
    values = {
        **_finish(spec, common, [weight_tau_s] * channels, start_v, edge_s),
        "bank": bank,
        "chain_gain": chain_gain,
        "sample_hold": SampleHold((strobe.stop_s - strobe.start_s) / TIME_CONSTANTS),
        "timing": timing,
        "accumulators": accumulators,
        "limiter": StepLimiter(channels, ACCUMULATOR_LIMIT_V),
        "latch": Latch(
            len(spec.task.patterns),
            loop.latch_error,
            loop.latch_release,
            timing.blank_s / 2 / TIME_CONSTANTS,
        ),
        "step_v_per_v": step_v_per_v,
        "lock_in_gain": lock_in_gain,
    }
    blocks, tolerances = coherent_blocks(values | gains, spec)
    return CoherentDesign(**values, blocks=blocks, tolerances=tolerances)


def _size_continuous(
    spec: CircuitSpec, loop: ContinuousLoop, common: dict[str, Any], start_v: np.ndarray
) -> ContinuousDesign:
    """Size loop A: in one update window the weight moves by the learning rate times a e dI/dV."""
    time_s = spec.lock_in.time_s
    edge_s = EDGE_SHARE * time_s
    coupling: AcCoupling | BuiltCoupling = AcCoupling(_given(loop.coupling_cutoff_hz))
    if spec.blocks.coupling == "component":
        coupling = _workbench(spec).nominal.coupling(coupling.cutoff_hz)
    iv: Converter = common["iv"]

    def chain(frequency_hz: np.ndarray) -> np.ndarray:
        return iv.response(frequency_hz) * coupling.response(frequency_hz)

    chain_gain, bank = _oscillators(spec, common["carriers"], chain, iv)
    timing = ContinuousTiming(
        len(spec.task.patterns),
        _given(loop.blank_time_s),
        time_s,
        _given(loop.update_time_s),
        edge_s,
        loop.hold_epochs,
        _whole(bank.startup_s, time_s),
    )
    _check_converter(spec, iv, timing.blank_s)
    lowpass = _lowpass(spec)
    window = timing.update_window(0)
    update_s = window.stop_s - window.start_s
    taus_s = update_s * np.asarray(common["amplitudes_v"]) * chain_gain / (2 * loop.learning_rate)
    values = {
        **_finish(spec, common, list(taus_s), start_v, edge_s),
        "bank": bank,
        "chain_gain": chain_gain,
        "sample_hold": SampleHold(update_s / TIME_CONSTANTS),
        "timing": timing,
        "lowpass": lowpass,
        "coupling": coupling,
    }
    gains = _lock_in_gains(spec, common)
    blocks, tolerances = continuous_blocks(values | gains, spec)
    return ContinuousDesign(**values, blocks=blocks, tolerances=tolerances)


def _finish(
    spec: CircuitSpec,
    common: dict[str, Any],
    weight_taus_s: list[float],
    start_v: np.ndarray,
    edge_s: float,
) -> dict[str, Any]:
    """Replace what only the sizing needs by the weights."""
    arguments = dict(common)
    arguments.pop("carriers")
    low_v, high_v = arguments.pop("ranges_v")
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


def _oscillators(
    spec: CircuitSpec,
    carriers: Carriers,
    chain: Callable[[np.ndarray], np.ndarray],
    iv: Converter,
) -> tuple[np.ndarray, Bank]:
    """The chain's gain at every carrier, over the converter's, and the bank that trails its lag."""
    response = chain(np.asarray(carriers.frequencies_hz)) / iv.gain_ohm
    lags_rad = tuple(float(lag) for lag in -np.angle(response))
    if spec.blocks.oscillator == "component":
        return np.abs(response), _workbench(spec).oscillators(carriers, lags_rad)
    part, behavioural = spec.oscillator, spec.blocks.oscillator == "behavioural"
    bank = OscillatorBank(
        carriers.frequencies_hz,
        carriers.phases_rad,
        lags_rad,
        part.amplitude_error if behavioural else 0.0,
        part.frequency_error if behavioural else 0.0,
    )
    return np.abs(response), bank


def _lock_in_gains(spec: CircuitSpec, common: dict[str, Any]) -> dict[str, float]:
    """Largest voltages of the error's and the AC signal's way, and the gains that they leave.

    ``error_v`` is the loss's slope at an error of 1.5 logic swings behind the readout's largest
    gain; ``signal_v`` what all perturbations make together at the steepest of many random points.
    """
    loop, iv, device = spec.loop, common["iv"], common["device"]
    error_v = _LARGEST_ERROR / (iv.gain_ohm * loop.separation_min_a)
    low_v, high_v = common["ranges_v"]
    task: Task = common["task"]
    unit = np.random.default_rng(0).random((_STEEP_POINTS, len(low_v)))
    points_v = task.electrode_voltages_v(low_v + (high_v - low_v) * unit)
    slopes = np.abs(device.gradient_a_per_v(points_v)[..., list(task.controls)])
    signal_v = float((slopes @ np.asarray(common["amplitudes_v"])).max()) * iv.gain_ohm
    coherent = isinstance(loop, CoherentLoop)
    gains = {"error_v": error_v, "signal_v": signal_v, "mixer_gain": 1.0, "demodulator_gain": 1.0}
    if coherent and spec.blocks.mixer == "component":
        gains["mixer_gain"] = _workbench(spec).mixer_gain(error_v, signal_v)
    if coherent and spec.blocks.multiplier == "component":
        gains["demodulator_gain"] = _workbench(spec).demodulator_gain
    return gains


def _workbench(spec: CircuitSpec) -> Workbench:
    return Workbench.of(spec.components, EDGE_SHARE * spec.lock_in.time_s)


def _whole(time_s: float, unit_s: float) -> float:
    """The time as a whole number of units, at least as long."""
    return math.ceil(time_s / unit_s) * unit_s


def _given(value: float | None) -> float:
    assert value is not None  # the spec layer fills in every derived value
    return value


def _lowpass(spec: CircuitSpec) -> Lowpass | BuiltLowpass:
    chosen, parts = spec.lock_in, spec.lowpass
    assert isinstance(chosen, ButterworthFilter)
    window = window_for("butterworth", chosen.time_s, order=chosen.order, settled=chosen.settled)
    assert isinstance(window, LowpassWindow)
    prototype = window.lowpass
    assert isinstance(prototype, Prototype)
    if spec.blocks.lowpass == "component":
        return _workbench(spec).nominal.lowpass(prototype, parts.capacitor_f, "lowpass")
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


def _iv_converter(spec: CircuitSpec) -> Converter:
    part = spec.iv_converter
    if spec.blocks.iv_converter == "ideal":
        return IvConverter(part.gain_ohm)
    if spec.blocks.iv_converter == "component":
        return _workbench(spec).nominal.converter(part.gain_ohm, part.bandwidth_hz)
    return IvConverter(part.gain_ohm, part.bandwidth_hz, part.offset_v)


def _check_converter(spec: CircuitSpec, iv: Converter, settle_s: float) -> None:
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
    if spec.blocks.multiplier != "behavioural":
        return Multiplier()
    return Multiplier(spec.multiplier.scale_error, spec.multiplier.output_offset_v)


def _integrator_imperfections(spec: CircuitSpec) -> dict[str, float]:
    if spec.blocks.integrator != "behavioural":
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
