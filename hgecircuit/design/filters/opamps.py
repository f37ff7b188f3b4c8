"""How the op-amps of the table do in a filter, and what speaks against each.

Parts that fit are ranked by figures that all of them have: an unknown figure must not help a part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis, opamp_error
from hgecircuit.design.filters.metric import Metric
from hgecircuit.design.filters.needs import OpAmpNeeds
from hgecircuit.design.filters.noise import OutputNoise, find_noise
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.parts.filters.opamp import IDEAL, OpAmpPart
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.units import format_quantity


@dataclass(frozen=True)
class OpAmpFit:
    """One part in a filter; an excess above 1 is a figure that the part misses, as a ratio.

    Attributes:
        part: Its figures.
        analysis: The filter with it.
        output_offset_v: Worst-case output offset in V.
        response_error: Relative deviation of H in the pass-band by its finite gain.
        attenuation_db: Least attenuation at the interfering frequencies, in dB; None without any.
        excess_response: response_error over what is allowed.
        excess_attenuation: Level of the worst interfering frequency over what is allowed.
        excess_slew: Slew rate needed over what the part has.
        excess_offset: output_offset_v over the budget.
        excess_swing: Supply needed over the part's largest, or over the one it gets.
        excess_supply: How far the supply it gets is outside its range; 0 when the supply is free.
    """

    part: OpAmpPart
    analysis: FilterAnalysis
    output_offset_v: float
    response_error: float
    attenuation_db: float | None
    excess_response: float
    excess_attenuation: float
    excess_slew: float
    excess_offset: float
    excess_swing: float
    excess_supply: float

    @cached_property
    def noise(self) -> OutputNoise:
        """Output noise of the filter with it, without the kinds that are unknown."""
        return find_noise(self.analysis)

    @cached_property
    def compared_noise_v(self) -> float:
        """In-band rms noise at the output by resistors and white voltage noise, in V."""
        white = replace(self.analysis.opamp, noise_a_per_rthz=0.0, corner_hz=0.0)
        return find_noise(replace(self.analysis, opamp=white)).band_rms_v

    @property
    def excess(self) -> float:
        """The worst of them."""
        return max(
            self.excess_response,
            self.excess_slew,
            self.excess_besides_speed,
        )

    @property
    def excess_besides_speed(self) -> float:
        """The worst of those that a slower filter needn't change."""
        return max(
            self.excess_attenuation, self.excess_offset, self.excess_swing, self.excess_supply
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
        if self.excess_attenuation > 1:
            found.append(f"attenuates only {self.attenuation_db:.1f} dB")
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


def rate_parts(
    analysis: FilterAnalysis, needs: OpAmpNeeds, metric: Metric, request: FilterRequest
) -> tuple[OpAmpFit, ...]:
    """Every part of the table in this filter, in the table's order."""
    return tuple(rate_part(part, analysis, needs, metric, request) for part in PARTS)


def rate_part(
    part: OpAmpPart,
    analysis: FilterAnalysis,
    needs: OpAmpNeeds,
    metric: Metric,
    request: FilterRequest,
) -> OpAmpFit:
    """One part in this filter: its figures there, and what speaks against it.

    Args:
        part: Its figures.
        analysis: The filter with any op-amp.
        needs: What the op-amps must have.
        metric: The pass-band.
        request: Errors that are allowed, and the attenuation wanted.
    """
    offset_v = needs.offset_gain * part.offset_v + needs.bias_ohm * part.bias_a
    model = replace(part.model, output_ohm=request.output_ohm)
    error = opamp_error(analysis.cascade, model, metric.pass_band_hz)
    loaded = replace(analysis, opamp=model)
    attenuation_db, excess_attenuation = _attenuation(loaded, request)
    least_v, most_v = part.supply_v
    supply_v = needs.supply_v or most_v
    return OpAmpFit(
        part,
        loaded,
        offset_v,
        error,
        attenuation_db,
        error / request.opamp_error,
        excess_attenuation,
        needs.slew_v_per_s / part.slew_v_per_s,
        offset_v / needs.offset_budget_v,
        2 * needs.swing_v / supply_v,
        0.0 if needs.supply_v is None else max(supply_v / most_v, least_v / supply_v),
    )


def _attenuation(analysis: FilterAnalysis, request: FilterRequest) -> tuple[float | None, float]:
    """The least attenuation in dB, and the worst level over what is allowed.

    Allowed is the attenuation asked for, or what ideal op-amps leave with these values.
    """
    if not request.reject_hz:
        return None, 0.0
    frequency_hz = np.array(request.reject_hz)
    found_db = analysis.attenuation_db(frequency_hz)
    if request.attenuation_db is None:
        return float(found_db.min()), 0.0
    ideal_db = replace(analysis, opamp=IDEAL).attenuation_db(frequency_hz)
    ideal_db -= 20 * np.log10(1 + request.opamp_error)
    missing_db = np.minimum(request.attenuation_db, ideal_db) - found_db
    return float(found_db.min()), float(10 ** (missing_db.max() / 20))


def _text(value: float, unit: str) -> str:
    return format_quantity(value, unit, 3)
