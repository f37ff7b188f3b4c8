"""Pattern sequencer of a counter, EPROMs and registers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.logic.chips import LOGIC, LOGIC_V, LogicChip
from hgecircuit.parts.preferred import at_most
from hgecircuit.parts.sequencer import Sequencer
from hgecircuit.parts.sequencing.ticks import TickPlan

_OUTPUTS = 8  # of an EPROM and of a register
_COUNTER_BITS = 4
_ADDRESS_BITS = 15
# The registers' data sheet has no skew: half of the typical delay is taken as its limit.
_SKEW_SHARE = 0.5
# The lines' R C as a share of the edge that the behavioural sequencer has, and the source's edge as
# a share of that: as short as shows in nothing, as long as the solver likes.
_TAU_SHARE = 1 / 3
_EDGE_SHARE = 0.1
_LINE_OHM = 1e3


@dataclass(frozen=True)
class CounterSequencer:
    """Every window in whole ticks: clock, counter, a word of the EPROMs per tick, registers.

    The counter is loaded with 2^n - N when it is at its end, so it counts N ticks and is the
    EPROMs' address; the registers take a word at every tick, hence they show the word of the
    address before, and all signals change together but for the registers' skew. Signals that stay
    low in the first cycles pass a gate, opened by a counter of the cycles.

    In the netlist the registers are pulse sources at the ticks, delayed by the register, and R C on
    every line slows the edges to what analog switches like: the charge of the gate's edge then
    follows its data sheet. Logic levels of 5 V are written as 1 V, which is what gates are
    normalised to.

    A trapezoid fades a gate in and out, a switch cuts it: both have their zeros at the carriers as
    long as the gate lasts whole periods. What lengthens it by d leaks at most 2 d / T of a
    carrier's product. A line's edges rise and fall alike, so d is what the register's skew differs
    by, nanoseconds, and, for a switch that is on above a share s of the level,

        d = R C ln((1 - s) / s),   s = 1/2 - ln(R_series / R_on) / 80 for our switch with R_series.

    With 10 kohm behind 120 ohm, s = 0.445: d is 0.22 R C, 0.7 us of a 10 us edge, and 1.5e-4 of a
    gate of 10 ms.

    Attributes:
        sequencer: The signals asked for.
        plan: Ticks and clock.
        line_ohm: Resistor of every line.
        line_f: Capacitor of every line.
        skew_shares: Skew of rise and fall by signal, -1 to 1 of half the register's delay; 0 for
            signals that it does not name.
    """

    sequencer: Sequencer
    plan: TickPlan
    line_ohm: float
    line_f: float
    skew_shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def size(
        cls,
        sequencer: Sequencer,
        gate_s: float,
        carrier_clock_hz: float | None = None,
        skew_shares: Mapping[str, tuple[float, float]] | None = None,
        capacitor_series: str = "E6",
    ) -> CounterSequencer:
        """Ticks from the gate and the cycle; R C a third of the edge that was asked for.

        Args:
            sequencer: The signals asked for.
            gate_s: Length of a gradient gate, which becomes a whole number of ticks.
            carrier_clock_hz: Clock that the carriers are divided from; None when they are not.
            skew_shares: See the attribute.
            capacitor_series: E series of the lines' capacitors.

        Raises:
            InputError: The times have no clock in common that the logic could follow.
        """
        # Counter, EPROM and register one after the other within a tick.
        chain = ("74HC161", "27C256", "74HC574")
        shortest_s = sum(LOGIC[name].delay_s for name in chain)
        plan = TickPlan.of(sequencer, gate_s, carrier_clock_hz, shortest_s, 2**_ADDRESS_BITS)
        line_f = at_most(sequencer.edge_s * _TAU_SHARE / _LINE_OHM, capacitor_series)
        return cls(sequencer, plan, _LINE_OHM, line_f, dict(skew_shares or {}))

    @property
    def tau_s(self) -> float:
        """R C of the lines."""
        return self.line_ohm * self.line_f

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the signals, which are the ports."""
        return tuple(self.sequencer.signals)

    @property
    def words(self) -> np.ndarray:
        """Levels by tick and signal, 0 or 1, shape (N, S)."""
        found = np.zeros((self.plan.ticks, len(self.signals)), dtype=np.uint8)
        for s, windows in enumerate(self.sequencer.signals.values()):
            for window in windows:
                start, stop = self.plan.borders(window)
                found[np.arange(start, stop) % self.plan.ticks, s] = 1
        return found

    @property
    def counter_bits(self) -> int:
        """Bits of the address counter, a multiple of a chip's."""
        bits = max(1, math.ceil(math.log2(self.plan.ticks)))
        return math.ceil(bits / _COUNTER_BITS) * _COUNTER_BITS

    @property
    def preload(self) -> int:
        """What the counter is loaded with at the end of a cycle."""
        return 2**self.counter_bits - self.plan.ticks

    @property
    def images(self) -> tuple[bytes, ...]:
        """Contents of the EPROMs, 32 KiB each: signal s is bit s % 8 of EPROM s // 8.

        The word of tick n is at the address of tick n - 1, because the register is one behind.
        """
        counts = (self.preload + np.arange(self.plan.ticks)) % 2**_ADDRESS_BITS
        ahead = np.roll(self.words, -1, axis=0)
        images = []
        for first in range(0, len(self.signals), _OUTPUTS):
            bits = ahead[:, first : first + _OUTPUTS]
            image = np.zeros(2**_ADDRESS_BITS, dtype=np.uint8)
            image[counts] = bits @ (1 << np.arange(bits.shape[1]))
            images.append(image.tobytes())
        return tuple(images)

    @property
    def chips(self) -> dict[str, int]:
        """How many of which chip, registers aside."""
        lanes = math.ceil(len(self.signals) / _OUTPUTS)
        counters = self.counter_bits // _COUNTER_BITS
        if self.plan.prescaler > 1:
            counters += math.ceil(math.log2(self.plan.prescaler) / _COUNTER_BITS)
        held = sum(1 for cycles in self.sequencer.hold_periods.values() if cycles)
        counters += 1 if held else 0
        # One gate inverts the counter's end for its load input; each held signal takes an AND of
        # two gates. A package has three.
        gates = math.ceil((1 + 2 * held) / 3)
        return {"XO": 1, "74HC161": counters, "27C256": lanes, "74HC10": gates}

    def edges_s(self, signal: str) -> list[tuple[float, float]]:
        """When each window's line starts to rise and to fall in the first cycle, in s."""
        rise, fall = self.skew_shares.get(signal, (0.0, 0.0))
        delay_s = LOGIC["74HC574"].delay_s
        held = self.sequencer.hold_periods.get(signal, 0) * self.plan.ticks
        times = []
        for window in self.sequencer.signals[signal]:
            start, stop = self.plan.borders(window)
            ticks = (self.plan.delay + held + start, self.plan.delay + held + stop)
            skews = (1 + _SKEW_SHARE * rise, 1 + _SKEW_SHARE * fall)
            times.append(
                (
                    float(ticks[0] * self.plan.tick_s) + delay_s * skews[0],
                    float(ticks[1] * self.plan.tick_s) + delay_s * skews[1],
                )
            )
        return times

    def level_v(self, signal: str, time_s: np.ndarray) -> np.ndarray:
        """Ideal response: the line in V at ``time_s``, behind its R C."""
        period_s = float(self.plan.ticks * self.plan.tick_s)
        level = np.zeros_like(time_s, dtype=float)
        for start_s, stop_s in self.edges_s(signal):
            since_s = time_s - start_s
            phase_s = np.mod(since_s, period_s)
            rise = -np.expm1(-phase_s / self.tau_s)
            fall = -np.expm1(-np.maximum(phase_s - (stop_s - start_s), 0) / self.tau_s)
            level += np.where(since_s >= 0, rise - fall, 0.0)
        return level

    def subcircuit(self, name: str = "counter_sequencer") -> Subcircuit:
        """One port per signal."""
        part = Subcircuit(name, self.signals, "Pattern sequencer: counter, EPROM, registers.")
        with part.stands_for(""):  # the logic's supply
            part.voltage("supply", "supply", GROUND, LOGIC_V)
        for chip, count in self.chips.items():
            load = _load(LOGIC[chip], f"{name}_{chip.lower()}")
            for n in range(count):
                part.instance(f"{chip.lower()}_{n}", load, ("supply",))
        for n, first in enumerate(range(0, len(self.signals), _OUTPUTS)):
            signals = self.signals[first : first + _OUTPUTS]
            register = self._register(f"{name}_register{n}", signals)
            part.instance(f"register{n}", register, ["supply", *(f"{s}_q" for s in signals)])
        for signal in self.signals:
            part.resistor(f"line_{signal}", f"{signal}_q", signal, self.line_ohm)
            part.capacitor(f"line_{signal}", signal, GROUND, self.line_f)
        return part

    def _register(self, name: str, signals: tuple[str, ...]) -> Subcircuit:
        """One register: its outputs as pulses, and its supply current."""
        chip = LOGIC["74HC574"]
        part = Subcircuit(name, ("supply", *signals), "Register of the sequencer.", chip.chip)
        part.resistor("supply", "supply", GROUND, _supply_ohm(chip))
        edge_s = _EDGE_SHARE * self.tau_s
        period_s = float(self.plan.ticks * self.plan.tick_s)
        for signal in signals:
            below, windows = GROUND, self.edges_s(signal)
            for n, (start_s, stop_s) in enumerate(windows):
                above = signal if n == len(windows) - 1 else f"{signal}_{n}"
                # The middle of the source's edge is the moment of the register's.
                numbers = (
                    0.0, 1.0, start_s - edge_s / 2, edge_s, edge_s, stop_s - start_s - edge_s,
                    period_s,
                )  # fmt: skip
                text = " ".join(format_number(number) for number in numbers)
                part.voltage(f"{signal}_{n}", above, below, f"PULSE({text})")
                below = above
        return part


def _supply_ohm(chip: LogicChip) -> float:
    """What draws a chip's supply current; an unknown current is left out."""
    return 1e9 if chip.supply_a is None else LOGIC_V / chip.supply_a


def _load(chip: LogicChip, name: str) -> Subcircuit:
    """A chip that acts on no line of its own: its supply current."""
    part = Subcircuit(name, ("supply",), f"Supply current of {chip.name}.", chip.chip)
    part.resistor("supply", "supply", GROUND, _supply_ohm(chip))
    return part
