"""What a filter asks of its op-amps, and which parts of the table give it.

* Gain-bandwidth product: the smallest at which the op-amps change H by no more than the error
  allowed (at the frequencies of the metric), from the exact network.
* Slew rate: the steepest output of any op-amp, for an input that jumps between plus and minus the
  amplitude, and for a sine of that amplitude at the worst frequency.
* Offset and bias: worst case at the output, all with the unlucky sign: sum_k |dv_out/dv_os,k| V_os
  + sum_k (|dv_out/di_plus,k| + |dv_out/di_minus,k|) I_b.
* Supply: at least the largest swing of any op-amp output; rails need extra room that depends on
  part and load, which the table does not hold.

Parts that fit are ranked by figures that all of them have: an unknown figure must not help a part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis, opamp_error
from hgecircuit.design.filters.noise import OutputNoise, find_noise
from hgecircuit.parts.filters.cascade import Cascade
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp, OpAmpPart
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.units import format_quantity

_STEP_POINTS = 4000
_SINE_POINTS = 400


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


@dataclass(frozen=True)
class OpAmpFit:
    """One part in a filter; an excess above 1 is a figure that the part misses, as a ratio.

    Attributes:
        part: Its figures.
        output_offset_v: Worst-case output offset in V.
        response_error: Relative deviation of H by its finite gain.
        noise: Output noise of the filter with it, without the kinds that are unknown.
        compared_noise_v: In-band rms noise at the output in V by resistors and white voltage noise.
        excess_response: response_error over what is allowed.
        excess_slew: Slew rate needed over what the part has.
        excess_offset: output_offset_v over the budget.
        excess_swing: Supply needed over the part's largest, or over the one it gets.
        excess_supply: How far the supply it gets is outside its range; 0 when the supply is free.
    """

    part: OpAmpPart
    output_offset_v: float
    response_error: float
    noise: OutputNoise
    compared_noise_v: float
    excess_response: float
    excess_slew: float
    excess_offset: float
    excess_swing: float
    excess_supply: float

    @property
    def excess(self) -> float:
        """The worst of them."""
        return max(
            self.excess_response,
            self.excess_slew,
            self.excess_offset,
            self.excess_swing,
            self.excess_supply,
        )

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against the part."""
        return self.excess <= 1

    @property
    def error_v(self) -> float:
        """Worst offset plus in-band noise that every part states: the rank of parts, in V."""
        return self.output_offset_v + self.compared_noise_v

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks against the part."""
        part, found = self.part, []
        if self.excess_response > 1:
            found.append(
                f"gain-bandwidth {_text(part.gain_bandwidth_hz, 'Hz')}: changes the response by "
                f"{100 * self.response_error:.2g} %"
            )
        if self.excess_slew > 1:
            found.append(f"slew rate {_text(part.slew_v_per_s, 'V/s')}")
        if self.excess_offset > 1:
            found.append(
                f"offset {_text(part.offset_v, 'V')}, bias {_text(part.bias_a, 'A')}: "
                f"{_text(self.output_offset_v, 'V')} at the output"
            )
        if self.excess_supply > 1:
            found.append(f"takes a supply of {part.supply_v[0]:g} to {part.supply_v[1]:g} V")
        elif self.excess_swing > 1:
            found.append(f"swings too little with at most {part.supply_v[1]:g} V of supply")
        return tuple(found)


def find_needs(
    cascade: Cascade,
    frequency_hz: np.ndarray,
    cutoff_hz: float,
    amplitude_v: float,
    offset_budget_v: float,
    allowed_error: float,
    supply_v: float | None = None,
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
        least_gain_bandwidth_hz(cascade, frequency_hz, cutoff_hz, allowed_error),
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
    cascade: Cascade, frequency_hz: np.ndarray, cutoff_hz: float, allowed_error: float
) -> float:
    """Smallest gain-bandwidth product with which the response error stays allowed, in Hz."""
    from scipy.optimize import brentq

    def excess(log_hz: float) -> float:
        opamp = OpAmp(math.exp(log_hz))
        return math.log(opamp_error(cascade, opamp, frequency_hz) / allowed_error)

    low, high = math.log(cutoff_hz), math.log(1e4 * cutoff_hz / allowed_error)
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


def rate_parts(
    analysis: FilterAnalysis, needs: OpAmpNeeds, frequency_hz: np.ndarray, allowed_error: float
) -> tuple[OpAmpFit, ...]:
    """Every part of the table in this filter, in the table's order."""
    return tuple(rate_part(part, analysis, needs, frequency_hz, allowed_error) for part in PARTS)


def rate_part(
    part: OpAmpPart,
    analysis: FilterAnalysis,
    needs: OpAmpNeeds,
    frequency_hz: np.ndarray,
    allowed_error: float,
) -> OpAmpFit:
    """One part in this filter: its figures there, and what speaks against it."""
    offset_v = needs.offset_gain * part.offset_v + needs.bias_ohm * part.bias_a
    error = opamp_error(analysis.cascade, part.model, frequency_hz)
    loaded = FilterAnalysis(analysis.cascade, part.model, analysis.nominal_hz)
    white = replace(loaded, opamp=replace(part.model, noise_a_per_rthz=0.0, corner_hz=0.0))
    least_v, most_v = part.supply_v
    supply_v = needs.supply_v or most_v
    return OpAmpFit(
        part,
        offset_v,
        error,
        find_noise(loaded),
        find_noise(white).band_rms_v,
        error / allowed_error,
        needs.slew_v_per_s / part.slew_v_per_s,
        offset_v / needs.offset_budget_v,
        2 * needs.swing_v / supply_v,
        0.0 if needs.supply_v is None else max(supply_v / most_v, least_v / supply_v),
    )


def _text(value: float, unit: str) -> str:
    return format_quantity(value, unit, 3)
