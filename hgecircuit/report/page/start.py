"""What the design page shows first: the paper's point, or a circuit's own quantities."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from hgecircuit.design.design import CoherentDesign, Design
from hgecircuit.design.error_model.budget import ErrorBudget
from hgecircuit.design.error_model.circuit import circuit_budget
from hgecircuit.design.error_model.quantities import Quantities, quantities_budget
from hgecircuit.design.error_model.responses import GATE
from hgecircuit.design.error_model.taylor import Taylor, taylor_of_device
from hgecircuit.design.size import operating_points_v
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.parts.filters.prototypes import ALIASES
from hgecircuit.report.page.fields import all_controls
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.units import format_quantity

_NOISE_AT_HZ = 1e3
# Shares of the gradient below this are rounding.
_LEAST = 1e-9
_COMMON = "common"
# Numbers on the page have this many digits.
_DIGITS = 6


@dataclass(frozen=True)
class PageStart:
    """The page's first values, in the units of the page; the default is the paper's point.

    Attributes:
        channels: Number of electrodes perturbed at once.
        top_hz: Highest carrier.
        spacing_hz: Distance between neighbours.
        time_ms: Gate or settling time T.
        order: Poles of the low-pass, 1 to 6.
        response: ``butterworth``, ``bessel``, ``critically-damped`` or ``gate``.
        settled: Reading of "98 % settled", ``first`` or ``stay``.
        amplitude_mv: Perturbation amplitude.
        derivative_na_per_v: Derivative of all channels but the middle one.
        ratio: How many times weaker the middle one is.
        second_na_per_v2: Every second derivative.
        third_na_per_v3: Every third derivative.
        noise_na2_per_hz: One-sided noise density of the output, at 1 kHz.
        noise_exponent: n of 1/f^n; 0 for white noise.
        capacitor_nf: Smaller capacitor of every section.
        title: Where the values come from.
        note: What the page can't show of it; empty for nothing.
    """

    channels: int = 7
    top_hz: float = 1e3
    spacing_hz: float = 40.0
    time_ms: float = 100.0
    order: int = 3
    response: str = "butterworth"
    settled: str = "first"
    amplitude_mv: float = 8.0
    derivative_na_per_v: float = 100.0
    ratio: float = 2.05
    second_na_per_v2: float = 0.0
    third_na_per_v3: float = 0.0
    noise_na2_per_hz: float = 1e-5
    noise_exponent: float = 0.0
    capacitor_nf: float = 100.0
    title: str = "The paper's operating point (Boon 2025, Fig. 3b)"
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "response", ALIASES.get(self.response, self.response))
        for control in all_controls():
            control.check(getattr(self, control.key))

    def values(self) -> dict[str, Any]:
        """Every number and choice by its key."""
        data = asdict(self)
        return {control.key: data[control.key] for control in all_controls()}


def start_of_circuit(spec: CircuitSpec, design: Design) -> PageStart:
    """A circuit's quantities, with equally spaced carriers in the place of its own.

    The derivative of every channel is the root mean square over the operating points of `verify`
    and all controls, as is the second derivative over all pairs, so that the page's error is a
    share of the same gradient as in `hgecircuit budget`. The third derivative is the one that
    changes the slope as much as the circuit's own do, root mean square over all points and
    controls. The note has the sums of both, and where they differ most.

    Args:
        spec: The circuit file.
        design: The design made from it.

    Raises:
        InputError: A value that the page can't show.
    """
    carriers_hz = np.asarray(design.bank.frequencies_hz)
    count, top_hz = len(carriers_hz), float(carriers_hz.max())
    spacing_hz = _spacing_hz(carriers_hz)
    points_v = operating_points_v(design, spec.verification)
    taylor = taylor_of_device(
        design.device, points_v, design.task.controls, np.asarray(design.amplitudes_v)
    )
    density, exponent = _noise(design.noise, top_hz - spacing_hz * (count // 2))
    gated = isinstance(design, CoherentDesign)
    capacitor_f = spec.lowpass.capacitor_f
    if isinstance(design, CoherentDesign):
        capacitor_f = design.accumulators[0].capacitor_f
    start = PageStart(
        channels=count,
        top_hz=_rounded(top_hz),
        spacing_hz=_rounded(spacing_hz),
        time_ms=_rounded(spec.lock_in.time_s * 1e3),
        response="gate" if gated else "butterworth",
        settled=getattr(spec.lock_in, "settled", "first"),
        amplitude_mv=_rounded(float(np.sqrt(np.mean(np.square(design.amplitudes_v)))) * 1e3),
        derivative_na_per_v=_rounded(_rms(taylor.gradient_a_per_v) * 1e9, 3),
        ratio=1.0,
        second_na_per_v2=_rounded(_rms(taylor.second_a_per_v2) * 1e9, 3),
        third_na_per_v3=_rounded(_third_a_per_v3(taylor, design.amplitudes_v) * 1e9, 3),
        noise_na2_per_hz=_rounded(density * 1e18),
        noise_exponent=exponent,
        capacitor_nf=_rounded(capacitor_f * 1e9),
        title=spec.title,
    )
    return replace(start, note=_note(start, carriers_hz, circuit_budget(design, points_v)))


def _note(start: PageStart, carriers_hz: np.ndarray, circuit: ErrorBudget) -> str:
    """What the page's model makes of a circuit, beside the circuit's own budget."""
    page = quantities_budget(quantities_of(start)).parallel
    here, there = (_share(one.relative_rms(one.mean_square_a2_per_v2)) for one in (page, circuit))
    distinct = np.unique(carriers_hz)
    own = ", ".join(format_quantity(float(f), "Hz") for f in distinct)
    shared = ", some shared at right angles" if len(distinct) < len(carriers_hz) else ""
    return (
        f"Error of this circuit: {here} on this page, {there} in hgecircuit budget with the "
        "circuit file, both as shares of the gradient's root mean square. They differ most in "
        f"{_largest_difference(page, circuit)}. The circuit's own carriers are {own}{shared}; "
        f"here {start.channels} equally spaced ones have the same top and the "
        "same smallest distance, all derivatives of one order are alike, and parts are perfect."
    )


def _largest_difference(page: ErrorBudget, circuit: ErrorBudget) -> str:
    """Where the squares of two budgets differ most, in words, with both sizes."""
    here, there = _squares(page), _squares(circuit)
    name = max({*here, *there}, key=lambda one: abs(here.get(one, 0.0) - there.get(one, 0.0)))
    if name == _COMMON:
        return (
            "how settling and curvature add: here both have one sign, in the circuit that of "
            "curvature changes from point to point"
        )
    sizes = [_share(math.sqrt(max(one.get(name, 0.0), 0.0))) for one in (here, there)]
    return f"{name}: {sizes[0]} here, {sizes[1]} there"


def _squares(budget: ErrorBudget) -> dict[str, float]:
    """Squared relative size of every term, and what the sum has beyond them.

    Products of a curved device are one term, as a circuit has them.
    """
    found: dict[str, float] = {}
    for term in budget.terms:
        name = "intermodulation" if term.name.endswith("products") else term.name
        size = budget.relative_rms(term.mean_square_a2_per_v2)
        found[name] = found.get(name, 0.0) + size**2
    whole = budget.relative_rms(budget.mean_square_a2_per_v2) ** 2
    return {**found, _COMMON: whole - sum(found.values())}


def quantities_of(start: PageStart) -> Quantities:
    """The page's first values for :func:`~hgecircuit.design.error_model.quantities_budget`."""
    gated, density = start.response == GATE, start.noise_na2_per_hz * 1e-18
    noise = None
    if density:
        white = start.noise_exponent == 0
        noise = (
            NoiseSpec(white_a2_per_hz=density)
            if white
            else NoiseSpec(
                flicker_a2_per_hz=density,
                frequency_hz=_NOISE_AT_HZ,
                exponent=start.noise_exponent,
            )
        )
    return Quantities(
        channels=start.channels,
        top_hz=start.top_hz,
        spacing_hz=start.spacing_hz,
        time_s=start.time_ms / 1e3,
        response=start.response,
        order=None if gated else start.order,
        settled=None if gated else start.settled,
        amplitude_v=start.amplitude_mv / 1e3,
        derivative_a_per_v=start.derivative_na_per_v / 1e9,
        ratio=start.ratio,
        second_a_per_v2=start.second_na_per_v2 / 1e9,
        third_a_per_v3=start.third_na_per_v3 / 1e9,
        noise=noise,
    )


def _share(value: float) -> str:
    return f"{100 * value:.3g} %" if value >= _LEAST else "0 %"


def _spacing_hz(carriers_hz: np.ndarray) -> float:
    """The smallest distance, or as much as fits: electrodes that share a carrier need their own."""
    distinct = np.unique(np.round(carriers_hz, 9))
    fits = float(carriers_hz.max()) / len(carriers_hz)
    return min([fits, *np.diff(distinct).tolist()])


def _noise(noise: NoiseSpec | None, carrier_hz: float) -> tuple[float, float]:
    """Density at 1 kHz and exponent of one law with the noise's density and slope at a carrier."""
    if noise is None:
        return 0.0, 0.0
    density = float(noise.density_a2_per_hz(carrier_hz))
    flicker = density - noise.white_a2_per_hz
    exponent = _rounded(noise.exponent * flicker / density, 3)
    return density * (carrier_hz / _NOISE_AT_HZ) ** exponent, exponent


def _third_a_per_v3(taylor: Taylor, amplitudes_v: tuple[float, ...]) -> float:
    """Third derivative whose curvature term equals the device's, all amplitudes alike.

    The slope changes by T_mmm a_m^2 / 8 + sum_{n != m} T_mnn a_n^2 / 4
    (:mod:`hgecircuit.design.error_model.curved`).
    """
    assert taylor.third_a_per_v3 is not None
    count = len(amplitudes_v)
    weight = np.full((count, count), 0.25) - 0.125 * np.eye(count)
    along = np.einsum("pmnn->pmn", taylor.third_a_per_v3)
    change = np.einsum("pmn,mn,n->pm", along, weight, np.square(amplitudes_v))
    return _rms(change) / float(weight[0].sum() * np.mean(np.square(amplitudes_v)))


def _rms(values: np.ndarray | None) -> float:
    return 0.0 if values is None else math.sqrt(float(np.mean(values**2)))


def _rounded(value: float, digits: int = _DIGITS) -> float:
    return float(f"{value:.{digits}g}")
