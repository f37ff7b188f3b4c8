"""Tasks: voltages of all electrodes, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from analytic_devices import Product, close

from hgecircuit.errors import InputError
from hgecircuit.run.reference.estimators import ExactGradient
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.training import train

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


def test_other_electrodes_are_held_where_they_are_told():
    task = Task(((0.1,), (0.2,)), (0.0, 1.0), (3,), (0,), held_v=((4, -0.7), (1, 0.25)))
    voltages_v = task.voltages_v(np.array([0.5]), 5)
    assert voltages_v.tolist() == [[0.5, 0.25, 0, 0.1, -0.7], [0.5, 0.25, 0, 0.2, -0.7]]


def test_outputs_are_those_of_the_device_at_the_tasks_voltages():
    controls_v = np.array([[0.3, -0.2, 0.4], [0.1, 0.2, 0.3]])
    expected = [
        [40e-9 * (a + c[0]) * (b + c[1]) * c[2] for a, b in TASK.patterns_v] for c in controls_v
    ]
    assert TASK.current_a(Product(), controls_v) == close(np.array(expected))


@pytest.mark.parametrize(
    ("targets", "constant", "labelled"),
    [
        ((0.0, 1.0, 1.0, 0.0), False, True),
        ((-0.5, 0.5, -0.5, -0.5), False, True),
        ((1.0, 1.0, 1.0, 1.0), True, False),
        ((0.0, 0.3, 0.7, 0.0), False, False),
    ],
)
def test_targets_are_equal_two_labels_or_samples(targets, constant, labelled):
    task = replace(TASK, targets=targets)
    assert (task.constant, task.labelled) == (constant, labelled)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"held_v": ((2, 0.1),)}, "used twice"),
        ({"held_v": ((5, np.inf),)}, "finite"),
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
        (replace(TASK, controls=(2, 3), held_v=((7, 0.0),)), "not an electrode"),
        (replace(TASK, controls=(2, 3), held_v=((4, -1.1),)), "electrode 4.*-1.1"),
    ],
)
def test_a_task_that_doesn_t_fit_the_device_is_refused(task, match):
    with pytest.raises(InputError, match=match):
        train(Product(), task, ExactGradient(), np.zeros((1, len(task.controls))))
