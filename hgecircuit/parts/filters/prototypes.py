"""Low-pass prototypes: Butterworth, Bessel and critically damped, order 1 to 6, all exact.

Every prototype has gain 1 at 0 Hz and the poles p_k, H(s) = 1 / prod_k (1 - s / p_k):

* Butterworth (1930): p_k = w_c exp(j pi (2k + n - 1) / (2n)).
* Bessel (Thomson 1949): roots of the reverse Bessel polynomial theta_n(s / w_0) with coefficients
  a_k = (2n - k)! / (2^(n-k) k! (n-k)!). With w_0 = 1 the delay at 0 Hz is 1 s (delay-normalised).
  Here w_0 is set so that the attenuation at the cut-off is 3.01 dB, as for the others;
  :meth:`Prototype.bessel_with_delay` sizes by delay instead.
* Critically damped: n equal real poles at w_c / sqrt(2^(1/n) - 1), the fastest filter without
  complex poles, buildable from buffered RC sections.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.parts.filters.all_pole import AllPole
from hgecircuit.parts.filters.settling import settling_time_s

MAX_ORDER = 6


class PoleTarget(NamedTuple):
    """One section of a cascade: a real pole, or a pair of poles.

    Attributes:
        pole_hz: |p| / 2 pi, in Hz.
        q: Quality factor of the pair, |p| / (-2 Re p); None for a single real pole.
    """

    pole_hz: float
    q: float | None


@dataclass(frozen=True)
class Prototype(AllPole):
    """An ideal low-pass.

    Attributes:
        family: ``butterworth``, ``bessel`` or ``critically-damped``.
        order: Number of poles, 1 to 6.
        cutoff_hz: Frequency at which the power is halved (-3.01 dB), in Hz.
    """

    family: str
    order: int
    cutoff_hz: float

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise InputError(
                "no such filter response",
                key="--response",
                value=self.family,
                expected=", ".join(FAMILIES),
            )
        if self.order not in range(1, MAX_ORDER + 1):
            raise InputError("no filter order", key="--order", value=self.order, expected="1 to 6")
        if not (math.isfinite(self.cutoff_hz) and self.cutoff_hz > 0):
            raise InputError(
                "not a cut-off", key="--cutoff", value=self.cutoff_hz, expected="above 0 Hz"
            )

    @classmethod
    def bessel_with_delay(cls, order: int, delay_s: float) -> Prototype:
        """The Bessel low-pass whose group delay at 0 Hz is ``delay_s``, in s."""
        unit = cls("bessel", order, 1.0)
        return cls("bessel", order, unit.delay_s / delay_s)

    @property
    def poles_rad_s(self) -> np.ndarray:
        """Poles p_k in rad/s, complex, shape (order,)."""
        return 2 * np.pi * self.cutoff_hz * unit_poles(self.family, self.order)

    @property
    def sections(self) -> tuple[PoleTarget, ...]:
        """Pairs of poles, and the real pole of an odd order, in rising order of Q."""
        poles = self.poles_rad_s / (2 * np.pi)
        if self.family == "critically-damped":
            pairs = [PoleTarget(float(-poles[0].real), 0.5)] * (self.order // 2)
            single = [PoleTarget(float(-poles[0].real), None)] * (self.order % 2)
            return (*single, *pairs)
        upper = [p for p in poles if p.imag > 1e-9 * abs(p)]
        real = [p for p in poles if abs(p.imag) <= 1e-9 * abs(p)]
        pairs = [PoleTarget(float(abs(p)), float(abs(p) / (-2 * p.real))) for p in upper]
        singles = [PoleTarget(float(-p.real), None) for p in real]
        return (*singles, *sorted(pairs, key=lambda pair: pair.q or 0.0))

    def settling_s(self, error: float, reading: str) -> float:
        """Time at which the step response has settled to ``error``, in s.

        Args:
            error: Allowed deviation from the end value, as a ratio.
            reading: ``first`` (it reaches 1 - error) or ``stay`` (it is within the error for good).
        """
        unit = _unit_settling(self.family, self.order, float(error), reading)
        return unit / self.cutoff_hz


def cutoff_for_hz(family: str, order: int, time_s: float, error: float, reading: str) -> float:
    """Cut-off of the prototype that has settled to ``error`` at ``time_s``, in Hz.

    Args:
        family: ``butterworth``, ``bessel`` or ``critically-damped``.
        order: Number of poles.
        time_s: Settling time in s.
        error: Allowed deviation as a ratio, such as 0.02 for "98 % settled".
        reading: ``first`` or ``stay``.
    """
    return Prototype(family, order, 1.0).settling_s(error, reading) / time_s


@lru_cache
def _unit_settling(family: str, order: int, error: float, reading: str) -> float:
    unit = Prototype(family, order, 1.0)
    slowest = float(np.min(-np.real(unit.poles_rad_s)))
    return settling_time_s(
        lambda stop_s, points: unit.step(np.linspace(0, stop_s, points)),
        lambda time_s: float(unit.step(time_s)),
        slowest,
        error,
        reading,
    )


def unit_poles(family: str, order: int) -> np.ndarray:
    """Poles for a cut-off of 1 rad/s, complex, shape (order,)."""
    return np.array(_unit_poles(family, order))


@lru_cache
def _unit_poles(family: str, order: int) -> tuple[complex, ...]:
    return tuple(FAMILIES[family](order).tolist())


def _butterworth(order: int) -> np.ndarray:
    k = np.arange(1, order + 1)
    return np.exp(1j * np.pi * (2 * k + order - 1) / (2 * order))


def _critically_damped(order: int) -> np.ndarray:
    return np.full(order, -1 / math.sqrt(2 ** (1 / order) - 1), dtype=complex)


def bessel_delay_poles(order: int) -> np.ndarray:
    """Bessel poles for a delay of 1 s at 0 Hz, in rad/s, complex, shape (order,)."""
    n = order
    coefficients = [
        math.factorial(2 * n - k) // (2 ** (n - k) * math.factorial(k) * math.factorial(n - k))
        for k in range(n, -1, -1)
    ]
    roots = np.roots(coefficients).astype(complex)
    # np.roots leaves a few units in the last place; one Newton step takes them away.
    return roots - np.polyval(coefficients, roots) / np.polyval(np.polyder(coefficients), roots)


def _bessel(order: int) -> np.ndarray:
    from scipy.optimize import brentq

    poles = bessel_delay_poles(order)

    def excess(w: float) -> float:
        return float(np.prod(np.abs(1 - 1j * w / poles) ** 2)) - 2

    return poles / float(np.asarray(brentq(excess, 0.1, 10.0, xtol=1e-15)))


FAMILIES: dict[str, Callable[[int], np.ndarray]] = {
    "butterworth": _butterworth,
    "bessel": _bessel,
    "critically-damped": _critically_damped,
}
#: Other names that are understood.
ALIASES = {"critical": "critically-damped"}
