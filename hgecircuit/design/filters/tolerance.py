"""What becomes of a filter when its components deviate: random builds, many solved at once.

Builds are solved in blocks, so that any number of them takes the same memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis, find_cutoffs_hz, pole_pair
from hgecircuit.design.filters.stages import Report, silent
from hgecircuit.parts.filters.network import System
from hgecircuit.parts.filters.settling import READINGS

# Step responses of the builds are sampled this often up to this multiple of the nominal settling
# time; a build that settles later counts as not settled by then.
_POINTS = 2500
_STOP = 2.5
# Builds, and frequencies of each, that are solved at once.
_BLOCK, _FREQUENCIES = 500, 64
PERCENTILES = (0.0, 5.0, 50.0, 95.0, 100.0)


@dataclass(frozen=True)
class Spread:
    """One quantity over all builds.

    Attributes:
        name: What it is.
        unit: SI unit.
        values: Shape (builds,); NaN where a build has none.
    """

    name: str
    unit: str
    values: np.ndarray

    @property
    def percentiles(self) -> tuple[float, ...]:
        """Least, 5 %, median, 95 % and largest value; NaN when no build has one."""
        known = self.values[np.isfinite(self.values)]
        if not len(known):
            return (np.nan,) * len(PERCENTILES)
        return tuple(float(value) for value in np.percentile(known, PERCENTILES))


@dataclass(frozen=True)
class BuildFigures:
    """Every figure of every build.

    Attributes:
        gains: Gain at 0 Hz, shape (builds,).
        cutoffs_hz: Cut-off, shape (builds,).
        sections: Pole frequency in Hz and Q (None for a real pole) of every section, shape
            (builds,) each.
        attenuations_db: At every interfering frequency, shape (builds, F).
        settling_s: By reading, shape (builds,) each; NaN for a build that needs more than 2.5 times
            the nominal time.
    """

    gains: np.ndarray
    cutoffs_hz: np.ndarray
    sections: list[tuple[np.ndarray, np.ndarray | None]]
    attenuations_db: np.ndarray
    settling_s: dict[str, np.ndarray]


@dataclass(frozen=True)
class Builds:
    """Random builds of one filter.

    Each component deviates by itself, evenly distributed within its tolerance: a data sheet
    promises no more than the limits. Parts of one reel deviate together, which spreads the cut-off
    more and Q less.

    Attributes:
        analysis: The filter.
        values: Components by name, shape (builds,) each.
        seed: Seed of the numbers.
    """

    analysis: FilterAnalysis
    values: dict[str, np.ndarray]
    seed: int

    @classmethod
    def draw(
        cls,
        analysis: FilterAnalysis,
        resistor_tolerance: float,
        capacitor_tolerance: float,
        builds: int,
        seed: int,
    ) -> Builds:
        """Random values for every component, reproducible by the seed."""
        generator = np.random.default_rng(seed)
        values = {}
        for name, value in analysis.cascade.values.items():
            tolerance = resistor_tolerance if name.startswith("R") else capacitor_tolerance
            values[name] = value * (1 + tolerance * generator.uniform(-1, 1, builds))
        return cls(analysis, values, seed)

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def blocks(self, report: Report = silent, stage: str = "random builds") -> Iterator[Builds]:
        """The builds a bounded number at a time.

        Args:
            report: Hears how far it has come.
            stage: What they are gone through for.
        """
        report(stage, 0.0)
        for start in range(0, len(self), _BLOCK):
            part = {name: value[start : start + _BLOCK] for name, value in self.values.items()}
            yield Builds(self.analysis, part, self.seed)
            report(stage, min(1.0, (start + _BLOCK) / len(self)))

    @cached_property
    def system(self) -> System:
        """All builds as one batch of networks."""
        return self.analysis.cascade.solve(self.analysis.opamp, self.values)

    @cached_property
    def gains(self) -> np.ndarray:
        """Gain at 0 Hz, shape (builds,)."""
        return self.system.end_voltages[..., self.system.row()]

    @cached_property
    def cutoffs_hz(self) -> np.ndarray:
        """Cut-off of every build, shape (builds,)."""
        return find_cutoffs_hz(self.system, self.analysis.nominal_hz)

    def responses(self, frequency_hz: np.ndarray) -> np.ndarray:
        """H(f), complex, shape (builds, F)."""
        frequency_hz = np.asarray(frequency_hz, float)
        parts = [
            self.system.response(frequency_hz[start : start + _FREQUENCIES])
            for start in range(0, max(1, len(frequency_hz)), _FREQUENCIES)
        ]
        return np.concatenate(parts, axis=-1)

    def attenuations_db(self, frequency_hz: np.ndarray) -> np.ndarray:
        """-20 log10 |H|, shape (builds, F)."""
        return -20 * np.log10(np.abs(self.responses(frequency_hz)))

    def sections(self) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """Pole frequency in Hz and Q of every section, shape (builds,) each."""
        cascade = self.analysis.cascade
        found = []
        for index, section in enumerate(cascade.sections):
            system = cascade.solve_section(index, self.analysis.opamp, self.values)
            found.append(pole_pair(system.poles_rad_s, section.kind.order))
        return found

    def steps(self, stop_s: float, points: int) -> np.ndarray:
        """Step responses as shares of their end values, shape (builds, points)."""
        return self.system.modes().grid(stop_s, points) / self.gains[:, None]

    def settling_s(self, error: float, reading: str, nominal_s: float) -> np.ndarray:
        """Settling time of every build in s, shape (builds,), by interpolation on a fine grid.

        Args:
            error: Allowed deviation as a ratio.
            reading: ``first`` or ``stay``.
            nominal_s: Settling time of the filter without deviations.
        """
        stop_s = _STOP * nominal_s
        steps = self.steps(stop_s, _POINTS)
        outside = steps < 1 - error if reading == "first" else np.abs(steps - 1) > error
        if reading == "first":
            last = np.argmax(~outside, axis=1) - 1
            settled = np.any(~outside, axis=1)
        else:
            last = _POINTS - 1 - np.argmax(outside[:, ::-1], axis=1)
            settled = last < _POINTS - 1
        last = np.minimum(last, _POINTS - 2)
        rows = np.arange(len(steps))
        before, behind = steps[rows, last], steps[rows, last + 1]
        level = 1 + np.copysign(error, before - 1)
        share = (level - before) / np.where(settled, behind - before, 1.0)
        return np.where(settled, (last + share) * stop_s / (_POINTS - 1), np.nan)

    def figures(
        self, error: float, frequency_hz: np.ndarray, report: Report = silent
    ) -> BuildFigures:
        """Every figure, block by block.

        Args:
            error: Deviation that counts as settled, as a ratio.
            frequency_hz: Interfering frequencies, shape (F,).
            report: Hears how far it has come.
        """
        nominal_s = {reading: self.analysis.settling_s(error, reading) for reading in READINGS}
        found = [
            BuildFigures(
                block.gains,
                block.cutoffs_hz,
                block.sections(),
                block.attenuations_db(frequency_hz),
                {name: block.settling_s(error, name, wanted) for name, wanted in nominal_s.items()},
            )
            for block in self.blocks(report)
        ]
        sections = [
            (
                np.concatenate([pole_hz for pole_hz, _ in parts]),
                None if parts[0][1] is None else np.concatenate([q for _, q in parts]),
            )
            for parts in zip(*(one.sections for one in found), strict=True)
        ]
        return BuildFigures(
            np.concatenate([one.gains for one in found]),
            np.concatenate([one.cutoffs_hz for one in found]),
            sections,
            np.concatenate([one.attenuations_db for one in found]),
            {name: np.concatenate([one.settling_s[name] for one in found]) for name in READINGS},
        )
