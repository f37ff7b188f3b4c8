"""How far a filter's response is from the ideal one: the measure by which values are picked.

error = max_f |H(f) / (g H_ideal(f)) - 1|, over the pass-band and at every interfering frequency,
with the complex H of ideal op-amps and g = +-1 the sign of the gain. It bounds the relative error
of the amplitude and, in rad, that of the phase at each of these frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.filters.candidates import Candidates
from hgecircuit.parts.filters.prototypes import PoleTarget, Prototype

_PASS_BAND_POINTS = 16
_CANCELLING = 3.0


@dataclass(frozen=True)
class Metric:
    """The frequencies at which responses are compared, and the sections' ideal responses.

    Attributes:
        targets: Ideal sections.
        frequency_hz: Shape (F,).
    """

    targets: tuple[PoleTarget, ...]
    frequency_hz: np.ndarray

    @classmethod
    def of(
        cls, prototype: Prototype, targets: tuple[PoleTarget, ...], reject_hz: tuple[float, ...]
    ) -> Metric:
        """16 equal steps up to the cut-off, and the interfering frequencies."""
        steps = np.arange(1, _PASS_BAND_POINTS + 1) / _PASS_BAND_POINTS
        frequency_hz = np.concatenate([steps * prototype.cutoff_hz, np.array(reject_hz)])
        return cls(targets, frequency_hz)

    @property
    def pass_band_hz(self) -> np.ndarray:
        """The frequencies up to the cut-off."""
        return self.frequency_hz[:_PASS_BAND_POINTS]

    def ratios(self, index: int, candidates: Candidates) -> np.ndarray:
        """H / H_ideal of a section's candidates with ideal op-amps, complex, shape (n, F)."""
        return self.ratios_at(index, candidates.offsets)

    def ratios_at(self, index: int, offsets: np.ndarray) -> np.ndarray:
        """H / H_ideal of a section for deviations ln(f/f_0), ln(Q/Q_0) of shape (n, 1 or 2)."""
        target = self.targets[index]
        ideal = _denominator(self.frequency_hz / target.pole_hz, target.q)
        pole_hz = target.pole_hz * np.exp(offsets[:, :1])
        q = None if target.q is None else target.q * np.exp(offsets[:, 1:])
        return ideal / _denominator(self.frequency_hz / pole_hz, q)

    def slopes(self) -> np.ndarray:
        """Derivatives of ln H to every ln f_0 and ln Q, complex, shape (F, parameters)."""
        columns = []
        for target in self.targets:
            x = self.frequency_hz / target.pole_hz
            below = _denominator(x, target.q)
            if target.q is None:
                columns.append(1j * x / below)
            else:
                columns += [(1j * x / target.q - 2 * x**2) / below, (1j * x / target.q) / below]
        return np.stack(columns, axis=-1)

    def reaches(self, error: float) -> list[np.ndarray]:
        """Deviations of each section that a filter within ``error`` can have, to first order.

        ln(H/H_ideal) = J p with the deviations p has at most sqrt(F) error as its 2-norm, so
        p_j^2 <= F error^2 [(J^T J)^-1]_jj. Sections that can stand in for each other make that
        infinite: there is no bound then.

        Returns:
            For every section the largest |ln(f/f_0)| and, with a Q, |ln(Q/Q_0)|.
        """
        slopes = self.slopes()
        stacked = np.concatenate([np.real(slopes), np.imag(slopes)])
        left, sizes, right = np.linalg.svd(stacked, full_matrices=False)
        del left
        with np.errstate(divide="ignore"):
            inverse = np.where(sizes > 1e-9 * sizes[0], 1 / sizes, np.inf)
        variance = np.zeros(stacked.shape[1])
        for size, row in zip(inverse, right, strict=True):
            used = np.abs(row) > 1e-9
            variance[used] += (size * row[used]) ** 2
        bounds = error * np.sqrt(len(self.frequency_hz) * variance)
        counts = [1 if target.q is None else 2 for target in self.targets]
        return np.split(bounds, np.cumsum(counts)[:-1])

    def equal_poles_reach(self, error: float) -> float:
        """Largest |ln| deviation within ``error`` where poles coincide, so that slopes say nothing.

        n equal poles that move by d along the n-th roots of -1 change H by u^n d^n only, with
        u = jx / (1 + jx). The factor leaves room for lower powers of u that cancel part of it.
        """
        order = sum(1 if target.q is None else 2 for target in self.targets)
        x = self.frequency_hz.max() / self.targets[0].pole_hz
        return float(_CANCELLING * error ** (1 / order) * np.hypot(1.0, x) / x)


def worst(ratios: np.ndarray) -> np.ndarray:
    """max_f |ratio - 1| over the last axis."""
    return np.abs(ratios - 1).max(axis=-1)


def _denominator(x: np.ndarray, q: float | np.ndarray | None) -> np.ndarray:
    """1 + jx for a real pole, 1 + jx/Q - x^2 for a pair."""
    return 1 + 1j * x if q is None else 1 + 1j * x / q - x**2
