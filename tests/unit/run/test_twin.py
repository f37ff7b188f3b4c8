"""The coherent loop in numbers: its steps, its latch, its clamps, its offsets."""

import dataclasses

import numpy as np
import pytest

from hgecircuit import Learner
from hgecircuit.design.design import CoherentDesign
from hgecircuit.losses import AffineLoss
from hgecircuit.run.twin import run_twin


@pytest.fixture
def design(coherent: Learner) -> CoherentDesign:
    """Without offsets and leaks."""
    assert isinstance(coherent.design, CoherentDesign)
    return dataclasses.replace(coherent.design, epochs=30)


@pytest.fixture
def starts_v(coherent: Learner) -> np.ndarray:
    return coherent.random_starts_v(5, 12)


def test_a_step_is_the_learning_rate_times_the_losss_derivative_within_its_limit(
    design: CoherentDesign, starts_v: np.ndarray
) -> None:
    """By the digital reference's affine loss; 6 nA to 100 nA, 1 V^2 and 50 mV in the file."""
    loss, task = AffineLoss(1 / 100e-9, 1 / 6e-9), design.task
    points_v = task.electrode_voltages_v(starts_v)
    slope = loss.derivative_per_a(design.device.current_a(points_v), task.targets)
    gradient = design.device.gradient_a_per_v(points_v)[..., list(task.controls)]
    step_v = np.einsum("sk,skc->sc", slope, gradient) * design.chain_gain
    step_v *= np.minimum(1, 0.05 / np.abs(step_v).max(axis=1, keepdims=True))
    run = run_twin(design, starts_v)
    first, moved = run.weights_v[1], run.weights_v[2]
    np.testing.assert_array_equal(first, starts_v)  # held for one epoch
    low_v, high_v = np.array([(w.minimum_v, w.maximum_v) for w in design.weights]).T
    expected = np.clip(starts_v - step_v * run.learning[1][:, None], low_v, high_v)
    np.testing.assert_allclose(moved, expected, atol=1e-9)
    assert run.learning[1].sum() > 6


def test_the_latch_ends_it_and_the_clamps_hold(
    design: CoherentDesign, starts_v: np.ndarray
) -> None:
    run = run_twin(design, starts_v)
    done = ~run.learning[-1]
    assert done.sum() > 3
    again = run_twin(design, run.weights_v[-1, done])
    np.testing.assert_array_equal(again.weights_v[-1], run.weights_v[-1, done])
    low_v, high_v = np.array([(w.minimum_v, w.maximum_v) for w in design.weights]).T
    assert (run.weights_v >= low_v).all()
    assert (run.weights_v <= high_v).all()
    assert ((run.weights_v == low_v) | (run.weights_v == high_v)).any()
    assert np.abs(np.diff(run.weights_v, axis=0)).max() == pytest.approx(0.05)


def test_offsets_reach_the_accumulators_unless_chopping_keeps_the_multipliers_out(
    design: CoherentDesign, starts_v: np.ndarray
) -> None:
    """Integrated from the reset to the middle of the transfer: 4.85 T of an epoch of 5 T."""
    timing = dataclasses.replace(design.timing, chopped=True)
    offsets = {
        "multiplier": dataclasses.replace(design.multiplier, output_offset_v=5e-3),
        "accumulators": tuple(
            dataclasses.replace(part, offset_v=1e-5) for part in design.accumulators
        ),
    }
    plain = run_twin(design, starts_v).accumulator_peak_v
    dead = dataclasses.replace(design, iv=dataclasses.replace(design.iv, gain_ohm=1e-3))
    assert run_twin(dead, starts_v).accumulator_peak_v.max() < 1e-9 < plain.min()
    volts = 4.85 * timing.gate_s / design.accumulators[0].tau_s
    for chopped, offset_v in ((False, 5.01e-3), (True, 1e-5)):
        law = dataclasses.replace(
            dead, timing=dataclasses.replace(timing, chopped=chopped), **offsets
        )
        peak_v = run_twin(law, starts_v).accumulator_peak_v
        np.testing.assert_allclose(peak_v, volts * offset_v, rtol=1e-3)


def test_an_integrators_offset_moves_held_weights(
    design: CoherentDesign, starts_v: np.ndarray
) -> None:
    weights = tuple(dataclasses.replace(part, offset_v=1e-6) for part in design.weights)
    run = run_twin(dataclasses.replace(design, weights=weights), starts_v)
    drift_v = 1e-6 * design.timing.epoch_s / weights[0].tau_s
    moved = run.weights_v[1] - run.weights_v[0]
    inside = moved < max(part.maximum_v for part in weights)
    np.testing.assert_allclose(moved[inside], drift_v, rtol=1e-6)
