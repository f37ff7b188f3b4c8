"""When each gate of the stream loop opens: one pattern's slot, and the step after a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.timing import EDGE_SHARE, GUARD_EDGES, SETTLE_SHARE, TRANSFER_SHARE
from hgecircuit.parts.sequencer import Sequencer, Window
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.loop import StreamLoop


@dataclass(frozen=True)
class StreamTiming:
    """Slots of equal length: transfer (idle but after a batch), evaluation, blank, gate.

    Attributes:
        patterns: Number K of patterns in an epoch.
        batch: Patterns per step.
        gate_s: Length of a gradient gate, T_w, a whole number of periods of every carrier.
        transfer_s: First part of a slot: after a batch the step moves, and accumulators forget.
        evaluation_s: Next part, in which the output is held (perturbation off).
        blank_s: Next part, in which the readout adapts and the perturbation settles.
        edge_s: Length of every clock edge.
        hold_epochs: Epochs at the start in which no step is transferred.
    """

    patterns: int
    batch: int
    gate_s: float
    transfer_s: float
    evaluation_s: float
    blank_s: float
    edge_s: float
    hold_epochs: int

    @property
    def chopped(self) -> bool:
        """The perturbation keeps its sign."""
        return False

    @property
    def delay_s(self) -> float:
        """Time before the first epoch: none, the pattern memory starts at once."""
        return 0.0

    @property
    def slot_s(self) -> float:
        """Time for which one pattern is shown."""
        return (
            self.transfer_s
            + self.evaluation_s
            + self.blank_s
            + self.gate_s
            + (GUARD_EDGES + 1) * self.edge_s
        )

    @property
    def batch_s(self) -> float:
        """Time from step to step."""
        return self.batch * self.slot_s

    @property
    def epoch_s(self) -> float:
        """Length of one epoch."""
        return self.patterns * self.slot_s

    @property
    def transfer_window(self) -> Window:
        """When the step moves into the weights, within a batch."""
        return Window(self.edge_s, TRANSFER_SHARE * self.transfer_s - self.edge_s)

    @property
    def reset_window(self) -> Window:
        """When the accumulators forget, within a batch."""
        return Window(self.transfer_window.stop_s + 2 * self.edge_s, self.transfer_s)

    @property
    def strobe_window(self) -> Window:
        """When the sample-and-hold follows the output, within a slot."""
        return Window(
            self.transfer_s + SETTLE_SHARE * self.evaluation_s,
            self._listening_s - GUARD_EDGES * self.edge_s,
        )

    @property
    def perturb_window(self) -> Window:
        """When the perturbation is on, within a slot."""
        return Window(self._listening_s, self.slot_s - self.edge_s)

    @property
    def adapt_window(self) -> Window:
        """When the readout adapts to the held output, within a slot; closed before the gate."""
        stop_s = self.gate_window.start_s - GUARD_EDGES * self.edge_s
        return Window(self._listening_s, stop_s)

    @property
    def adapt_s(self) -> float:
        """How long the readout adapts to each pattern."""
        return self.adapt_window.stop_s - self.adapt_window.start_s

    @property
    def gate_window(self) -> Window:
        """When the accumulators integrate, within a slot; exactly ``gate_s`` long."""
        start_s = self._listening_s + self.blank_s
        return Window(start_s, start_s + self.gate_s)

    @property
    def _listening_s(self) -> float:
        return self.transfer_s + self.evaluation_s

    def held_times_s(self, slots: int) -> np.ndarray:
        """When each held output has been taken and the readout has adapted to it, shape (slots,).

        Args:
            slots: Number of slots.
        """
        return self.slot_s * np.arange(slots) + self.gate_window.start_s - self.edge_s

    def slot_sequencer(self) -> Sequencer:
        """The signals of every slot: ``strobe``, ``perturb``, ``adapt`` and ``gate``."""
        signals = {
            "strobe": (self.strobe_window,),
            "perturb": (self.perturb_window,),
            "adapt": (self.adapt_window,),
            "gate": (self.gate_window,),
        }
        return Sequencer(signals, self.slot_s, self.edge_s, self.delay_s, {})

    def batch_sequencer(self) -> Sequencer:
        """The signals of every batch: ``transfer`` and ``reset``."""
        signals = {"transfer": (self.transfer_window,), "reset": (self.reset_window,)}
        held = self.hold_epochs * self.patterns // self.batch
        return Sequencer(signals, self.batch_s, self.edge_s, self.delay_s, {"transfer": held})


def stream_timing(spec: CircuitSpec, loop: StreamLoop) -> StreamTiming:
    """The timing that a circuit file asks for."""
    return StreamTiming(
        len(spec.task.patterns),
        loop.batch,
        spec.lock_in.time_s,
        loop.transfer_time_s,
        loop.evaluation_time_s,
        loop.blank_time_s,
        EDGE_SHARE * spec.lock_in.time_s,
        loop.hold_epochs,
    )
