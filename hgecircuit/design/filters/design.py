"""The whole way from a request to a filter with all its figures.

>>> from hgecircuit.design.filters.design import design_filter
>>> from hgecircuit.design.filters.request import FilterRequest
>>> design = design_filter(FilterRequest(settle_time_s=0.1, reject_hz=(40.0, 400.0)))
>>> design.cascade.values["R1"]
33000.0
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis
from hgecircuit.design.filters.candidates import Stock
from hgecircuit.design.filters.hints import option
from hgecircuit.design.filters.metric import Metric
from hgecircuit.design.filters.noise import OutputNoise, find_noise
from hgecircuit.design.filters.opamps import OpAmpFit, OpAmpNeeds, find_needs, rate_parts
from hgecircuit.design.filters.request import IDEAL_OPAMP, MAX_ERROR, FilterRequest
from hgecircuit.design.filters.rounding import Rounded, round_values
from hgecircuit.design.filters.select import Selection, select_values
from hgecircuit.design.filters.sensitivity import Sensitivity, find_sensitivities
from hgecircuit.design.filters.targets import choose_prototype, section_targets
from hgecircuit.design.filters.tolerance import Builds
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.cascade import Cascade
from hgecircuit.parts.filters.opamp import IDEAL
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.filters.sections import TOPOLOGIES


@dataclass(frozen=True)
class FilterDesign:
    """A filter that was designed; figures that take time are found when they are asked for.

    Attributes:
        request: What was asked.
        prototype: The ideal filter.
        metric: Ideal sections, and the frequencies at which responses are compared.
        rounded: Exact values, and what rounding makes of them.
        selection: The values picked.
        needs: What the op-amps must have.
        fits: Every op-amp of the table in this filter.
        chosen: The op-amp that all figures use; None for ideal ones.
    """

    request: FilterRequest
    prototype: Prototype
    metric: Metric
    rounded: Rounded
    selection: Selection
    needs: OpAmpNeeds
    fits: tuple[OpAmpFit, ...]
    chosen: OpAmpFit | None

    @property
    def cascade(self) -> Cascade:
        """The filter of real values."""
        return self.selection.cascade

    @cached_property
    def analysis(self) -> FilterAnalysis:
        """Its behaviour with the chosen op-amp."""
        model = IDEAL if self.chosen is None else self.chosen.part.model
        return FilterAnalysis(self.cascade, model, self.prototype.cutoff_hz)

    @cached_property
    def sensitivities(self) -> tuple[Sensitivity, ...]:
        """How much each component matters."""
        return find_sensitivities(self.analysis)

    @cached_property
    def noise(self) -> OutputNoise:
        """Output noise with the chosen op-amp."""
        return find_noise(self.analysis) if self.chosen is None else self.chosen.noise

    @cached_property
    def builds(self) -> Builds:
        """Random builds within the tolerances."""
        request = self.request
        return Builds.draw(
            self.analysis,
            request.resistor_tolerance,
            request.capacitor_tolerance,
            request.builds,
            request.seed,
        )

    @cached_property
    def builds_settling_s(self) -> np.ndarray:
        """Settling time of every random build as asked for, shape (builds,), in s."""
        return self.builds.settling_s(self.request.settle_error, self.request.settled)


def design_filter(request: FilterRequest) -> FilterDesign:
    """Design a filter.

    Raises:
        InputError: What is asked is impossible; the message says what comes nearest.
    """
    prototype = choose_prototype(request)
    targets = section_targets(prototype, request.topology)
    kinds = TOPOLOGIES[request.topology].kinds(targets)
    metric = Metric.of(prototype, targets, request.reject_hz)
    stock = Stock.of(request)
    rounded = round_values(prototype, kinds, metric, stock)
    selection = select_values(kinds, metric, stock, rounded)
    ideal = FilterAnalysis(selection.cascade, IDEAL, prototype.cutoff_hz)
    needs = find_needs(
        selection.cascade,
        metric.frequency_hz,
        prototype.cutoff_hz,
        request.amplitude_v,
        request.offset_budget_v,
        request.opamp_error,
        request.supply_v,
    )
    fits = rate_parts(ideal, needs, metric.frequency_hz, request.opamp_error)
    chosen = _choose(request, fits)
    return FilterDesign(request, prototype, metric, rounded, selection, needs, fits, chosen)


def _choose(request: FilterRequest, fits: tuple[OpAmpFit, ...]) -> OpAmpFit | None:
    """The part asked for, or the one with the least `error_v`; None for ideal ones."""
    if request.opamp == IDEAL_OPAMP:
        return None
    fitting = sorted((fit for fit in fits if fit.fits), key=lambda fit: fit.error_v)
    if request.opamp is None:
        if fitting:
            return fitting[0]
        nearest = min(fits, key=lambda fit: fit.excess)
        raise InputError(
            "no op-amp of the table can do it",
            expected=f"{_relaxed(request, nearest)} (then {nearest.part.name} fits), or --opamp "
            "ideal and an op-amp of your own",
        )
    named = next(fit for fit in fits if fit.part.name == request.opamp)
    if named.fits:
        return named
    others = ", ".join(fit.part.name for fit in fitting)
    raise InputError(
        f"this op-amp can't do it: {'; '.join(named.reasons)}",
        key="--opamp",
        value=request.opamp,
        expected=(f"one of {others}, or " if others else "") + _relaxed(request, named),
    )


def _relaxed(request: FilterRequest, fit: OpAmpFit) -> str:
    """Options with which a part fits."""
    options = []
    if fit.response_error > MAX_ERROR:
        # The change of the response is in proportion to the cut-off.
        return f"a cut-off or settling speed about {fit.excess_response:.2g} times lower"
    if fit.excess_response > 1:
        options.append(option("--opamp-error", fit.response_error, "%", up=True))
    excess_swing = fit.excess_swing
    if fit.excess_supply > 1 and request.supply_v is not None:
        least_v, most_v = fit.part.supply_v
        supply_v = min(max(request.supply_v, least_v), most_v)
        options.append(option("--supply", supply_v, "V", up=supply_v == least_v))
        excess_swing *= request.supply_v / supply_v
    signal = max(fit.excess_slew, excess_swing)
    if signal > 1:
        options.append(option("--amplitude", request.amplitude_v / signal, "V", up=False))
    if fit.excess_offset > 1:
        options.append(option("--offset-budget", fit.output_offset_v, "V", up=True))
    return " ".join(options)
