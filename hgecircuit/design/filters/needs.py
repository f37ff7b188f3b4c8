"""What a filter asks of its op-amps.

* Gain-bandwidth product: the smallest at which the op-amps change H by no more than the error
  allowed, in the pass-band, from the exact network.
* Slew rate: the steepest output of any op-amp, for an input that jumps between plus and minus the
  amplitude, and for a sine of that amplitude at the worst frequency.
* Offset and bias: worst case at the output, all with the unlucky sign: sum_k |dv_out/dv_os,k| V_os
  + sum_k (|dv_out/di_plus,k| + |dv_out/di_minus,k|) I_b.
* Supply: at least the largest swing of any op-amp output; rails need extra room that depends on
  part and load, which the table does not hold.
* Output resistance: above it the input gets past an op-amp that has no loop gain left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis, opamp_error
from hgecircuit.parts.filters.cascade import Cascade
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp

_STEP_POINTS = 4000
_SINE_POINTS = 400
# Attenuation that an output resistance may take; between which resistances that is looked for.
_LOST_DB = 1.0
_OUTPUT_OHM = (1e-3, 1e6)


@dataclass(frozen=True)
class OpAmpNeeds:
    """Demands on every op-amp of a filter.

    Attributes:
        gain_bandwidth_hz: Least gain-bandwidth product in Hz.
        slew_v_per_s: Least slew rate in V/s.
        offset_gain: Output offset per input offset, worst signs, in V/V.
        bias_ohm: Output offset per input bias current, worst signs, in V/A.
        offset_budget_v: Output offset that is allowed, in V.
        offset_v: Largest input offset when it may use half the budget, in V.
        bias_a: Largest bias current when it may use the other half, in A.
        swing_v: Largest output voltage of any op-amp, either way, in V.
        supply_v: Total supply voltage that the op-amps get, in V; None when it is free.
    """

    gain_bandwidth_hz: float
    slew_v_per_s: float
    offset_gain: float
    bias_ohm: float
    offset_budget_v: float
    offset_v: float
    bias_a: float
    swing_v: float
    supply_v: float | None


def find_needs(
    cascade: Cascade,
    frequency_hz: np.ndarray,
    cutoff_hz: float,
    amplitude_v: float,
    offset_budget_v: float,
    allowed_error: float,
    supply_v: float | None = None,
    output_ohm: float = 0.0,
) -> OpAmpNeeds:
    """What every op-amp of a cascade must have."""
    system = cascade.solve(IDEAL)
    transfers = np.abs(system.transfers(np.array([0.0]))[0])
    network = cascade.network
    offset_gain = float(sum(transfers[system.row(one.out)] for one in network.amplifiers))
    inputs = [node for one in network.amplifiers for node in (one.plus, one.minus)]
    free = [node for node in inputs if node in network.nodes and node not in network.driven]
    bias_ohm = float(sum(transfers[system.row(node)] for node in free))
    slew, swing = _excursions(cascade, cutoff_hz, amplitude_v)
    return OpAmpNeeds(
        least_gain_bandwidth_hz(cascade, frequency_hz, cutoff_hz, allowed_error, output_ohm),
        slew,
        offset_gain,
        bias_ohm,
        offset_budget_v,
        offset_budget_v / 2 / offset_gain,
        offset_budget_v / 2 / bias_ohm if bias_ohm else math.inf,
        swing,
        supply_v,
    )


def least_gain_bandwidth_hz(
    cascade: Cascade,
    frequency_hz: np.ndarray,
    cutoff_hz: float,
    allowed_error: float,
    output_ohm: float = 0.0,
) -> float:
    """Smallest gain-bandwidth product with which the response error stays allowed, in Hz."""
    from scipy.optimize import brentq

    def excess(log_hz: float) -> float:
        opamp = OpAmp(math.exp(log_hz), output_ohm=output_ohm)
        return math.log(opamp_error(cascade, opamp, frequency_hz) / allowed_error)

    low, high = math.log(cutoff_hz), math.log(1e4 * cutoff_hz / allowed_error)
    while excess(high) > 0:
        high += math.log(10)
    return math.exp(float(np.asarray(brentq(excess, low, high, xtol=1e-6))))


def _excursions(cascade: Cascade, cutoff_hz: float, amplitude_v: float) -> tuple[float, float]:
    """Steepest slope in V/s and largest voltage in V at any op-amp's output."""
    system = cascade.solve(IDEAL)
    sine_hz = np.geomspace(cutoff_hz / 100, cutoff_hz * 100, _SINE_POINTS)
    voltages = np.abs(system.voltages(sine_hz)) * amplitude_v
    stop_s = 10 / float(np.min(-np.real(system.poles_rad_s)))
    slew, swing = 0.0, amplitude_v
    for amplifier in cascade.network.amplifiers:
        modes = system.modes(amplifier.out)
        # From -A to +A: a step of 2 A on top of -A.
        slope = np.abs(modes.grid(stop_s, _STEP_POINTS, slope=True)).max() * 2 * amplitude_v
        peak = np.abs(2 * modes.grid(stop_s, _STEP_POINTS) - modes.end).max() * amplitude_v
        sine = voltages[:, system.row(amplifier.out)]
        slew = max(slew, float(slope), float((2 * np.pi * sine_hz * sine).max()))
        swing = max(swing, float(peak), float(sine.max()))
    return slew, swing


def most_output_ohm(analysis: FilterAnalysis, frequency_hz: np.ndarray) -> float | None:
    """Largest output resistance with which every attenuation stays within 1 dB, in ohm.

    An op-amp holds its output only as long as it has loop gain. Above that, C_1 of a Sallen-Key
    section carries the input past R_a to the output, R_out / R_a of it, and the attenuation ends.

    Args:
        analysis: The filter without output resistance.
        frequency_hz: Interfering frequencies, shape (F,).

    Returns:
        None when there is no such frequency, or no resistance that matters.
    """
    from scipy.optimize import brentq

    if not len(frequency_hz):
        return None
    without_db = analysis.attenuation_db(frequency_hz)

    def excess(log_ohm: float) -> float:
        opamp = replace(analysis.opamp, output_ohm=math.exp(log_ohm))
        lost_db = without_db - replace(analysis, opamp=opamp).attenuation_db(frequency_hz)
        return float(lost_db.max()) - _LOST_DB

    low, high = (math.log(end) for end in _OUTPUT_OHM)
    if excess(high) < 0:
        return None
    if excess(low) > 0:
        return _OUTPUT_OHM[0]
    return math.exp(float(np.asarray(brentq(excess, low, high, xtol=1e-6))))
