"""Gate timing in whole ticks of one clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from hgecircuit.errors import InputError
from hgecircuit.parts.sequencer import Sequencer, Window
from hgecircuit.units import format_quantity

# Times are read to this; finer ones have no clock that logic could divide.
_RESOLUTION_S = Fraction(1, 10**9)
_LARGEST_CLOCK_HZ = Fraction(10**7)
# How much finer than the edges a tick may be, so that all windows lie on ticks.
_FINEST = 2


@dataclass(frozen=True)
class TickPlan:
    """A tick of which the gate and the cycle are whole multiples, and a clock that carriers share.

        tick = gcd(gate, period) / m,   m the first that puts all windows on ticks, tick <= edge
        clock = lcm(1 / tick, carrier clock)

    A gate of whole ticks is a gate of whole carrier periods if the gate is: 10 ms are 1000 ticks
    of 10 us and 4, 5 and 7 periods of 400, 500 and 700 Hz. Carriers divided from the same clock
    keep it so, however far that clock is off.

    Attributes:
        tick_s: Length of a tick.
        ticks: Ticks of a cycle.
        delay: Ticks before the first cycle.
        clock_hz: The crystal's frequency.
        moved_s: How far the border of any window was moved to its nearest tick.
    """

    tick_s: Fraction
    ticks: int
    delay: int
    clock_hz: Fraction
    moved_s: float

    @classmethod
    def of(
        cls,
        sequencer: Sequencer,
        gate_s: float,
        carrier_clock_hz: float | None = None,
        shortest_tick_s: float = 0.0,
        most_ticks: int = 2**15,
    ) -> TickPlan:
        """The coarsest plan that fits.

        Args:
            sequencer: The signals asked for.
            gate_s: Length of a gradient gate, a whole number of ticks.
            carrier_clock_hz: Clock that the carriers are divided from; None when they are not.
            shortest_tick_s: What the logic can follow.
            most_ticks: What its memory can hold.

        Raises:
            InputError: The times have no clock in common that the logic could follow.
        """
        gate, period = _exact(gate_s), _exact(sequencer.period_s)
        grid_s = _gcd(gate, period)
        coarsest = math.ceil(grid_s / _exact(sequencer.edge_s))
        choices = range(coarsest, _FINEST * coarsest + 1)
        fitting = (m for m in choices if _largest_miss_s(sequencer, grid_s / m) < 1e-9)
        divisions = next(fitting, coarsest)
        tick_s, ticks = grid_s / divisions, int(period / grid_s) * divisions
        if tick_s < shortest_tick_s or ticks > most_ticks:
            raise InputError(
                "gate and epoch have no clock in common that the sequencer's logic could follow",
                value=f"{format_quantity(gate_s, 's')} and "
                f"{format_quantity(sequencer.period_s, 's')} need {ticks} ticks of "
                f"{format_quantity(float(tick_s), 's')}",
                expected=f"at most {most_ticks} ticks of at least "
                f"{format_quantity(shortest_tick_s, 's')}: times on a coarser grid",
            )
        clock_hz = 1 / tick_s
        if carrier_clock_hz is not None:
            carrier = Fraction(carrier_clock_hz).limit_denominator(10**6)
            clock_hz = clock_hz * carrier / _gcd(clock_hz, carrier)
        if clock_hz > _LARGEST_CLOCK_HZ:
            raise InputError(
                "sequencer and carriers have no clock in common",
                value=format_quantity(float(clock_hz), "Hz"),
                expected=f"at most {format_quantity(float(_LARGEST_CLOCK_HZ), 'Hz')}: times or "
                "carriers on a coarser grid",
            )
        delay = round(_exact(sequencer.delay_s) / tick_s)
        return cls(tick_s, ticks, delay, clock_hz, _largest_miss_s(sequencer, tick_s))

    @property
    def prescaler(self) -> int:
        """Ratio of the crystal's frequency to the ticks'."""
        return int(self.clock_hz * self.tick_s)

    def borders(self, window: Window) -> tuple[int, int]:
        """First tick of a window, and the first behind it."""
        return _nearest(window.start_s, self.tick_s), _nearest(window.stop_s, self.tick_s)


def _exact(value: float) -> Fraction:
    return round(Fraction(value) / _RESOLUTION_S) * _RESOLUTION_S


def _gcd(first: Fraction, second: Fraction) -> Fraction:
    common = math.lcm(first.denominator, second.denominator)
    return Fraction(math.gcd(int(first * common), int(second * common)), common)


def _nearest(value_s: float, tick_s: Fraction) -> int:
    # A border halfway between two ticks goes up whatever its last digits are, so that windows of
    # whole ticks keep their length.
    return math.floor(_exact(value_s) / tick_s + Fraction(1, 2))


def _largest_miss_s(sequencer: Sequencer, tick_s: Fraction) -> float:
    windows = [window for several in sequencer.signals.values() for window in several]
    borders_s = {border for window in windows for border in (window.start_s, window.stop_s)}
    return max(float(abs(_exact(one) - _nearest(one, tick_s) * tick_s)) for one in borders_s)
