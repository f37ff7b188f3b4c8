"""Tasks: voltages of all electrodes, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from analytic_devices import Product

from hgecircuit.errors import InputError
from hgecircuit.run.reference import ExactGradient, Task, train

TASK = Task(
    ((-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)), (0.0, 1.0, 1.0, 0.0), (0, 1), (2, 3, 4)
)


def test_unused_electrodes_are_held_at_zero():
    task = Task(((0.1,), (0.2,)), (0.0, 1.0), (3,), (0,))
    voltages_v = task.voltages_v(np.array([[0.5], [0.6]]), 5)
    assert voltages_v.tolist() == [
        [[0.5, 0, 0, 0.1, 0], [0.5, 0, 0, 0.2, 0]],
        [[0.6, 0, 0, 0.1, 0], [0.6, 0, 0, 0.2, 0]],
    ]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"targets": (0.0, 1.0)}, "one target per pattern"),
        ({"patterns_v": ((0.1,), (0.2,), (0.1,), (0.2,))}, "patterns_v"),
        ({"controls": (1, 2, 3)}, "used twice"),
        ({"controls": ()}, "no control"),
        ({"targets": (0.0, 1.0, np.nan, 0.0)}, "finite"),
    ],
)
def test_a_task_that_doesn_t_fit_is_refused(change, match):
    with pytest.raises(InputError, match=match):
        replace(TASK, **change)


@pytest.mark.parametrize(
    ("task", "match"),
    [
        (replace(TASK, inputs=(0, 7)), "not an electrode"),
        (replace(TASK, controls=(2, 3, -1)), "not an electrode"),
        (replace(TASK, patterns_v=((0.0, 1.5),) * 4), "electrode 1.*1.5"),
    ],
)
def test_a_task_that_doesn_t_fit_the_device_is_refused(task, match):
    with pytest.raises(InputError, match=match):
        train(Product(), task, ExactGradient(), np.zeros((1, 3)))
