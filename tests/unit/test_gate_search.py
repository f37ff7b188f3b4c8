"""The search for electrodes, ranges and settings: what is tried, how it is scored and ranked."""

from pathlib import Path

import numpy as np
import pytest

from hgecircuit import InputError, Learner
from hgecircuit.compare.learning import is_solved
from hgecircuit.design.design import CoherentDesign
from hgecircuit.gate_search import (
    GATES,
    Choice,
    Score,
    find_choices,
    score_choice,
    search_gates,
    with_targets,
)
from hgecircuit.losses import mark_gate
from hgecircuit.run.twin import run_twin

XOR = Path(__file__).parents[2] / "circuits" / "xor.toml"
SHORT = (("loop.epochs", 12),)


def test_every_pair_range_and_value_is_tried(coherent: Learner) -> None:
    shares, variations = (
        [(0.1, 0.9), (0.2, 0.8)],
        {"loop.epochs": [5, 6], "loop.latch_error": [0.1]},
    )
    found = find_choices(coherent.device, None, shares, variations)
    assert len(found) == 21 * 2 * 2 == len(set(found))
    one = Choice((2, 5), (0.2, 0.8), (("loop.epochs", 6), ("loop.latch_error", 0.1)))
    assert one in found
    # electrode 2 is safe from -1.2 V to 0.6 V, 5 from -0.7 V to 0.3 V
    assert one.overrides(coherent.device) == {
        "loop.epochs": 6,
        "loop.latch_error": 0.1,
        "device.inputs": [2, 5],
        "device.controls": [0, 1, 3, 4, 6],
        "device.logic_low": ["-0.840 V", "-0.500 V"],
        "device.logic_high": ["0.240 V", "0.100 V"],
    }
    own = find_choices(coherent.device, [], shares, {"loop.epochs": [5, 6]})
    assert [choice.overrides(coherent.device) for choice in own] == [
        {"loop.epochs": 5},
        {"loop.epochs": 6},
    ]


def test_a_score_is_what_the_runs_came_to() -> None:
    score = score_choice(XOR, Choice(settings=SHORT), 8, 3)
    assert tuple(score.solved) == GATES
    np.testing.assert_allclose(score.levels_v, [[-1.11, -1.11], [0.51, 0.51]])
    learner = Learner.from_file(XOR, overrides=dict(SHORT))
    design, limits = learner.design, learner.spec.limits
    assert isinstance(design, CoherentDesign)
    for table in ("0000", "0110", "0111"):
        run = run_twin(with_targets(design, table), learner.random_starts_v(3, 8))
        targets = np.array([float(bit) for bit in table])
        marks = mark_gate(run.outputs_a, targets, limits.loss_scale_a, design.separation_min_a)
        good = np.array(
            [
                [is_solved(*pair, limits) for pair in zip(*rows, strict=True)]
                for rows in zip(marks.loss, marks.margin_a, strict=True)
            ]
        )
        assert score.solved[table] == good[-1].mean()
        since = [
            next(epoch for epoch in range(13) if good[epoch:, start].all())
            for start in np.flatnonzero(good[-1])
        ]
        assert score.epochs[table] == (np.median(since) if since else None)
    assert score.solved["0000"] > 0


def test_most_gates_come_first_then_fewest_starts() -> None:
    def score(shares: dict[str, float]) -> Score:
        return Score(Choice(), np.zeros((2, 2)), shares, {}, {}, 0.0, 10)

    many = score({"0000": 0.1, "0001": 0.2})
    few = score({"0000": 1.0, "0001": 0.0})
    better = score({"0000": 0.5, "0001": 0.2})
    assert sorted([few, many, better], key=lambda one: one.rank_key) == [better, many, few]
    assert many.expected_starts == 15
    assert (few.gates, few.hardest) == (1, "0001")


def test_targets_change_task_and_readout_together(coherent: Learner) -> None:
    assert isinstance(coherent.design, CoherentDesign)
    design = with_targets(coherent.design, "0111")
    other = Learner.from_file(XOR, overrides={"task.targets": "0111"}).design
    np.testing.assert_array_equal(design.task.targets, other.task.targets)
    assert design.readout == other.readout


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ('kind = "coherent"', "loop.kind"),
        ('["00", "01", "10", "11"]', "task.patterns"),
    ],
)
def test_other_circuits_are_refused(tmp_path: Path, change: str, key: str) -> None:
    if key == "loop.kind":
        file = XOR.with_name("xor_continuous.toml")
    else:
        file = tmp_path / "other.toml"
        text = XOR.read_text(encoding="utf-8")
        assert change in text
        file.write_text(text.replace(change, '["00", "01", "11", "10"]'), encoding="utf-8")
    with pytest.raises(InputError, match=key):
        search_gates(file, [Choice()], 2, 1)


def test_a_value_that_does_not_fit_is_refused_before_the_work() -> None:
    choices = [Choice(), Choice(settings=(("loop.epochs", "many"),))]
    with pytest.raises(InputError, match=r"loop\.epochs"):
        search_gates(XOR, choices, 2, 1)
