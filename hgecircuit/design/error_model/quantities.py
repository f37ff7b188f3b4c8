"""The error model for the paper's own quantities: no circuit, a few numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from hgecircuit.design.error_model.budget import ErrorBudget, Term
from hgecircuit.design.error_model.lock_in import LockIn, equal_spacing_hz, first_order_chain
from hgecircuit.design.error_model.model import (
    Offsets,
    PatternStep,
    Surroundings,
    error_budget,
    one_channel,
)
from hgecircuit.design.error_model.paper import PaperErrors, paper_errors
from hgecircuit.design.error_model.points import POINTS, check_electrodes, spread_points_v
from hgecircuit.design.error_model.responses import window_for
from hgecircuit.design.error_model.taylor import Taylor, taylor_of_device, uniform_taylor
from hgecircuit.design.error_model.windows import FilterWindow, GateWindow
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.prototypes import ALIASES
from hgecircuit.units import format_quantity

#: The paper's noise, 1e-5 nA^2/Hz around the carriers, taken as white (Boon 2025, Fig. 2c, 3b).
PAPER_NOISE = NoiseSpec(white_a2_per_hz=1e-23)
# Operating points whose products are computed at once.
_AT_ONCE = 256


@dataclass(frozen=True)
class Quantities:
    """A lock-in experiment in the paper's terms.

    The carriers are top, top - spacing, top - 2 spacing ...; the middle channel is weaker than all
    others by the ratio.

    Attributes:
        channels: Number of electrodes perturbed at once.
        top_hz: Highest carrier.
        spacing_hz: Distance between neighbours.
        time_s: Measurement time T.
        response: ``butterworth``, ``bessel``, ``critically-damped`` or ``gate``.
        order: Poles of the low-pass; None for 3, and for a gate.
        settled: Reading of "98 % settled"; None for ``first``, and for a gate.
        amplitude_v: Perturbation amplitude of every channel.
        derivative_a_per_v: Derivative of the neighbours.
        ratio: How many times weaker the middle channel is.
        second_a_per_v2: Size of every second derivative.
        third_a_per_v3: Size of every third derivative.
        noise: Noise of the device's output; None for none.
        direct_current_a: Output current that is not removed before the mixer.
        runs_on: Whether the low-pass runs on from pattern to pattern instead of starting at rest.
        bandwidth_hz: A pole in front of the mixer that the references don't follow.
        coupling_hz: Cut-off of an AC coupling that they don't follow either; 0 for none.
        step_a: The output's step at a pattern switch, in front of that coupling.
        blank_s: Time from that step to the start of the measurement.
        offsets: Offsets behind the mixer; None for none.
    """

    channels: int = 7
    top_hz: float = 1e3
    spacing_hz: float = 40.0
    time_s: float = 0.1
    response: str = "butterworth"
    order: int | None = None
    settled: str | None = None
    amplitude_v: float = 8e-3
    derivative_a_per_v: float = 100e-9
    ratio: float = 2.05
    second_a_per_v2: float = 0.0
    third_a_per_v3: float = 0.0
    noise: NoiseSpec | None = PAPER_NOISE
    direct_current_a: float = 0.0
    runs_on: bool = False
    bandwidth_hz: float = math.inf
    coupling_hz: float = 0.0
    step_a: float = 0.0
    blank_s: float = 0.0
    offsets: Offsets | None = None

    @property
    def middle(self) -> int:
        """Index of the weak channel."""
        return self.channels // 2

    @property
    def frequencies_hz(self) -> np.ndarray:
        """Carriers, shape (C,)."""
        return equal_spacing_hz(self.channels, self.top_hz, self.spacing_hz)

    @property
    def window(self) -> FilterWindow:
        """The lock-in's window."""
        return window_for(self.response, self.time_s, order=self.order, settled=self.settled)


@dataclass(frozen=True, eq=False)
class QuantitiesBudget:
    """What the paper's equations and the finite window say of the same experiment.

    Attributes:
        window: The lock-in's window.
        response: Name of its response.
        frequencies_hz: Carriers, shape (C,).
        channels: Indices of the channels that the figures below are about, shape (S,).
        paper: The paper's squared errors of these channels, settled, shape (P, S).
        parallel: Budget at t = T with all channels at once, shape (P, S).
        sequential: The same, one channel at a time.
    """

    window: FilterWindow
    response: str
    frequencies_hz: np.ndarray
    channels: np.ndarray
    paper: PaperErrors
    parallel: ErrorBudget
    sequential: ErrorBudget

    @property
    def paper_terms(self) -> dict[str, np.ndarray]:
        """The paper's squared errors under the names of the budget's terms."""
        return {
            "noise": self.paper.noise,
            "second harmonic": self.paper.second_harmonic,
            "parallel channels": self.paper.parallel,
        }


def quantities_budget(
    quantities: Quantities, device: DeviceModel | None = None, points: int = POINTS
) -> QuantitiesBudget:
    """Budget of the weak middle channel, or of a device model.

    Args:
        quantities: The experiment.
        device: A model whose derivatives, of all orders, take the place of the given ones, at
            operating points spread over its ranges; the figures are then about all channels.
        points: Number of operating points.

    Raises:
        InputError: Carriers that don't fit, no such filter, more channels than electrodes, or an
            amplitude that leaves the device's safe ranges.
    """
    window, frequencies_hz = quantities.window, quantities.frequencies_hz
    amplitudes_v = np.full(quantities.channels, quantities.amplitude_v)
    lock_in = LockIn(frequencies_hz, amplitudes_v, window, chain=_chain(quantities))
    if device is None:
        taylor = _given_taylor(quantities)
        chosen = np.array([quantities.middle])
    else:
        check_electrodes(device, quantities.channels)
        points_v = spread_points_v(device, points, quantities.channels, quantities.amplitude_v)
        controls = tuple(range(quantities.channels))
        taylor = taylor_of_device(device, points_v, controls, amplitudes_v)
        chosen = np.arange(quantities.channels)
    noise = quantities.noise
    density = 0.0 if noise is None else noise.density_a2_per_hz(frequencies_hz)
    paper = paper_errors(window, frequencies_hz, amplitudes_v, taylor.gradient_a_per_v, density)
    together, alone = [], []
    for part in _parts(taylor):
        around = _surroundings(quantities, part)
        together.append(_pick(error_budget(lock_in, part, around), chosen))
        alone.append(_join([one_channel(lock_in, part, int(m), around) for m in chosen], axis=1))
    return QuantitiesBudget(
        window,
        ALIASES.get(quantities.response, quantities.response),
        frequencies_hz,
        chosen,
        PaperErrors(
            paper.second_harmonic[:, chosen], paper.noise[:, chosen], paper.parallel[:, chosen]
        ),
        _join(together, axis=0),
        _join(alone, axis=0),
    )


def _parts(taylor: Taylor) -> Iterator[Taylor]:
    """Some operating points at a time: products have thousands of tones at each."""
    second, third = taylor.second_a_per_v2, taylor.third_a_per_v3
    for start in range(0, len(taylor.gradient_a_per_v), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        yield Taylor(
            taylor.gradient_a_per_v[some],
            None if second is None else second[some],
            None if third is None else third[some],
        )


def coherence_note(quantities: Quantities) -> str | None:
    """What a gate's carriers would have to be, when they don't fit whole periods into it."""
    if not isinstance(quantities.window, GateWindow):
        return None
    cycles = quantities.frequencies_hz * quantities.time_s
    if np.allclose(cycles, np.round(cycles), rtol=0, atol=1e-9 * cycles.max()):
        return None
    spacing = max(1, round(quantities.spacing_hz * quantities.time_s)) / quantities.time_s
    top = max(1, round(quantities.top_hz * quantities.time_s)) / quantities.time_s
    return (
        "the carriers don't have whole periods in the gate, which then passes part of the others; "
        f"the nearest that have: spacing {format_quantity(spacing, 'Hz', 6)}, "
        f"top {format_quantity(top, 'Hz', 6)}"
    )


def _given_taylor(quantities: Quantities) -> Taylor:
    gradient = np.full(quantities.channels, quantities.derivative_a_per_v)
    gradient[quantities.middle] /= quantities.ratio
    return uniform_taylor(gradient, quantities.second_a_per_v2, quantities.third_a_per_v3)


def _chain(quantities: Quantities) -> Callable[[np.ndarray], np.ndarray] | None:
    if math.isinf(quantities.bandwidth_hz) and quantities.coupling_hz == 0:
        return None
    return first_order_chain(quantities.bandwidth_hz, quantities.coupling_hz)


def _surroundings(quantities: Quantities, taylor: Taylor) -> Surroundings:
    points = len(taylor.gradient_a_per_v)
    step = None
    if quantities.step_a:
        if quantities.coupling_hz == 0:
            raise InputError(
                "a step reaches the demodulators through an AC coupling, and there is none",
                key="--step",
                expected='--coupling, such as "33 Hz", with --step',
            )
        steps_a = np.full(points, quantities.step_a)
        step = PatternStep(steps_a, quantities.coupling_hz, quantities.blank_s)
    if quantities.direct_current_a and quantities.coupling_hz:
        raise InputError(
            "an AC coupling removes the direct current",
            key="--output-current",
            expected="--output-current or --coupling, not both",
        )
    if quantities.runs_on and isinstance(quantities.window, GateWindow):
        raise InputError(
            "a gate forgets the pattern before",
            key="--runs-on",
            expected="no --runs-on with --response gate",
        )
    current_a = np.full(points, quantities.direct_current_a)
    return Surroundings(
        noise=quantities.noise,
        direct_current_a=current_a if quantities.direct_current_a else None,
        previous_a_per_v=taylor.gradient_a_per_v if quantities.runs_on else None,
        step=step,
        offsets=quantities.offsets,
    )


def _pick(budget: ErrorBudget, channels: np.ndarray) -> ErrorBudget:
    """Some channels of a budget."""
    covariance = np.broadcast_to(budget.covariance_a2_per_v2, budget.exact_a_per_v.shape)
    terms = [
        Term(
            term.name,
            term.bias_a_per_v[:, channels],
            term.variance_a2_per_v2[:, channels],
            term.bound_a_per_v[:, channels],
        )
        for term in budget.terms
    ]
    return ErrorBudget(budget.exact_a_per_v[:, channels], tuple(terms), covariance[:, channels])


def _join(budgets: list[ErrorBudget], axis: int) -> ErrorBudget:
    """Budgets of parts of the points (axis 0) or of the channels (axis 1) as one."""

    def stack(values: list[np.ndarray]) -> np.ndarray:
        return np.concatenate(values, axis=axis)

    terms = [
        Term(
            same[0].name,
            stack([term.bias_a_per_v for term in same]),
            stack([term.variance_a2_per_v2 for term in same]),
            stack([term.bound_a_per_v for term in same]),
        )
        for same in zip(*(budget.terms for budget in budgets), strict=True)
    ]
    covariance = [
        np.broadcast_to(budget.covariance_a2_per_v2, budget.exact_a_per_v.shape)
        for budget in budgets
    ]
    return ErrorBudget(
        stack([budget.exact_a_per_v for budget in budgets]), tuple(terms), stack(covariance)
    )
