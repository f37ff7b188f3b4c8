"""Groups of starts: the same result on any number of processes."""

import numpy as np
import pytest
from analytic_devices import Product
from test_reference_checkpoint import STARTS_V, TASK, assert_same, homodyne, noise

from hgecircuit.errors import InputError
from hgecircuit.run.reference.descent import Descent
from hgecircuit.run.reference.estimators import ExactGradient
from hgecircuit.run.reference.training import random_starts_v, train
from hgecircuit.run.reference.training_groups import group_seed, train_groups, train_restarts
from hgecircuit.run.reference.training_result import count_restarts

DESCENT = Descent(iterations=6, stop_loss=0.03)
FIVE_V = np.concatenate([STARTS_V, STARTS_V[:2] / 2])


def noisy(seed):
    return homodyne(noise(seed))


def test_the_number_of_processes_changes_nothing():
    shares = []
    alone, both = (
        train_groups(
            Product(),
            TASK,
            noisy,
            FIVE_V,
            starts_per_group=2,
            seed=5,
            descent=DESCENT,
            workers=workers,
            progress=lambda done: shares.append(done.fraction),
            seeds={"starts": 9},
        )
        for workers in (1, 2)
    )
    assert_same(both, alone)
    assert alone.losses.shape[0] == 5
    assert alone.provenance["seeds"] == {"starts": 9, "groups": 5}
    assert shares[:3] == pytest.approx([1 / 3, 2 / 3, 1])
    assert shares[-1] == 1


def test_groups_are_trainings_with_seeds_of_their_own():
    grouped = train_groups(
        Product(), TASK, noisy, FIVE_V, starts_per_group=3, seed=5, descent=DESCENT, workers=1
    )
    second = train(Product(), TASK, noisy(group_seed(5, 1)), FIVE_V[3:], descent=DESCENT)
    assert np.array_equal(grouped.final_voltages_v[3:], second.final_voltages_v)
    seeds = {group_seed(seed, number) for seed in range(30) for number in range(30)}
    assert len(seeds) == 900
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_without_noise_an_estimator_will_do():
    starts_v = random_starts_v(Product(), TASK, 4, 8)
    grouped = train_groups(
        Product(), TASK, ExactGradient(), starts_v, starts_per_group=2, descent=DESCENT, workers=1
    )
    together = train(Product(), TASK, ExactGradient(), starts_v, descent=DESCENT)
    assert grouped.final_voltages_v == pytest.approx(together.final_voltages_v, abs=1e-9)
    with pytest.raises(InputError, match="noise of its own"):
        train_groups(Product(), TASK, noisy(1), starts_v, starts_per_group=2)
    # one group shares its noise with nobody, and the caller's stays as it was
    estimator = noisy(1)
    for _ in range(2):
        one = train_groups(Product(), TASK, estimator, starts_v[:1], descent=DESCENT, workers=1)
    fresh = train(Product(), TASK, noisy(1), starts_v[:1], descent=DESCENT)
    assert np.array_equal(one.losses, fresh.losses)


MADE = []


def interrupted(seed):
    MADE.append(seed)
    if len(MADE) == 2:
        raise KeyboardInterrupt
    return noisy(seed)


def test_finished_groups_are_kept(tmp_path):
    arguments = {"starts_per_group": 2, "descent": DESCENT, "workers": 1, "folder": tmp_path}
    MADE.clear()
    with pytest.raises(KeyboardInterrupt):
        train_groups(Product(), TASK, interrupted, FIVE_V, **arguments)
    assert [file.name for file in tmp_path.iterdir()] == ["group-0000.npz"]
    kept_ns = (tmp_path / "group-0000.npz").stat().st_mtime_ns
    resumed = train_groups(Product(), TASK, noisy, FIVE_V, **arguments)
    assert len(list(tmp_path.iterdir())) == 3
    assert (tmp_path / "group-0000.npz").stat().st_mtime_ns == kept_ns
    arguments["folder"] = None
    assert_same(resumed, train_groups(Product(), TASK, noisy, FIVE_V, **arguments))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_other_processes_can_t_get_is_refused(workers):
    with pytest.raises(InputError, match="another process"):
        train_groups(Product(), TASK, lambda seed: noisy(seed), FIVE_V, workers=workers)


def test_starts_outside_the_ranges_are_refused_in_groups():
    with pytest.raises(InputError, match="safe range"):
        train_groups(Product(), TASK, ExactGradient(), FIVE_V * 2, workers=1)
    with pytest.raises(InputError, match="no starts"):
        train_groups(Product(), TASK, ExactGradient(), FIVE_V[:0])
    with pytest.raises(InputError, match="starts_per_group"):
        train_groups(Product(), TASK, ExactGradient(), FIVE_V, starts_per_group=0)


def good_enough(result):
    return result.final_losses < 0.03


@pytest.mark.parametrize("good", [None, good_enough])
def test_restarts_are_groups_of_one_up_to_the_first_good_one(good):
    order = [1, 2, 0, 3]  # the first start of STARTS_V stops early, the other two never
    shares = []
    found = train_restarts(
        Product(),
        TASK,
        noisy,
        FIVE_V[order],
        good,
        seed=5,
        descent=DESCENT,
        progress=lambda done: shares.append(done.fraction),
        seeds={"starts": 9},
    )
    everything = train_groups(
        Product(),
        TASK,
        noisy,
        FIVE_V[order],
        starts_per_group=1,
        seed=5,
        descent=DESCENT,
        workers=1,
    )
    answers = everything.stopped if good is None else good(everything)
    assert answers.tolist() == [False, False, True, True]
    assert found.restarts == count_restarts(everything, answers)
    assert found.restarts.tried == 3
    assert shares == pytest.approx([1 / 4, 2 / 4, 3 / 4])
    assert found.result.iterations.tolist() == everything.iterations[:3].tolist()
    assert np.array_equal(found.result.final_voltages_v, everything.final_voltages_v[:3])
    assert found.result.provenance["seeds"] == {"starts": 9, "groups": 5}


def test_restarts_without_a_good_one_try_all():
    found = train_restarts(
        Product(), TASK, ExactGradient(), FIVE_V, lambda result: result.stopped & False
    )
    assert found.restarts.tried == 5
    assert not found.restarts.succeeded
    assert found.restarts.chosen == found.result.best


def test_interrupted_restarts_go_on_where_they_stopped(tmp_path):
    arguments = {"descent": DESCENT, "folder": tmp_path}
    MADE.clear()
    with pytest.raises(KeyboardInterrupt):
        train_restarts(Product(), TASK, interrupted, FIVE_V[[1, 2, 0]], **arguments)
    kept_ns = (tmp_path / "group-0000.npz").stat().st_mtime_ns
    resumed = train_restarts(Product(), TASK, noisy, FIVE_V[[1, 2, 0]], **arguments)
    assert (tmp_path / "group-0000.npz").stat().st_mtime_ns == kept_ns
    arguments["folder"] = None
    whole = train_restarts(Product(), TASK, noisy, FIVE_V[[1, 2, 0]], **arguments)
    assert_same(resumed.result, whole.result)
    assert resumed.restarts == whole.restarts
