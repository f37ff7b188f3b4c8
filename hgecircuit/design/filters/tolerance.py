"""What becomes of a filter when its components deviate: random builds, all solved at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgecircuit.design.filters.analysis import FilterAnalysis, find_cutoffs_hz, pole_pair
from hgecircuit.parts.filters.network import System

# Step responses of the builds are sampled this often up to this multiple of the nominal settling
# time; a build that settles later counts as not settled by then.
_POINTS = 2500
_STOP = 2.5
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
        """Least, 5 %, median, 95 % and largest value."""
        return tuple(float(value) for value in np.nanpercentile(self.values, PERCENTILES))


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

    def attenuations_db(self, frequency_hz: np.ndarray) -> np.ndarray:
        """-20 log10 |H|, shape (builds, F)."""
        return -20 * np.log10(np.abs(self.system.response(np.asarray(frequency_hz, float))))

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

    def settling_s(self, error: float, reading: str) -> np.ndarray:
        """Settling time of every build in s, shape (builds,), by interpolation on a fine grid.

        NaN for a build that needs more than 2.5 times the nominal time.
        """
        stop_s = _STOP * self.analysis.settling_s(error, reading)
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
        share = (level - before) / (behind - before)
        return np.where(settled, (last + share) * stop_s / (_POINTS - 1), np.nan)
