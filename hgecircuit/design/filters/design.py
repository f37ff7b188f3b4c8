"""The whole way from a request to a filter with all its figures.

>>> from hgecircuit.design.filters.design import design_filter
>>> from hgecircuit.design.filters.request import FilterRequest
>>> design = design_filter(FilterRequest(settle_time_s=0.1, reject_hz=(40.0, 400.0)))
>>> design.cascade.values["R1"]
33000.0
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis
from hgecircuit.design.filters.candidates import Stock
from hgecircuit.design.filters.metric import Metric
from hgecircuit.design.filters.nearest import choose_opamp, unbuildable
from hgecircuit.design.filters.needs import OpAmpNeeds, find_needs, most_output_ohm
from hgecircuit.design.filters.noise import OutputNoise, find_noise
from hgecircuit.design.filters.opamps import OpAmpFit, rate_parts
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.design.filters.rounding import Rounded, UnbuildableError, round_values
from hgecircuit.design.filters.select import Selection, exact_values, select_values
from hgecircuit.design.filters.sensitivity import Sensitivity, find_sensitivities
from hgecircuit.design.filters.stages import Report, silent
from hgecircuit.design.filters.targets import choose_prototype, section_targets
from hgecircuit.design.filters.tolerance import BuildFigures, Builds
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
        report: Hears how far the figures that take time have come.
    """

    request: FilterRequest
    prototype: Prototype
    metric: Metric
    rounded: Rounded
    selection: Selection
    needs: OpAmpNeeds
    fits: tuple[OpAmpFit, ...]
    chosen: OpAmpFit | None
    report: Report = field(default=silent, repr=False, compare=False)

    @property
    def cascade(self) -> Cascade:
        """The filter of real values."""
        return self.selection.cascade

    @cached_property
    def analysis(self) -> FilterAnalysis:
        """Its behaviour with the chosen op-amp."""
        return self.with_output_ohm(self.request.output_ohm)

    def with_output_ohm(self, output_ohm: float) -> FilterAnalysis:
        """Its behaviour with another output resistance of the op-amp."""
        model = IDEAL if self.chosen is None else self.chosen.part.model
        model = replace(model, output_ohm=output_ohm)
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
    def most_output_ohm(self) -> float | None:
        """Output resistance beyond which an attenuation is 1 dB worse; None when none matters."""
        return most_output_ohm(self.with_output_ohm(0.0), np.array(self.request.reject_hz))

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
    def figures(self) -> BuildFigures:
        """Every figure of the random builds."""
        request = self.request
        return self.builds.figures(request.settle_error, np.array(request.reject_hz), self.report)


def design_filter(request: FilterRequest, report: Report = silent) -> FilterDesign:
    """Design a filter.

    Args:
        request: What is asked.
        report: Hears how far the work has come, also that of figures that are found later.

    Raises:
        InputError: What is asked is impossible; the message says what comes nearest.
    """
    size = partial(_size, report=report)
    try:
        design = size(request)
    except UnbuildableError as error:
        raise unbuildable(request, error, size) from error
    return replace(design, chosen=choose_opamp(design, size))


def _size(
    request: FilterRequest, /, *, exact: bool = False, report: Report = silent
) -> FilterDesign:
    """A design without an op-amp, of real values or quickly of exact ones."""
    prototype = choose_prototype(request)
    targets = section_targets(prototype, request.topology)
    kinds = TOPOLOGIES[request.topology].kinds(targets)
    metric = Metric.of(prototype, targets, request.reject_hz)
    stock = Stock.of(request)
    rounded = round_values(prototype, kinds, metric, stock)
    selection = (
        exact_values(kinds, rounded)
        if exact
        else select_values(kinds, metric, stock, rounded, report)
    )
    ideal = FilterAnalysis(selection.cascade, IDEAL, prototype.cutoff_hz)
    needs = find_needs(
        selection.cascade,
        metric.pass_band_hz,
        prototype.cutoff_hz,
        request.amplitude_v,
        request.offset_budget_v,
        request.opamp_error,
        request.supply_v,
        request.output_ohm,
    )
    fits = rate_parts(ideal, needs, metric, request)
    return FilterDesign(request, prototype, metric, rounded, selection, needs, fits, None, report)
