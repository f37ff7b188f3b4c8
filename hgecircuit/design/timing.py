"""When each gate of a learner opens: one epoch of the coherent and of the continuous loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.parts.sequencer import Sequencer, Window

# A gate closes this many edges before its pattern ends: with one edge or none the pattern's ramp
# leaks into the held value (0.11 V of error with 10 us edges).
GUARD_EDGES = 3
# Share of an evaluation slot before the sample-and-hold opens, in which the chain settles.
SETTLE_SHARE = 0.3
# Share of the transfer slot used by the transfer itself; the rest resets the accumulators.
TRANSFER_SHARE = 0.5


@dataclass(frozen=True)
class CoherentTiming:
    """One epoch of the coherent loop: K evaluations, K gradient gates, one transfer.

    Attributes:
        patterns: Number K of patterns.
        gate_s: Length of a gradient gate, T_w, a whole number of periods of every carrier.
        evaluation_s: Length of an evaluation slot (perturbation off).
        blank_s: Time from a pattern switch to the end of the gate, less the gate.
        transfer_s: Time for the transfer and the reset of the accumulators.
        edge_s: Length of every clock edge.
        hold_epochs: Epochs at the start in which no step is transferred.
        chopped: Whether the sign of the perturbation follows :func:`chop_sign`.
        wait_s: Time that the oscillators get to start.
    """

    patterns: int
    gate_s: float
    evaluation_s: float
    blank_s: float
    transfer_s: float
    edge_s: float
    hold_epochs: int
    chopped: bool = False
    wait_s: float = 0.0

    @property
    def delay_s(self) -> float:
        """Time before the first epoch."""
        return self.wait_s + 2 * self.edge_s

    @property
    def epoch_s(self) -> float:
        """Length of one epoch."""
        slots_s = self.evaluation_s + self.blank_s + self.gate_s
        return self.patterns * slots_s + self.transfer_s

    @property
    def transfer_window(self) -> Window:
        """When the step moves into the weights, within an epoch."""
        start_s = self.epoch_s - self.transfer_s
        return Window(
            start_s + self.edge_s, start_s + TRANSFER_SHARE * self.transfer_s - self.edge_s
        )

    @property
    def decide_window(self) -> Window:
        """When the latch looks at the errors: all outputs have just been taken."""
        start_s = self.gradient_window(0).start_s
        return Window(start_s + self.edge_s, start_s + self.blank_s / 2)

    def evaluation_window(self, pattern: int) -> Window:
        """When pattern ``pattern`` is shown without perturbation."""
        return Window(pattern * self.evaluation_s, (pattern + 1) * self.evaluation_s)

    def strobe_window(self, pattern: int) -> Window:
        """When the sample-and-hold of ``pattern`` follows the output."""
        slot = self.evaluation_window(pattern)
        return Window(
            slot.start_s + SETTLE_SHARE * self.evaluation_s,
            slot.stop_s - GUARD_EDGES * self.edge_s,
        )

    def gradient_window(self, pattern: int) -> Window:
        """When pattern ``pattern`` is shown with perturbation."""
        start_s = self.patterns * self.evaluation_s + pattern * (self.blank_s + self.gate_s)
        return Window(start_s, start_s + self.blank_s + self.gate_s)

    def gate_window(self, pattern: int) -> Window:
        """When the accumulators integrate; exactly ``gate_s`` long."""
        stop_s = self.gradient_window(pattern).stop_s - (GUARD_EDGES + 1) * self.edge_s
        return Window(stop_s - self.gate_s, stop_s)

    def evaluation_times_s(self, epochs: int) -> np.ndarray:
        """When each held output has just been taken, shape (epochs, K)."""
        stops_s = [self.strobe_window(k).stop_s for k in range(self.patterns)]
        starts_s = self.delay_s + self.epoch_s * np.arange(epochs)
        return starts_s[:, None] + np.asarray(stops_s) + self.edge_s

    def sequencer(self) -> Sequencer:
        """The sequencer with signals ``p<k>``, ``strobe<k>``, gates, transfer and reset."""
        patterns = range(self.patterns)
        first, last = self.gradient_window(0), self.gradient_window(self.patterns - 1)
        reset_s = self.transfer_window.stop_s + 2 * self.edge_s
        signals = {
            **{f"p{k}": (self.evaluation_window(k), self.gradient_window(k)) for k in patterns},
            **{f"strobe{k}": (self.strobe_window(k),) for k in patterns},
            "gate": tuple(self.gate_window(k) for k in patterns),
            "perturb": (Window(first.start_s, last.stop_s),),
            "decide": (self.decide_window,),
            "transfer": (self.transfer_window,),
            "reset": (Window(reset_s, self.epoch_s - 2 * self.edge_s),),
        }
        if self.chopped:
            turned = [k for k in patterns if chop_sign(k) < 0]
            signals["chop"] = tuple(self.gradient_window(k) for k in turned)
        return Sequencer(
            signals, self.epoch_s, self.edge_s, self.delay_s, {"transfer": self.hold_epochs}
        )


def chop_sign(slot: int) -> int:
    """Sign of the perturbation in a slot, counted from 0 within an epoch: + - - + - + + - ...

    The sequence of Thue and Morse: over every two slots a constant cancels, over every four from
    the start a steady drift as well.
    """
    return -1 if slot.bit_count() % 2 else 1


@dataclass(frozen=True)
class ContinuousTiming:
    """One epoch of the continuous loop: each pattern is shown once, blanked, then learnt from.

    Attributes:
        patterns: Number K of patterns.
        blank_s: Time after a pattern switch in which the demodulators get no signal, so that the
            output's step has left the AC coupling before they listen.
        settle_s: Time T that the low-passes then get to settle.
        update_s: Time in which the weights then move.
        edge_s: Length of every clock edge.
        hold_epochs: Epochs at the start in which the weights stay.
        wait_s: Time that the oscillators get to start.
    """

    patterns: int
    blank_s: float
    settle_s: float
    update_s: float
    edge_s: float
    hold_epochs: int
    wait_s: float = 0.0

    @property
    def delay_s(self) -> float:
        """Time before the first epoch."""
        return self.wait_s + 2 * self.edge_s

    @property
    def slot_s(self) -> float:
        """Time for which one pattern is shown."""
        return self.blank_s + self.settle_s + self.update_s

    @property
    def epoch_s(self) -> float:
        """Length of one epoch."""
        return self.patterns * self.slot_s

    def pattern_window(self, pattern: int) -> Window:
        """When pattern ``pattern`` is shown."""
        return Window(pattern * self.slot_s, (pattern + 1) * self.slot_s)

    def listen_window(self, pattern: int) -> Window:
        """When the demodulators get the output."""
        slot = self.pattern_window(pattern)
        return Window(slot.start_s + self.blank_s, slot.stop_s - GUARD_EDGES * self.edge_s)

    def update_window(self, pattern: int) -> Window:
        """When the weights move on pattern ``pattern``."""
        slot = self.pattern_window(pattern)
        return Window(
            slot.start_s + self.blank_s + self.settle_s, slot.stop_s - GUARD_EDGES * self.edge_s
        )

    def evaluation_times_s(self, epochs: int) -> np.ndarray:
        """When each held output has just been taken, shape (epochs, K)."""
        stops_s = [self.update_window(k).stop_s for k in range(self.patterns)]
        starts_s = self.delay_s + self.epoch_s * np.arange(epochs)
        return starts_s[:, None] + np.asarray(stops_s) + self.edge_s

    def sequencer(self) -> Sequencer:
        """The sequencer with signals ``p<k>``, ``strobe<k>``, ``listen`` and ``update``."""
        patterns = range(self.patterns)
        signals = {
            **{f"p{k}": (self.pattern_window(k),) for k in patterns},
            **{f"strobe{k}": (self.update_window(k),) for k in patterns},
            "listen": tuple(self.listen_window(k) for k in patterns),
            "update": tuple(self.update_window(k) for k in patterns),
        }
        return Sequencer(
            signals, self.epoch_s, self.edge_s, self.delay_s, {"update": self.hold_epochs}
        )
