"""Frequencies that carriers must not use: mains with its harmonics, and bands the user names."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

# Edges belong to their band, also after rounding.
_RELATIVE = 1e-12


@dataclass(frozen=True)
class ExcludedBands:
    """Closed bands without carriers.

    Attributes:
        mains_hz: Mains frequencies; every whole multiple above 0 is excluded too.
        mains_width_hz: Full width of the band around each mains frequency and harmonic.
        bands_hz: Other bands, (lower, upper).

    Raises:
        InputError: A frequency that is none, or a band whose ends are not in order.
    """

    mains_hz: tuple[float, ...] = ()
    mains_width_hz: float = 2.0
    bands_hz: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        for mains_hz in self.mains_hz:
            if not (math.isfinite(mains_hz) and mains_hz > 0):
                raise InputError(
                    "not above zero", key="--avoid", value=mains_hz, expected="a value above 0 Hz"
                )
        width_hz = self.mains_width_hz
        if not (math.isfinite(width_hz) and width_hz >= 0):
            raise InputError(
                "not a width", key="--avoid-width", value=width_hz, expected="0 Hz or more"
            )
        for lower_hz, upper_hz in self.bands_hz:
            if not 0 <= lower_hz <= upper_hz < math.inf:
                raise InputError(
                    "not a band",
                    key="--exclude",
                    value=f"{_hertz(lower_hz)}-{_hertz(upper_hz)}",
                    expected="the lower end first, such as 100Hz-120Hz",
                )

    def blocked(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Whether each frequency lies in a band, shape as ``frequency_hz``."""
        frequency_hz = np.asarray(frequency_hz, float)
        slack_hz = _RELATIVE * frequency_hz
        result = np.zeros(frequency_hz.shape, bool)
        for mains_hz in self.mains_hz:
            harmonic = np.maximum(np.round(frequency_hz / mains_hz), 1)
            distance_hz = np.abs(frequency_hz - harmonic * mains_hz)
            result |= distance_hz <= self.mains_width_hz / 2 + slack_hz
        for lower_hz, upper_hz in self.bands_hz:
            result |= (frequency_hz >= lower_hz - slack_hz) & (frequency_hz <= upper_hz + slack_hz)
        return result

    def holding(self, frequency_hz: float) -> tuple[float, float] | None:
        """A named band that holds a frequency, or None."""
        slack_hz = _RELATIVE * frequency_hz
        for lower_hz, upper_hz in self.bands_hz:
            if lower_hz - slack_hz <= frequency_hz <= upper_hz + slack_hz:
                return lower_hz, upper_hz
        return None

    def within(self, lowest_hz: float, highest_hz: float) -> list[tuple[float, float]]:
        """All bands that touch an interval, rising, cut at its ends."""
        found = [band for band in self.bands_hz if band[1] >= lowest_hz and band[0] <= highest_hz]
        half_hz = self.mains_width_hz / 2
        for mains_hz in self.mains_hz:
            first = max(1, math.ceil((lowest_hz - half_hz) / mains_hz))
            last = math.floor((highest_hz + half_hz) / mains_hz)
            centres = (harmonic * mains_hz for harmonic in range(first, last + 1))
            found += [(centre - half_hz, centre + half_hz) for centre in centres]
        cut = ((max(lower, lowest_hz), min(upper, highest_hz)) for lower, upper in found)
        return sorted(cut)


def _hertz(frequency_hz: float) -> str:
    return format_quantity(frequency_hz, "Hz", 6)


#: Every frequency may be used.
NO_BANDS = ExcludedBands()
