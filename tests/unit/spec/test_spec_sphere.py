"""The sphere task and the stream loop in the circuit file."""

from pathlib import Path

import numpy as np
import pytest
from spec_texts import read

from hgecircuit.errors import InputError
from hgecircuit.points import ball_points
from hgecircuit.run.reference.tasks import Wiring, sphere
from hgecircuit.spec.ball import BallTask
from hgecircuit.spec.loop import StreamLoop

TEXT = (Path(__file__).parents[3] / "circuits" / "sphere.toml").read_text(encoding="utf-8")
SPANS = ((-1.02, 0.42), (-1.02, 0.42), (-0.6, 0.2))


def test_points_are_those_of_the_digital_reference() -> None:
    spec = read(TEXT)
    assert isinstance(spec.task, BallTask)
    assert isinstance(spec.loop, StreamLoop)
    low_v, high_v = np.array(spec.device.logic_low_v), np.array(spec.device.logic_high_v)
    patterns_v = low_v + np.array(spec.task.pattern_bits) * (high_v - low_v)
    wiring = Wiring((2, 3, 6), SPANS, (0, 1, 4, 5))
    split = sphere(wiring, 1)
    np.testing.assert_allclose(patterns_v, split.training.patterns_v, atol=1e-12)
    np.testing.assert_array_equal(spec.task.target_bits, split.training.targets)
    np.testing.assert_array_equal(spec.task.points[1].targets, split.test.targets)


def test_seed_and_counts_make_the_points() -> None:
    spec = read(TEXT, task__seed=5, task__training=40, task__test=10)
    assert len(spec.task.patterns) == len(spec.task.targets) == 40
    expected = ball_points(5, (40, 10), 3)[0]
    np.testing.assert_allclose(np.array(spec.task.pattern_bits), (expected.located + 1) / 2)
    assert spec.task.targets.count("1") == 20
    assert read(TEXT, task__seed=6).task.targets != read(TEXT).task.targets


def test_times_follow_from_the_lock_in() -> None:
    text = "\n".join(line for line in TEXT.splitlines() if not line.startswith(
        ("transfer_time", "evaluation_time", "blank_time")
    ))  # fmt: skip
    loop = read(text, lock_in__time="20 ms").loop
    assert isinstance(loop, StreamLoop)
    times_s = (loop.transfer_time_s, loop.evaluation_time_s, loop.blank_time_s)
    assert times_s == pytest.approx((2e-3, 2e-3, 2e-3))


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"loop__batch": 7}, "300 training points are not a multiple of it"),
        ({"device__inputs": [2, 3]}, "2 inputs for points of 3 coordinates"),
        ({"start": {"seed": 1, "restarts": 3}}, "learned from one start"),
        ({"limits": {"loss": 0.1}}, "has no effect with task.kind"),
        ({"lock_in__filter": "butterworth"}, "does not fit the stream loop"),
        ({"loop__error": "affine"}, "unknown key"),
        ({"task": {"patterns": ["000", "111"], "targets": "01"}}, "does not fit the stream loop"),
    ],
)
def test_mistakes_are_named(overrides: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(TEXT, **overrides)
