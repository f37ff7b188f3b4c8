"""The lock-in's chain, sized: oscillators, gains, accumulators, a converter that is fast enough."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hgecircuit.design import single_blocks
from hgecircuit.design.blocks import Converter
from hgecircuit.design.design import Task
from hgecircuit.errors import InputError
from hgecircuit.parts.integrators.gated import Accumulator
from hgecircuit.parts.oscillators import Bank, OscillatorBank
from hgecircuit.spec.carrier_rules import Carriers
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.loop import CoherentLoop, StreamLoop
from hgecircuit.units import format_quantity

# Largest error in logic swings that the error's way must pass without clipping.
_LARGEST_ERROR = 1.5
# Random points at which the largest AC signal is looked for.
_STEEP_POINTS = 256
# Accumulator voltage at which the step limiter starts to act: two hundred times over the limit is
# 10 V, which a verdict checks.
ACCUMULATOR_LIMIT_V = 0.05
# Time constants of the converter that a blank or an evaluation must last: exp(-10) = 5e-5 is left.
CONVERTER_TIME_CONSTANTS = 10


def size_oscillators(
    spec: CircuitSpec,
    carriers: Carriers,
    chain: Callable[[np.ndarray], np.ndarray],
    iv: Converter,
) -> tuple[np.ndarray, Bank]:
    """The chain's gain at every carrier, over the converter's, and the bank that trails its lag."""
    response = chain(np.asarray(carriers.frequencies_hz)) / iv.gain_ohm
    lags_rad = tuple(float(lag) for lag in -np.angle(response))
    if spec.blocks.oscillator == "component":
        return np.abs(response), single_blocks.workbench(spec).oscillators(carriers, lags_rad)
    part, behavioural = spec.oscillator, spec.blocks.oscillator == "behavioural"
    bank = OscillatorBank(
        carriers.frequencies_hz,
        carriers.phases_rad,
        lags_rad,
        part.amplitude_error if behavioural else 0.0,
        part.frequency_error if behavioural else 0.0,
    )
    return np.abs(response), bank


def size_gains(spec: CircuitSpec, common: dict[str, Any]) -> dict[str, float]:
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
        gains["mixer_gain"] = single_blocks.workbench(spec).mixer_gain(error_v, signal_v)
    if coherent and spec.blocks.multiplier == "component":
        gains["demodulator_gain"] = single_blocks.workbench(spec).demodulator_gain
    return gains


def size_accumulators(
    spec: CircuitSpec,
    loop: CoherentLoop | StreamLoop,
    amplitudes_v: tuple[float, ...],
    reset_tau_s: float,
    lock_in_gain: float = 1.0,
    *,
    chopped: bool = False,
) -> tuple[Accumulator, ...]:
    """One per control, with the time constant that makes the step the learning rate's."""
    step_v_per_v = loop.step_limit_v / ACCUMULATOR_LIMIT_V
    per_v = spec.lock_in.time_s * step_v_per_v / (2 * loop.learning_rate) * lock_in_gain
    imperfect = single_blocks.integrator_imperfections(spec)
    return tuple(
        Accumulator(per_v * amplitude_v, reset_tau_s, chopped=chopped, **imperfect)
        for amplitude_v in amplitudes_v
    )


def check_converter(spec: CircuitSpec, iv: Converter, settle_s: float) -> None:
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
