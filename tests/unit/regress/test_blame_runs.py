"""Which runs blame asks for: only blocks that are not ideal, and only where their netlist is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hgecircuit.compare.figures import Figure, Kind, judge_all
from hgecircuit.learner import Learner
from hgecircuit.regress import blame
from hgecircuit.regress.blame import Question, find_blame, questions_of
from hgecircuit.regress.gradients import Reading
from hgecircuit.regress.learning import Outcomes
from hgecircuit.regress.measure import Bench, Measured
from hgecircuit.regress.plan import Plan, read_repeats

XOR = Path(__file__).parents[3] / "circuits" / "xor.toml"
READING = Reading(
    0.05, 0.99, 10, 10, True, {"parts": 0.05}, 0.05, 0.02, {}, 0.02, [[2.0, 0.0]], 10.0, 1, 1.0, 1.0
)
ERROR = Figure("gradient.error", "1", Kind.MEAN, (0.05,))
SOLVED = Figure("learning.solved", "1", Kind.SHARE, (2.0, 8.0), False)
BEFORE = (
    Figure("gradient.error", "1", Kind.MEAN, (0.01, 0.011, 0.012)),
    Figure("learning.solved", "1", Kind.SHARE, (8.0, 8.0), False),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Instead of the simulator: the converter mends the gradient, the integrators learning."""
    asked: dict[str, list[str]] = {"gradient": [], "learning": []}

    def gradients(learners: tuple[Learner, ...], tag: str, bench: Any) -> list[Reading]:
        asked["gradient"].append(tag)
        return [replace(READING, error=0.01 if tag == "iv_converter-ideal" else 0.05)]

    def learning(learners: Any, tag: str, plan: Plan, bench: Any) -> Outcomes:
        asked["learning"].append(tag)
        solved = 8 if tag == "integrator-ideal" else 2
        return Outcomes(solved, (1.0,) * 8, (1.0,) * 8, (0.1,) * 8, (1e-9,) * 8)

    monkeypatch.setattr(blame, "read_gradients", gradients)
    monkeypatch.setattr(blame, "read_learning", learning)
    return asked


@pytest.fixture
def measured() -> Measured:
    plan = Plan(starts=8, repeats=1)
    learners = read_repeats(XOR, plan, {"blocks.multiplier": "ideal"})
    return Measured(XOR, plan, learners, (ERROR, SOLVED), {}, 0.46, (READING,), ())


def _bench(tmp_path: Path) -> Bench:
    no_simulator: Any = None
    return Bench(tmp_path, no_simulator, lambda stage, progress: None)


def test_each_figure_runs_what_it_needs_and_no_more(
    asked: dict[str, list[str]], measured: Measured, tmp_path: Path
) -> None:
    (found,) = find_blame(measured, [Question(ERROR, BEFORE[0], 0.05)], _bench(tmp_path))
    assert asked["learning"] == []
    assert "iv_converter-ideal" in asked["gradient"]
    assert "multiplier-ideal" not in asked["gradient"]
    assert "latch-ideal" not in asked["gradient"]
    assert (found.swaps[0].block, found.swaps[0].repaired) == ("iv_converter", True)
    assert {"latch", "step", "coupling"} <= set(found.without_effect)


def test_learning_asks_for_the_starts(
    asked: dict[str, list[str]], measured: Measured, tmp_path: Path
) -> None:
    (found,) = find_blame(measured, [Question(SOLVED, BEFORE[1], 0.05)], _bench(tmp_path))
    assert asked["gradient"] == []
    assert {"iv_converter-ideal", "integrator-ideal"} <= set(asked["learning"])
    assert found.conclusion == "integrator, made ideal, repairs this, and no other block does"


def test_questions_are_what_got_worse_or_what_was_asked_for(measured: Measured) -> None:
    worse = judge_all(BEFORE, measured.figures, 0.05)
    names = [question.now.name for question in questions_of(measured, worse, 0.05, asked=False)]
    assert names == ["gradient.error", "learning.solved"]
    same = judge_all(measured.figures, measured.figures, 0.05)
    assert questions_of(measured, same, 0.05, asked=False) == []
    asked = questions_of(measured, same, 0.05, asked=True)
    assert [question.now.name for question in asked] == ["gradient.error", "learning.solved"]
    assert questions_of(measured, (), 0.05, asked=True)[0].before is None
