"""What banks of real parts share: oscillators per frequency, and the references' networks."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from hgecircuit.errors import InputError
from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.oscillators.base import Bank, Tone
from hgecircuit.parts.oscillators.trail import Trail, trail_for

# Two carriers whose frequencies differ by less share an oscillator.
_SAME = 1e-6


class BuiltBank(Bank):
    """A bank of real parts.

    Attributes:
        resistor_series: E series of all resistors; exact values without one.
    """

    resistor_series: str | None

    @cached_property
    def cores(self) -> tuple[Core, ...]:
        """Channels by oscillator."""
        return share_cores(self.frequencies_hz, self.phases_rad)

    @property
    def references(self) -> tuple[Tone, ...]:
        """The carriers behind their RC networks."""
        pairs = zip(self.trails, self.carriers, strict=True)
        return tuple(trail.reference(carrier) for trail, carrier in pairs)

    @property
    def trails(self) -> tuple[Trail, ...]:
        """The references' networks."""
        pairs = zip(self.reference_lag_rad, self.frequencies_hz, strict=True)
        return tuple(trail_for(lag, frequency, self.resistor_series) for lag, frequency in pairs)

    @abstractmethod
    def frequency_spread(self, resistor: float, capacitor: float) -> float:
        """Largest relative error of a frequency with every part at its limit, to first order.

        Args:
            resistor: Tolerance of all resistors, as a ratio.
            capacitor: Tolerance of all capacitors, as a ratio.
        """

    def add_references(self, part: Subcircuit) -> None:
        """Connect every reference's port to its carrier's."""
        for m, trail in enumerate(self.trails):
            trail.add_to(part, m)


class Core(NamedTuple):
    """Channels that share one oscillator.

    Attributes:
        frequency_hz: Their frequency.
        channels: Their indices.
        turns: Their phases relative to the first, in quarter turns: 0, 1 or -1.
    """

    frequency_hz: float
    channels: tuple[int, ...]
    turns: tuple[int, ...]


def share_cores(frequencies_hz: Sequence[float], phases_rad: Sequence[float]) -> tuple[Core, ...]:
    """One oscillator per frequency; channels on it must lie at right angles.

    Raises:
        InputError: Two channels share a frequency at another angle.
    """
    found: list[list[int]] = []
    for m, frequency_hz in enumerate(frequencies_hz):
        for members in found:
            if abs(frequency_hz / frequencies_hz[members[0]] - 1) < _SAME:
                members.append(m)
                break
        else:
            found.append([m])
    return tuple(
        Core(
            frequencies_hz[members[0]],
            tuple(members),
            tuple(_quarter_turns(phases_rad[m] - phases_rad[members[0]]) for m in members),
        )
        for members in found
    )


def _quarter_turns(angle_rad: float) -> int:
    turns = angle_rad / (math.pi / 2)
    whole = round(turns)
    if abs(turns - whole) > 1e-4 or whole % 4 == 2:
        raise InputError(
            "channels of one oscillator at another angle",
            value=f"{math.degrees(angle_rad):.6g} deg",
            expected="0, 90 or -90 deg apart",
        )
    return (whole + 1) % 4 - 1
