"""From a circuit file's wishes to a design with every value sized."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from hgecircuit.design import single_blocks
from hgecircuit.design.blocks import Converter
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
from hgecircuit.design.fidelity import coherent_blocks, continuous_blocks, stream_blocks
from hgecircuit.design.size_lock_in import (
    ACCUMULATOR_LIMIT_V,
    check_converter,
    size_accumulators,
    size_gains,
    size_oscillators,
)
from hgecircuit.design.stream_timing import stream_timing
from hgecircuit.design.timing import EDGE_SHARE, CoherentTiming, ContinuousTiming
from hgecircuit.devices.base import DeviceModel
from hgecircuit.parts.filters.built import BuiltCoupling
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.integrators.gated import WeightIntegrator
from hgecircuit.parts.latch import Latch
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.spec.ball import BallTask
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.device_checks import check_against_device, control_ranges_v
from hgecircuit.spec.loop import CoherentLoop, ContinuousLoop, StreamLoop
from hgecircuit.spec.runs import VerificationSpec

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
    iv = single_blocks.iv_converter(spec)
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
        "noise": single_blocks.noise(spec),
        "amplitudes_v": spec.perturbation.amplitude_v,
        "carriers": carriers,
        "iv": iv,
        "multiplier": single_blocks.multiplier(spec),
        "readout": size_readout(
            spec,
            iv.gain_ohm,
            single_blocks.multiplier(spec),
            single_blocks.servo_imperfections(spec),
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
    chain_gain, bank = size_oscillators(spec, common["carriers"], iv.response, iv)
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
    check_converter(spec, iv, min(timing.blank_s, timing.evaluation_s))
    strobe, transfer = timing.strobe_window(0), timing.transfer_window
    hold_tau_s = (strobe.stop_s - strobe.start_s) / TIME_CONSTANTS
    step_v_per_v = loop.step_limit_v / ACCUMULATOR_LIMIT_V
    gains = size_gains(spec, common)
    lock_in_gain = gains["mixer_gain"] * gains["demodulator_gain"]
    reset_tau_s = timing.transfer_s / 2 / TIME_CONSTANTS
    accumulators = size_accumulators(
        spec, loop, common["amplitudes_v"], reset_tau_s, lock_in_gain, chopped=loop.chopping
    )
    weight_tau_s = (transfer.stop_s - transfer.start_s) / step_v_per_v
    channels = len(start_v)
    values = {
        **_finish(spec, common, [weight_tau_s] * channels, start_v, edge_s),
        "bank": bank,
        "chain_gain": chain_gain,
        "sample_hold": single_blocks.sample_hold(spec, hold_tau_s),
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


def _size_stream(
    spec: CircuitSpec, loop: StreamLoop, common: dict[str, Any], start_v: np.ndarray
) -> StreamDesign:
    """Size the stream loop, as the coherent one, but the accumulators remember.

    The reset after a batch of N patterns takes them to exp(-N/memory): it lasts N/memory of its own
    time constants.
    """
    assert isinstance(spec.task, BallTask)  # the spec layer pairs loop and task
    timing = stream_timing(spec, loop)
    check_converter(spec, common["iv"], min(timing.blank_s, timing.evaluation_s))
    strobe, transfer = timing.strobe_window, timing.transfer_window
    hold_tau_s = (strobe.stop_s - strobe.start_s) / TIME_CONSTANTS
    step_v_per_v = loop.step_limit_v / ACCUMULATOR_LIMIT_V
    reset = timing.reset_window
    forget_tau_s = (reset.stop_s - reset.start_s) * loop.memory_patterns / loop.batch
    weight_tau_s = (transfer.stop_s - transfer.start_s) / step_v_per_v
    located, targets = spec.task.points[1]
    iv: Converter = common["iv"]
    chain_gain, bank = size_oscillators(spec, common["carriers"], iv.response, iv)
    values = {
        **_finish(spec, common, [weight_tau_s] * len(start_v), start_v, timing.edge_s),
        "bank": bank,
        "chain_gain": chain_gain,
        "sample_hold": single_blocks.sample_hold(spec, hold_tau_s),
        "timing": timing,
        "accumulators": size_accumulators(spec, loop, common["amplitudes_v"], forget_tau_s),
        "limiter": StepLimiter(len(start_v), ACCUMULATOR_LIMIT_V),
        "step_v_per_v": step_v_per_v,
        "lock_in_gain": 1.0,
    }
    test = replace(common["task"], bits=(located + 1) / 2, targets=targets.astype(float))
    blocks, tolerances = stream_blocks(values, spec)
    return StreamDesign(**values, test=test, blocks=blocks, tolerances=tolerances)


def _size_continuous(
    spec: CircuitSpec, loop: ContinuousLoop, common: dict[str, Any], start_v: np.ndarray
) -> ContinuousDesign:
    """Size loop A: in one update window the weight moves by the learning rate times a e dI/dV."""
    time_s = spec.lock_in.time_s
    edge_s = EDGE_SHARE * time_s
    coupling: AcCoupling | BuiltCoupling = AcCoupling(_given(loop.coupling_cutoff_hz))
    if spec.blocks.coupling == "component":
        coupling = single_blocks.workbench(spec).nominal.coupling(coupling.cutoff_hz)
    iv: Converter = common["iv"]

    def chain(frequency_hz: np.ndarray) -> np.ndarray:
        return iv.response(frequency_hz) * coupling.response(frequency_hz)

    chain_gain, bank = size_oscillators(spec, common["carriers"], chain, iv)
    timing = ContinuousTiming(
        len(spec.task.patterns),
        _given(loop.blank_time_s),
        time_s,
        _given(loop.update_time_s),
        edge_s,
        loop.hold_epochs,
        _whole(bank.startup_s, time_s),
    )
    check_converter(spec, iv, timing.blank_s)
    lowpass = single_blocks.lowpass(spec)
    window = timing.update_window(0)
    update_s = window.stop_s - window.start_s
    taus_s = update_s * np.asarray(common["amplitudes_v"]) * chain_gain / (2 * loop.learning_rate)
    values = {
        **_finish(spec, common, list(taus_s), start_v, edge_s),
        "bank": bank,
        "chain_gain": chain_gain,
        "sample_hold": single_blocks.sample_hold(spec, update_s / TIME_CONSTANTS),
        "timing": timing,
        "lowpass": lowpass,
        "coupling": coupling,
    }
    gains = size_gains(spec, common)
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
            **single_blocks.integrator_imperfections(spec),
        )
        for tau_s, low, high, start in zip(weight_taus_s, low_v, high_v, start_v, strict=True)
    )
    return arguments


def _whole(time_s: float, unit_s: float) -> float:
    """The time as a whole number of units, at least as long."""
    return math.ceil(time_s / unit_s) * unit_s


def _given(value: float | None) -> float:
    assert value is not None  # the spec layer fills in every derived value
    return value
