"""Joint selection of values: never worse than rounding, and the best there is."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from hgecircuit.design.filters.candidates import MAX_RESISTOR_RATIO, Stock
from hgecircuit.design.filters.metric import Metric
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.design.filters.rounding import round_values
from hgecircuit.design.filters.select import Selection, select_values
from hgecircuit.design.filters.targets import choose_prototype, section_targets
from hgecircuit.parts.filters.eseries import SERIES
from hgecircuit.parts.filters.prototypes import FAMILIES, Prototype
from hgecircuit.parts.filters.sections import TOPOLOGIES, SectionKind


def select(request: FilterRequest) -> tuple[Selection, Metric, Stock, tuple[SectionKind, ...]]:
    prototype = choose_prototype(request)
    targets = section_targets(prototype, request.topology)
    kinds = TOPOLOGIES[request.topology].kinds(targets)
    metric = Metric.of(prototype, targets, request.reject_hz)
    stock = Stock.of(request)
    rounded = round_values(prototype, kinds, metric, stock)
    return select_values(kinds, metric, stock, rounded), metric, stock, kinds


def network_error(selection: Selection, prototype: Prototype, metric: Metric) -> float:
    """The error from the exact network instead of pole frequencies and Q."""
    found = selection.cascade.solve().response(metric.frequency_hz) / selection.cascade.gain
    return float(np.abs(found / prototype.response(metric.frequency_hz) - 1).max())


def brute_force(metric: Metric, stock: Stock, kinds: tuple[SectionKind, ...]) -> float:
    """Least error over every combination of all values, with textbook transfer functions."""
    s = 2j * np.pi * metric.frequency_hz
    sections, ideal = [], np.ones(len(s), dtype=complex)
    for kind, (pole_hz, q) in zip(kinds, metric.targets, strict=True):
        x = metric.frequency_hz / pole_hz
        ohms, farads = stock.resistors_ohm, stock.capacitors_f
        if q is None:
            ideal /= 1 + 1j * x
            r, c = (v[:, None] for v in np.array(list(itertools.product(ohms, farads))).T)
            sections.append(1 / (1 + s * r * c))
            continue
        ideal /= 1 + 1j * x / q - x**2
        every = np.array(list(itertools.product(ohms, ohms, farads, farads)))
        spread = np.maximum(every[:, 0], every[:, 1]) / np.minimum(every[:, 0], every[:, 1])
        every = every[spread <= MAX_RESISTOR_RATIO * (1 + 1e-9)]
        r1, r2, c1, c2 = (v[:, None] for v in every.T)
        inner = r1 + r2 if kind.gain > 0 else r1 + 2 * r2
        sections.append(1 / (1 + s * c2 * inner + s**2 * r1 * r2 * c1 * c2))
    if len(sections) == 1:
        return float(np.abs(sections[0] / ideal - 1).max(axis=1).min())
    rows = (np.abs(row * sections[1] / ideal - 1).max(axis=1).min() for row in sections[0])
    return float(min(rows))


SMALL = {
    1: ((10e3, 100e3), (1e-9, 33e-9), "E24", "E12"),
    2: ((10e3, 100e3), (1e-9, 33e-9), "E24", "E12"),
    3: ((10e3, 56e3), (2.2e-9, 33e-9), "E12", "E6"),
    4: ((10e3, 33e3), (6.8e-9, 47e-9), "E12", "E6"),
}
CASES = [
    (family, order, topology, cutoff_hz)
    for order, cutoff_hz in ((1, 330.0), (2, 456.0), (3, 519.0), (4, 430.0))
    for family in ("butterworth", "bessel")
    for topology in ("sallen-key", "multiple-feedback")
    if (order, family, topology) != (4, "butterworth", "multiple-feedback")
]


@pytest.mark.parametrize(("family", "order", "topology", "cutoff_hz"), CASES)
def test_equals_brute_force(family: str, order: int, topology: str, cutoff_hz: float) -> None:
    ohms, farads, resistors, capacitors = SMALL[order]
    request = FilterRequest(
        cutoff_hz=cutoff_hz,
        family=family,
        order=order,
        topology=topology,
        reject_hz=(5 * cutoff_hz,),
        resistor_series=resistors,
        capacitor_series=capacitors,
        resistor_range_ohm=ohms,
        capacitor_range_f=farads,
    )
    selection, metric, stock, kinds = select(request)
    assert selection.complete
    assert selection.error == pytest.approx(brute_force(metric, stock, kinds), rel=1e-9)


@pytest.mark.parametrize(
    ("order", "topology", "cutoff_hz", "reject_hz"),
    [
        (2, "rc", 600.0, ()),
        (3, "sallen-key", 600.0, ()),
        (3, "multiple-feedback", 323.7739290712177, (5 * 323.7739290712177,)),
        (4, "sallen-key", 250.90854035929016, ()),
    ],
)
def test_equal_poles_equal_brute_force(
    order: int, topology: str, cutoff_hz: float, reject_hz: tuple[float, ...]
) -> None:
    """Sections that can stand in for each other: the slopes alone bound nothing."""
    ohms, farads, resistors, capacitors = SMALL[max(order, 3)]
    request = FilterRequest(
        cutoff_hz=cutoff_hz,
        family="critically-damped",
        order=order,
        topology=topology,
        reject_hz=reject_hz,
        resistor_series=resistors,
        capacitor_series=capacitors,
        resistor_range_ohm=ohms,
        capacitor_range_f=farads,
    )
    selection, metric, stock, kinds = select(request)
    assert selection.error == pytest.approx(brute_force(metric, stock, kinds), rel=1e-9)


@pytest.mark.parametrize("order", range(1, 7))
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("topology", ["sallen-key", "multiple-feedback"])
def test_never_worse_than_rounding(family: str, order: int, topology: str) -> None:
    generator = np.random.default_rng([order, len(family), len(topology)])
    cutoff_hz = float(10 ** generator.uniform(0.5, 4))
    request = FilterRequest(
        cutoff_hz=cutoff_hz,
        family=family,
        order=order,
        topology=topology,
        reject_hz=(float(generator.uniform(2, 20)) * cutoff_hz,),
        resistor_series=("E12", "E24", "E96")[order % 3],
    )
    selection, metric, stock, _ = select(request)
    assert selection.error <= selection.rounded_error
    assert selection.error <= selection.recomputed_error
    prototype = choose_prototype(request)
    assert network_error(selection, prototype, metric) == pytest.approx(
        selection.error, rel=1e-6, abs=1e-12
    )
    for name, value in selection.cascade.values.items():
        known = stock.resistors_ohm if name.startswith("R") else stock.capacitors_f
        assert value in known


def test_a_finer_series_is_never_worse() -> None:
    errors = []
    for series in ("E6", "E12", "E24"):
        selection, *_ = select(FilterRequest(cutoff_hz=123.0, resistor_series=series))
        errors.append(selection.error)
    assert errors == sorted(errors, reverse=True)
    errors = []
    for series in ("E48", "E96", "E192"):
        selection, *_ = select(FilterRequest(cutoff_hz=123.0, resistor_series=series))
        errors.append(selection.error)
    assert errors == sorted(errors, reverse=True)


def test_the_same_request_gives_the_same_values() -> None:
    request = FilterRequest(settle_time_s=0.1, order=5, family="bessel", reject_hz=(40.0,))
    one, other = select(request)[0], select(request)[0]
    assert one.cascade.values == other.cascade.values
    assert one.error == other.error


def test_exact_values_are_found() -> None:
    """A filter whose exact values are in the series has no error."""
    r, c2 = 10e3, 10e-9
    c1 = 22e-9
    cutoff_hz = 1 / (2 * np.pi * r * np.sqrt(c1 * c2))
    kind = TOPOLOGIES["sallen-key"].second
    assert kind is not None
    values = {"ra": r, "rb": r, "c1": c1, "c2": c2}
    pole_hz, q = float(kind.pole_hz(**values)), float(kind.q(**values))
    metric = Metric(((pole_hz, q),), np.linspace(0.1, 5, 20) * cutoff_hz)  # pyright: ignore
    stock = Stock(np.array([4.7e3, 10e3, 22e3]), np.array([10e-9, 22e-9, 47e-9]))
    prototype = Prototype("butterworth", 2, pole_hz)
    targets = (type(prototype.sections[0])(pole_hz, q),)
    metric = Metric(targets, metric.frequency_hz)
    selection = select_values(
        (kind,), metric, stock, round_values(prototype, (kind,), metric, stock)
    )
    assert selection.error < 1e-12
    assert selection.cascade.values == {"R1": r, "R2": r, "C1": c1, "C2": c2}


def test_reaches_bound_what_they_say() -> None:
    """The largest deviation of each parameter within an error, by linear programming.

    The disc |x| <= error is approximated by a polygon of 32 sides, which is 0.5 % larger.
    """
    prototype = Prototype("bessel", 4, 1.0)
    metric = Metric.of(prototype, prototype.sections, (8.0,))
    error = 1e-3
    turns = np.exp(-2j * np.pi * np.arange(32) / 32)
    sides = np.concatenate([np.real(turn * metric.slopes()) for turn in turns])
    limits = np.concatenate(metric.reaches(error))
    for parameter, limit in enumerate(limits):
        goal = np.zeros(len(limits))
        goal[parameter] = -1.0
        answer = linprog(goal, A_ub=sides, b_ub=np.full(len(sides), error), bounds=(None, None))
        assert answer.success
        assert 0.05 * limit < -answer.fun <= 1.005 * limit


def test_slopes_are_derivatives() -> None:
    prototype = Prototype("butterworth", 5, 10.0)
    metric = Metric.of(prototype, prototype.sections, (45.0,))
    column = 0
    for index, target in enumerate(metric.targets):
        for parameter in range(1 if target.q is None else 2):
            offsets = np.zeros((2, 1 if target.q is None else 2))
            offsets[:, parameter] = (1e-6, -1e-6)
            up, down = np.log(metric.ratios_at(index, offsets))
            np.testing.assert_allclose((up - down) / 2e-6, metric.slopes()[:, column], atol=1e-8)
            column += 1


@pytest.mark.parametrize("series", SERIES)
def test_every_series_builds_the_papers_filter(series: str) -> None:
    selection, *_ = select(FilterRequest(settle_time_s=0.1, resistor_series=series))
    assert selection.error < 0.02
