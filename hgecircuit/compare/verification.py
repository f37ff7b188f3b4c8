"""Everything that one verification found, ready for a report."""

from __future__ import annotations

from dataclasses import dataclass

from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.learning import LearningResult
from hgecircuit.compare.sphere import SphereResult
from hgecircuit.compare.study import StartResult
from hgecircuit.compare.three_way import ThreeWay
from hgecircuit.compare.verdict import Status, Verdict
from hgecircuit.learner import Learner
from hgecircuit.record import Record
from hgecircuit.run.reference import TrainingResult


@dataclass(frozen=True)
class Verification:
    """Everything that one verification found.

    Attributes:
        learner: What was verified.
        verdicts: The table.
        gradient: Derivatives at the operating points.
        learning: The course of the learning run and its exam.
        reference: The same start, trained by the digital reference.
        record: Waveforms of the learning run.
        benches: Records of gradient bench, block benches and exam by name.
        wall_s: Wall time of every stage, in s.
        tried: Starts that were tried, the learner's own last if one learned; empty without
            ``start.restarts``.
        rig: Reference, circuit and rig side by side, or None without a rig.
        sphere: Accuracy on training and test points; None for a truth table.
    """

    learner: Learner
    verdicts: tuple[Verdict, ...]
    gradient: GradientResult
    learning: LearningResult
    reference: TrainingResult
    record: Record
    benches: dict[str, Record]
    wall_s: dict[str, float]
    tried: tuple[StartResult, ...] = ()
    rig: ThreeWay | None = None
    sphere: SphereResult | None = None

    @property
    def passed(self) -> bool:
        """Whether every verdict passed; one that was not measured has not."""
        return all(verdict.status is Status.PASS for verdict in self.verdicts)
