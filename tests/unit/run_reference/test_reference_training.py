"""Training: the update law step by step, and gates learned."""

from dataclasses import replace

import numpy as np
import pytest
from analytic_devices import Linear, Product, Surrogate, close

from hgecircuit.devices.formats import load_device
from hgecircuit.errors import InputError
from hgecircuit.losses import AffineLoss, CorrelationLoss
from hgecircuit.run.reference.descent import SCHEDULES, CosineRate, Descent
from hgecircuit.run.reference.estimators import (
    ExactGradient,
    GainSequence,
    GradientEstimator,
    HomodyneGradient,
    Spsa,
)
from hgecircuit.run.reference.lock_in import LockIn
from hgecircuit.run.reference.step_reading import StepReading
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.tasks import Wiring, gate
from hgecircuit.run.reference.training import random_starts_v, train
from hgecircuit.run.reference.training_result import count_restarts, join_results

BITS = ((0, 0), (0, 1), (1, 0), (1, 1))
XOR = (0.0, 1.0, 1.0, 0.0)
PRODUCT_TASK = Task(tuple((a - 0.5, b - 0.5) for a, b in BITS), XOR, (0, 1), (2, 3, 4))


def homodyne(channels=3, *, sequential=False, amplitude_v=0.02):
    frequencies = tuple(400.0 + 40 * k for k in range(channels))
    setup = LockIn(frequencies, (0.0,) * channels, (amplitude_v,) * channels, 0.1)
    return HomodyneGradient(setup, sequential)


@pytest.mark.parametrize("loss", [CorrelationLoss(), AffineLoss()])
def test_one_iteration_is_the_chain_rule(loss):
    device, start = Product(), np.array([[0.3, -0.2, -0.4]])
    result = train(
        device,
        PRODUCT_TASK,
        ExactGradient(),
        start,
        descent=Descent(learning_rate=1e-3, iterations=1),
        loss=loss,
    )
    step_v = 1e-6
    slopes = []
    for m in range(3):
        ends = [
            loss.value(
                device.current_a(PRODUCT_TASK.voltages_v(start[0] + change, 5)), np.array(XOR)
            )
            for change in (step_v * np.eye(3)[m], -step_v * np.eye(3)[m])
        ]
        slopes.append((ends[0] - ends[1]) / (2 * step_v))
    moved_v = result.final_voltages_v - start
    assert moved_v[0] == pytest.approx(-1e-3 * np.array(slopes), rel=1e-5, abs=1e-9)


def test_steps_are_limited_as_a_whole_and_clipped_to_the_ranges():
    controls_v, gradient = np.array([[0.0, 0.9], [0.0, 0.0]]), np.array([[2.0, -8.0], [1.0, 0.5]])
    ranges_v = np.array([[-1.0, 1.0], [-1.0, 1.0]])
    free = Descent(learning_rate=0.1).move_v(controls_v, gradient, ranges_v)
    assert free == pytest.approx(np.array([[-0.2, 1.0], [-0.1, -0.05]]))
    limited = Descent(learning_rate=0.1, step_limit_v=0.2).move_v(controls_v, gradient, ranges_v)
    assert limited == pytest.approx(np.array([[-0.05, 1.0], [-0.1, -0.05]]))


def test_voltages_stay_in_the_given_ranges():
    ranges_v = np.array([[-0.1, 0.1], [-0.1, 0.1], [-0.3, -0.2]])
    start = np.array([[0.05, -0.05, -0.25]])
    result = train(
        Product(),
        PRODUCT_TASK,
        ExactGradient(),
        start,
        descent=Descent(learning_rate=0.5, iterations=20, stop_loss=0.0),
        ranges_v=ranges_v,
    )
    for voltages_v in (result.voltages_v[0], result.final_voltages_v):
        assert (voltages_v >= ranges_v[:, 0]).all()
        assert (voltages_v <= ranges_v[:, 1]).all()
    assert (result.voltages_v[0, 1:] == ranges_v[:, None, 0].T).any()


@pytest.mark.parametrize("estimator", [ExactGradient(), homodyne()])
def test_xor_is_learned_where_it_can_be(estimator):
    """From a negative V4 the product device has XOR in reach; limits of success: issue's own."""
    device = Product()
    start = random_starts_v(device, PRODUCT_TASK, 6, 11)
    start[:, 2] = -abs(start[:, 2])
    result = train(device, PRODUCT_TASK, estimator, start, descent=Descent(iterations=150))
    assert result.solved(0.05, 1e-9).all()
    assert result.stopped.all()
    assert (result.truth_tables == np.array(XOR)).all()
    assert (result.margins_a > 1e-9).all()


def test_homodyne_training_follows_the_exact_path():
    device, start = Product(), np.array([[0.5, 0.4, -0.3]])
    descent = Descent(iterations=20, stop_loss=0.0)
    exact = train(device, PRODUCT_TASK, ExactGradient(), start, descent=descent)
    measured = train(device, PRODUCT_TASK, homodyne(), start, descent=descent)
    path_v = np.ptp(exact.voltages_v[0], axis=0).max()
    assert abs(measured.final_voltages_v - exact.final_voltages_v).max() < 0.1 * path_v


def test_starts_in_one_batch_are_those_trained_alone():
    device = Product()
    start = random_starts_v(device, PRODUCT_TASK, 4, 12)
    descent = Descent(iterations=25)
    together = train(device, PRODUCT_TASK, homodyne(), start, descent=descent)
    for s in range(4):
        alone = train(device, PRODUCT_TASK, homodyne(), start[s : s + 1], descent=descent)
        count = alone.iterations[0]
        assert together.iterations[s] == count
        assert together.losses[s, :count] == pytest.approx(alone.losses[0], rel=1e-6)
        assert together.final_voltages_v[s] == pytest.approx(alone.final_voltages_v[0], abs=1e-7)


def test_a_start_that_stops_leaves_the_others_as_they_are():
    device = Product()
    start = np.array([[0.02, 0.01, -0.9], [0.9, 0.8, -0.3], [0.5, -0.4, -0.3]])
    together = train(device, PRODUCT_TASK, ExactGradient(), start)
    alone = [train(device, PRODUCT_TASK, ExactGradient(), row[None]) for row in start]
    assert len(set(together.iterations)) == 3
    assert together.iterations.tolist() == [result.iterations[0] for result in alone]
    expected = np.concatenate([result.final_voltages_v for result in alone])
    assert together.final_voltages_v == pytest.approx(expected, abs=1e-9)


def test_solved_takes_both_the_loss_and_the_margin():
    result = train(
        Product(),
        PRODUCT_TASK,
        ExactGradient(),
        np.zeros((3, 3)),
        descent=Descent(iterations=1),
    )
    outputs_a = np.array([[0, 0.5, 0.5, 0], [0, 8, 8, 0], [0, 8, 16, 6]]) * 1e-9
    judged = replace(result, final_losses=np.zeros(3), final_outputs_a=outputs_a)
    assert judged.margins_a == close(np.array([0.5e-9, 8e-9, 2e-9]))
    # the paper's loss judges: 0, 0 and some 0.3, whatever final_losses holds
    assert judged.solved(0.05, 1e-9).tolist() == [False, True, False]
    assert judged.solved(0.5, 1e-9).tolist() == [False, True, True]
    assert judged.solved(0.05, 1e-9, judge=AffineLoss()).tolist() == [False, True, False]
    assert judged.solved(0.5, 0.0, judge=AffineLoss()).tolist() == [True, True, True]


def test_histories_start_at_the_start_and_hold_after_the_stop():
    device = Product()
    start = np.array([[0.02, 0.01, -0.9], [0.9, 0.8, -0.3]])
    seen = []
    result = train(
        device,
        PRODUCT_TASK,
        ExactGradient(),
        start,
        progress=lambda iteration, losses: seen.append((iteration, losses.copy())),
    )
    assert result.iterations[0] < result.iterations[1] == result.losses.shape[1]
    assert result.stopped.all()
    assert result.voltages_v[:, 0] == pytest.approx(start)
    last = result.iterations[0] - 1
    assert (result.losses[0, last:] == result.losses[0, last]).all()
    assert result.losses[0, last] < 0.008 <= result.losses[0, :last].min(initial=1)
    # no update after the stop, and an exact estimator measures what is evaluated at the end
    assert (result.voltages_v[:, -1] == result.final_voltages_v).all()
    assert result.final_losses == pytest.approx(result.losses[:, -1])
    assert [iteration for iteration, _ in seen] == list(range(result.losses.shape[1]))
    assert (result.losses == np.array([losses for _, losses in seen]).T).all()
    assert start[0, 0] == 0.02, "the caller's starts were changed"


def test_final_outputs_are_those_without_perturbation_and_noise():
    device = Product()
    noisy = replace(homodyne(), noise=lambda rows, samples: np.full((rows, samples), 5e-9))
    result = train(
        device, PRODUCT_TASK, noisy, np.array([[0.5, 0.4, -0.3]]), descent=Descent(iterations=2)
    )
    clean_a = device.current_a(PRODUCT_TASK.voltages_v(result.final_voltages_v, 5))
    assert result.final_outputs_a == close(clean_a)
    assert result.final_losses == pytest.approx(CorrelationLoss().value(clean_a, np.array(XOR)))
    first_a = device.current_a(PRODUCT_TASK.voltages_v(result.voltages_v[:, 0], 5))
    assert result.outputs_a[:, 0] == close(first_a + 5e-9, 2e-3)


@pytest.mark.parametrize("sequential", [False, True])
def test_simulated_time_counts_every_pattern_measurement_and_ramp(sequential):
    result = train(
        Product(),
        PRODUCT_TASK,
        homodyne(sequential=sequential),
        np.array([[0.5, 0.4, -0.3], [0.02, 0.01, -0.9]]),
        descent=Descent(iterations=3, stop_loss=0.008, ramp_s=0.015),
    )
    measured_s = 0.3 if sequential else 0.1
    assert result.time_s == pytest.approx(result.iterations * 4 * (measured_s + 0.015))
    assert result.iterations[0] == 3
    assert train(Product(), PRODUCT_TASK, ExactGradient(), np.zeros((1, 3))).time_s is None


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"starts_v": np.zeros(3)}, "starts"),
        ({"starts_v": np.zeros((1, 2))}, "starts"),
        ({"starts_v": np.array([[0.0, 0.0, 1.2]])}, "start 0, control 2.*1.2"),
        ({"starts_v": np.array([[0.0, np.nan, 0.0]])}, "control 1"),
        ({"ranges_v": np.array([[-1, 1], [-1, 1]])}, "range per control"),
        ({"ranges_v": np.array([[-1, 1], [-1, 1], [-1, 2]])}, "electrode 4"),
        ({"ranges_v": np.array([[-1, 1], [1, -1], [-1, 1]])}, "electrode 3"),
    ],
)
def test_starts_and_ranges_are_checked(arguments, match):
    arguments = {"starts_v": np.zeros((1, 3)), **arguments}
    with pytest.raises(InputError, match=match):
        train(Product(), PRODUCT_TASK, ExactGradient(), **arguments)


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.0},
        {"learning_rate": np.nan},
        {"learning_rate": CosineRate(-0.1, 10)},
        {"iterations": 0},
        {"stop_loss": -1.0},
        {"step_limit_v": 0.0},
        {"ramp_s": np.inf},
    ],
)
def test_the_update_law_is_checked(change):
    with pytest.raises(InputError, match=next(iter(change))):
        Descent(**change)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_start_at_the_rate_and_never_rise(name):
    rate = Descent(learning_rate=SCHEDULES[name](0.02, 300)).rate
    rates = [rate(iteration) for iteration in range(300)]
    assert rates[0] == pytest.approx(0.02, rel=1e-12)
    assert (np.diff(rates) <= 0).all()
    assert rates[-1] > 0


def test_schedules_are_the_formulas():
    inverse, cosine = SCHEDULES["inverse"](0.02, 300), SCHEDULES["cosine"](0.02, 300)
    assert inverse(99) == pytest.approx(0.02 * (31 / 130) ** 0.602, rel=1e-12)
    assert cosine(150) == pytest.approx(0.01, rel=1e-12)
    assert cosine(100) == pytest.approx(0.015, rel=1e-12)
    assert cosine(300) == cosine(450) == pytest.approx(0, abs=1e-18)
    assert Descent(learning_rate=0.03).rate(299) == 0.03
    with pytest.raises(InputError, match="iterations"):
        CosineRate(0.02, 0)


def test_each_update_has_its_own_rate():
    """In training, too: with a rate that falls to a millionth after the first update."""
    rate = GainSequence(1e-3, 20.0)
    results = [
        train(
            Product(),
            PRODUCT_TASK,
            ExactGradient(),
            np.array([[0.3, -0.2, -0.4]]),
            descent=Descent(rate, iterations, stop_loss=0),
        )
        for iterations in (1, 2)
    ]
    first_v = abs(results[0].final_voltages_v - [0.3, -0.2, -0.4]).max()
    second_v = abs(results[1].final_voltages_v - results[0].final_voltages_v).max()
    assert 0 < second_v < 2e-6 * first_v


class Numbered(GradientEstimator):
    """Notes which iterations it was asked for."""

    def __init__(self):
        self.asked = []

    def at_iteration(self, iteration):
        self.asked.append(iteration)
        return ExactGradient()

    def measure(self, device, voltages_v, electrodes):
        raise AssertionError("the iteration's own estimator was not used")

    def time_per_point_s(self, electrodes):
        return None

    def evaluations_per_point(self, electrodes):
        return 0


def test_estimators_learn_the_iteration():
    estimator, start = Numbered(), np.array([[0.3, -0.2, -0.4]])
    train(Product(), PRODUCT_TASK, estimator, start, descent=Descent(iterations=4, stop_loss=0))
    assert estimator.asked == [0, 1, 2, 3]


def test_gates_and_xor_are_solved_as_often_as_measured():
    """The paper's scheme with exact derivatives on the shipped model.

    Of 480 other starts per gate (seed 77) solved, gates 1 to 14 on electrodes 2 and 3: 104, 151,
    86, 89, 66, 18, 453, 422, 58, 366, 96, 279, 223, 269; XOR on 1 and 4: 464. The sum over the
    gates of 24 new starts has the standard deviation sqrt(24 (1 + 24/480) sum p (1 - p)) = 7.4;
    4 of it below the mean are left out (1 in 30,000).
    """
    device = load_device("rnpu-compact")
    known = np.array([104, 151, 86, 89, 66, 18, 453, 422, 58, 366, 96, 279, 223, 269]) / 480
    wiring = Wiring.on(device, (2, 3), (0.2, 0.8))
    solved = []
    for number in range(1, 15):
        task = gate(number, wiring)
        result = train(device, task, ExactGradient(), random_starts_v(device, task, 24, 2026))
        solved.append(result.solved(0.05, 1e-9).sum())
    deviation = np.sqrt(24 * (1 + 24 / 480) * (known * (1 - known)).sum())
    assert sum(solved) >= 24 * known.sum() - 4 * deviation
    xor = gate("0110", Wiring.on(device, (1, 4), (0.05, 0.95)))
    result = train(device, xor, ExactGradient(), random_starts_v(device, xor, 24, 2026))
    # binomial, p = 464 / 480: fewer than 19 of 24 in 1 of 1e4 cases
    assert result.solved(0.05, 1e-9).sum() >= 19


@pytest.mark.parametrize("number", [0, 15])
def test_a_constant_gate_is_measured_but_not_trained(number):
    task = gate(number, Wiring.on(Product(), (0, 1)))
    start = np.array([[0.3, -0.2, -0.4], [0.1, 0.2, 0.3]])
    result = train(Product(), task, homodyne(), start, descent=Descent(stop_loss=0.0, iterations=3))
    assert (result.final_voltages_v == start).all()
    assert (result.losses == 0).all()
    assert (result.final_losses == 0).all()
    assert result.iterations.tolist() == [3, 3]
    assert (result.truth_tables == bool(number)).all()
    assert result.truth_tables.shape == (2, 4)
    assert np.isnan(result.margins_a).all()
    assert result.solved(0.05, 1e-9).all()
    # with a stop loss, the first measurement is the last
    assert train(Product(), task, homodyne(), start).iterations.tolist() == [1, 1]


def test_evaluations_count_every_measurement_of_the_device():
    start = np.array([[0.3, -0.2, -0.4], [0.02, 0.01, -0.9]])
    descent = Descent(iterations=5)
    together, in_turn = (
        train(Product(), PRODUCT_TASK, homodyne(sequential=kind), start, descent=descent)
        for kind in (False, True)
    )
    assert (together.evaluations == 4 * together.iterations).all()
    assert (in_turn.evaluations == 12 * in_turn.iterations).all()
    spsa = Spsa(StepReading(0.1), 0.02, draws=2)
    assert (
        train(Product(), PRODUCT_TASK, spsa, start, descent=descent).evaluations_per_iteration
        == 4 * 2 * 2
    )
    exact = train(Product(), PRODUCT_TASK, ExactGradient(), start, descent=descent)
    assert (exact.evaluations == 0).all()


def test_restarts_are_tried_in_order_until_one_is_good():
    result = train(
        Product(),
        PRODUCT_TASK,
        homodyne(),
        np.array([[0.5, 0.4, 0.3], [0.02, 0.01, -0.9], [0.9, 0.8, -0.3], [0.5, -0.4, -0.3]]),
        descent=Descent(iterations=40),
    )
    counted = count_restarts(result, np.array([False, False, True, True]))
    assert (counted.tried, counted.succeeded, counted.chosen) == (3, True, 2)
    assert counted.iterations == result.iterations[:3].sum()
    assert counted.evaluations == 4 * counted.iterations
    assert counted.time_s == pytest.approx(counted.iterations * 4 * 0.115)
    failed = count_restarts(result, np.zeros(4, bool))
    assert (failed.tried, failed.succeeded, failed.chosen) == (4, False, result.best)
    assert result.final_losses[result.best] == result.final_losses.min()
    exact = train(Product(), PRODUCT_TASK, ExactGradient(), np.zeros((1, 3)))
    assert count_restarts(exact, np.array([True])).time_s is None


def test_results_of_several_trainings_are_joined():
    start = np.array([[0.5, -0.4, -0.3], [0.02, 0.01, -0.9], [0.9, 0.8, -0.3]])
    parts = [train(Product(), PRODUCT_TASK, homodyne(), rows) for rows in (start[:1], start[1:])]
    joined = join_results(parts)
    assert joined.iterations.tolist() == [count for part in parts for count in part.iterations]
    assert joined.losses.shape == (3, joined.iterations.max())
    assert (joined.final_voltages_v[1:] == parts[1].final_voltages_v).all()
    count = parts[0].iterations[0]
    assert 1 < count < joined.losses.shape[1]
    assert (joined.voltages_v[0, :count] == parts[0].voltages_v[0]).all()
    assert (joined.outputs_a[0, count:] == parts[0].outputs_a[0, -1]).all()
    assert joined.time_s == pytest.approx(joined.iterations * parts[0].seconds_per_iteration)


def test_equal_outputs_at_the_start_are_no_dead_end():
    """A linear device whose inputs do nothing at first can't be trained, but nothing breaks."""
    task = Task(((0.0,), (0.5,)), (0.0, 1.0), (0,), (1,))
    result = train(Linear([0.0, 20e-9]), task, ExactGradient(), np.zeros((2, 1)))
    assert result.final_losses.tolist() == [2, 2]
    assert not result.solved(0.05, 1e-9).any()


def xor_on_electrodes_1_and_4(device):
    low, high = device.voltage_min_v[[1, 4]], device.voltage_max_v[[1, 4]]
    levels = low + np.outer([0.05, 0.95], high - low)
    patterns = tuple((float(levels[a, 0]), float(levels[b, 1])) for a, b in BITS)
    return Task(patterns, XOR, (1, 4), (0, 2, 3, 5, 6))


@pytest.mark.parametrize(
    "load", [Surrogate, lambda: load_device("rnpu-compact")], ids=["measured", "compact"]
)
@pytest.mark.parametrize(
    "estimator",
    [ExactGradient(), pytest.param(homodyne(5), marks=pytest.mark.slow)],
    ids=["exact", "homodyne"],
)
def test_the_papers_scheme_learns_xor_on_real_devices(load, estimator):
    """Paper's settings; feasibility study: .92 of 24 starts, so 14 of 20 or more with 99.9 %."""
    device = load()
    task = xor_on_electrodes_1_and_4(device)
    result = train(device, task, estimator, random_starts_v(device, task, 20, 20250))
    assert result.solved(0.05, 1e-9).sum() >= 14
