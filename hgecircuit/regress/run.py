"""All of a regression: circuits measured, judged against a baseline and each other, and blamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hgecircuit.compare.figures import (
    BAD,
    Change,
    Figure,
    Judgement,
    judge_all,
    single_risk,
)
from hgecircuit.errors import InputError
from hgecircuit.regress.baseline import Entry
from hgecircuit.regress.blame import Blame, find_blame, questions_of
from hgecircuit.regress.figures import aligned
from hgecircuit.regress.measure import Bench, Measured, StageProgress, measure
from hgecircuit.regress.plan import Plan, read_repeats
from hgecircuit.run.base import Engine

#: Probability that a run of unchanged circuits is called worse anywhere.
FAMILY_RISK = 0.05


@dataclass(frozen=True)
class Result:
    """One circuit of a regression.

    Attributes:
        measured: Its figures.
        before: Its entry in the baseline; None without one.
        judgements: Every figure against the baseline's; empty without one.
        changes: Settings that are others than the baseline's: before and now, by dotted key.
        beside: Every figure against the first circuit's; empty for the first.
        blames: Which blocks it is.
    """

    measured: Measured
    before: Entry | None
    judgements: tuple[Judgement, ...]
    changes: Mapping[str, tuple[Any, Any]]
    beside: tuple[Judgement, ...]
    blames: tuple[Blame, ...]

    @property
    def worse(self) -> tuple[Judgement, ...]:
        """Figures beyond their limits, and those that are not measured any more."""
        return tuple(judgement for judgement in self.judgements if judgement.change in BAD)

    @property
    def better(self) -> tuple[Judgement, ...]:
        """Figures that are better than the spread explains."""
        return tuple(one for one in self.judgements if one.change is Change.BETTER)

    @property
    def passed(self) -> bool:
        """Nothing worse; without a baseline, all of its own limits kept."""
        if self.before is None:
            return not self.measured.failures
        return not self.worse

    @property
    def verdict(self) -> str:
        """What became of the circuit, in a line."""
        if self.before is None:
            kept = "; ".join(self.measured.failures)
            return f"FAIL: {kept}" if kept else "no baseline to judge by; its own limits are kept"
        if self.worse:
            return "WORSE: " + ", ".join(judgement.name for judgement in self.worse)
        if self.better:
            return "better: " + ", ".join(judgement.name for judgement in self.better)
        moved = sum(judgement.change is Change.WITHIN for judgement in self.judgements)
        return f"{moved} figures moved within their limits" if moved else "every figure is the same"


def plans_of(
    circuits: Sequence[Path],
    baseline: Mapping[str, Entry],
    starts: int | None,
    repeats: int | None,
    seed: int | None,
) -> dict[Path, Plan]:
    """The plan of every circuit: what is asked for, else its baseline's, else the defaults.

    Raises:
        InputError: A circuit file is wrong, or two circuits have one name.
    """
    plans: dict[Path, Plan] = {}
    names: set[str] = set()
    for path in circuits:
        name = read_repeats(path, Plan(repeats=1))[0].spec.name
        if name in names:
            raise InputError(
                "two circuits have one name",
                key="name",
                value=name,
                expected="circuit files with different names",
            )
        names.add(name)
        known = baseline[name].plan if name in baseline else Plan()
        plans[path] = Plan(
            known.seed if seed is None else seed,
            known.starts if starts is None else starts,
            known.repeats if repeats is None else repeats,
        )
    return plans


def regress(
    plans: Mapping[Path, Plan],
    baseline: Mapping[str, Entry],
    folder: Path,
    engine: Engine,
    progress: StageProgress,
    *,
    blame: bool | None = None,
) -> tuple[Result, ...]:
    """Measure all circuits, judge them, and find out which blocks are to blame.

    Args:
        plans: Circuit files with their plans.
        baseline: Entries by the circuits' names; empty without a baseline.
        folder: Where results are kept.
        engine: The simulator.
        progress: Called with the stage's name and how far it is.
        blame: None blames when something is worse, True always, False never.

    Raises:
        InputError: A circuit file is wrong.
        SimulatorError: A run failed or its result can't be trusted.
    """
    measured: list[Measured] = []
    benches: list[Bench] = []
    for path, plan in plans.items():
        learners = read_repeats(path, plan)
        name = learners[0].spec.name
        bench = Bench(folder / name, engine, _named(progress, name, len(plans)))
        measured.append(measure(path, learners, plan, bench))
        benches.append(bench)
    pairs = [(one, baseline.get(one.name)) for one in measured]
    judged = [figure for one, before in pairs if before is not None for figure in one.figures]
    risk = single_risk(FAMILY_RISK, judged)
    beside_risk = single_risk(FAMILY_RISK, [f for one in measured[1:] for f in one.figures])

    def beside(one: Measured) -> tuple[Judgement, ...]:
        first = measured[0]
        return () if one is first else _against(first.figures, one.figures, beside_risk)

    results = []
    for (one, before), bench in zip(pairs, benches, strict=True):
        judgements = () if before is None else _against(before.figures, one.figures, risk)
        blames: tuple[Blame, ...] = ()
        if blame is not False:
            questions = questions_of(one, judgements, risk, asked=blame is True)
            blames = find_blame(one, questions, bench) if questions else ()
        results.append(
            Result(
                one,
                before,
                judgements,
                {} if before is None else changed_settings(before.settings, one.settings),
                ()
                if one is measured[0]
                else _against(measured[0].figures, one.figures, beside_risk),
                blames,
            )
        )
    return tuple(results)


def changed_settings(
    before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = ""
) -> dict[str, tuple[Any, Any]]:
    """Settings that differ, before and now, by dotted key."""
    found: dict[str, tuple[Any, Any]] = {}
    for key in dict.fromkeys([*before, *now]):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found |= changed_settings(old, new, f"{prefix}{key}.")
        elif old != new:
            found[prefix + key] = (old, new)
    return found


def _against(before: Sequence[Figure], now: Sequence[Figure], risk: float) -> tuple[Judgement, ...]:
    return judge_all(aligned(before, now), aligned(now, before), risk)


def _named(progress: StageProgress, name: str, circuits: int) -> StageProgress:
    if circuits == 1:
        return progress
    return lambda stage, how_far: progress(f"{name}: {stage}", how_far)
