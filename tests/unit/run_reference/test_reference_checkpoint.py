"""Checkpoints: an interrupted training ends as if it had not been interrupted."""

import os
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from analytic_devices import Product

from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.losses import AffineLoss
from hgecircuit.run.reference.descent import SCHEDULES, Descent
from hgecircuit.run.reference.estimators import ExactGradient, GainSequence, HomodyneGradient, Spsa
from hgecircuit.run.reference.lock_in import LockIn
from hgecircuit.run.reference.noise import NoiseStream, OutputDrift, SummedNoise
from hgecircuit.run.reference.step_reading import StepReading
from hgecircuit.run.reference.task import Task
from hgecircuit.run.reference.training import train
from hgecircuit.run.reference.training_state import Checkpoint

TASK = Task(
    ((-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)), (0.0, 1.0, 1.0, 0.0), (0, 1), (2, 3, 4)
)
# the first start stops early, so that the set of active starts is part of what is kept
STARTS_V = np.array([[0.02, 0.01, -0.9], [0.9, 0.8, -0.3], [0.5, -0.4, -0.3]])
DESCENT = Descent(SCHEDULES["cosine"](0.02, 12), 12, stop_loss=0.03)


def noise(seed=3):
    flicker = NoiseSpec(white_a2_per_hz=1e-22, flicker_a2_per_hz=1e-22, seed=seed)
    return SummedNoise(NoiseStream(flicker, lowest_hz=0.1), OutputDrift(1e-10))


def homodyne(source):
    return HomodyneGradient(
        LockIn((400.0, 440.0, 480.0), (0.0,) * 3, (0.02,) * 3, 0.02), noise=source
    )


def spsa(source):
    return Spsa(StepReading(0.02), GainSequence(0.02, 0.101), noise=source)


def assert_same(found, expected):
    for field in fields(expected):
        ours, theirs = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(theirs, np.ndarray):
            assert ours.dtype == theirs.dtype, field.name
            assert np.array_equal(ours, theirs), field.name
        else:
            assert ours == theirs, field.name


def interrupt_at(last):
    def progress(iteration, _):
        if iteration == last:
            raise KeyboardInterrupt

    return progress


def run(make, checkpoint=None, progress=None, **changes):
    arguments = {"starts_v": STARTS_V, "descent": DESCENT, **changes}
    return train(
        Product(), TASK, make(noise()), checkpoint=checkpoint, progress=progress, **arguments
    )


@pytest.mark.parametrize("make", [homodyne, spsa])
@pytest.mark.parametrize("last", [0, 5, 7])
def test_a_resumed_training_is_the_uninterrupted_one_bit_for_bit(tmp_path, make, last):
    expected = run(make)
    assert expected.iterations[0] < 5
    checkpoint = Checkpoint(tmp_path / "new" / "training.npz", every=3)
    with pytest.raises(KeyboardInterrupt):
        run(make, checkpoint, interrupt_at(last))
    seen = []
    resumed = run(make, checkpoint, lambda iteration, _: seen.append(iteration))
    assert_same(resumed, expected)
    # saved after every third iteration; what came after the last save is done again
    assert seen == list(range(3 * (last // 3), 12))
    again = run(make, checkpoint, interrupt_at(0))
    assert_same(again, expected)
    assert [file.name for file in checkpoint.file.parent.iterdir()] == ["training.npz"]


@pytest.mark.parametrize(
    "changes",
    [
        {"descent": replace(DESCENT, iterations=11)},
        {"descent": replace(DESCENT, learning_rate=SCHEDULES["cosine"](0.02, 13))},
        {"starts_v": STARTS_V[::-1]},
        {"loss": AffineLoss()},
        {"ranges_v": np.array([[-1, 1], [-1, 1], [-1, 0.9]])},
        {"seeds": {"starts": 2}},
        {"task": replace(TASK, targets=(1.0, 0.0, 0.0, 1.0))},
        {"estimator": homodyne(noise(4))},
        {"estimator": replace(homodyne(noise()), sequential=True)},
    ],
    ids=lambda changes: str(next(iter(changes))),
)
def test_a_checkpoint_of_another_training_is_replaced(tmp_path, changes):
    checkpoint = Checkpoint(tmp_path / "training.npz", every=3)
    run(homodyne, checkpoint)
    arguments = {"task": TASK, "estimator": None, "starts_v": STARTS_V, "descent": DESCENT}
    arguments |= changes

    def changed(progress):
        # every run needs noise that nobody has read from
        estimator = arguments["estimator"] or homodyne(noise())
        estimator = pickle.loads(pickle.dumps(estimator))
        others = {key: value for key, value in arguments.items() if key != "estimator"}
        return train(
            Product(), estimator=estimator, checkpoint=checkpoint, progress=progress, **others
        )

    seen = []
    first = changed(lambda iteration, _: seen.append(iteration))
    assert seen[:1] == [0]
    assert_same(changed(interrupt_at(0)), first)


class Shifted(Product):
    """Another device of the same name."""

    scale = 41e-9


def test_the_device_is_part_of_the_training(tmp_path):
    checkpoint = Checkpoint(tmp_path / "training.npz")
    seen = []
    for device in (Product(), Shifted()):
        train(device, TASK, ExactGradient(), STARTS_V, descent=DESCENT, checkpoint=checkpoint)
        train(
            device,
            TASK,
            ExactGradient(),
            STARTS_V,
            descent=DESCENT,
            checkpoint=checkpoint,
            progress=lambda iteration, _: seen.append(iteration),
        )
    assert seen == []


def write_text(file):
    file.write_text("start,loss\n0,0.1\n")


def write_array(file):
    with file.open("wb") as stream:
        np.save(stream, np.zeros(3))


def write_half(file):
    run(homodyne, Checkpoint(file))
    file.write_bytes(file.read_bytes()[:2000])


@pytest.mark.parametrize("write", [write_text, write_array, write_half, lambda file: file.touch()])
def test_a_file_that_is_no_checkpoint_is_left_alone(tmp_path, write):
    file = tmp_path / "precious.npz"
    write(file)
    before = file.read_bytes()
    with pytest.raises(InputError, match=r"precious\.npz.*not a checkpoint"):
        run(homodyne, Checkpoint(file))
    assert file.read_bytes() == before


class Hostile:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (self.target,)


def test_a_forged_checkpoint_runs_no_code(tmp_path):
    checkpoint = Checkpoint(tmp_path / "training.npz")
    run(homodyne, checkpoint)
    with np.load(checkpoint.file) as file:
        content = dict(file)
    forged = pickle.dumps(Hostile(str(tmp_path / "forged")))
    content["noise"] = np.frombuffer(forged, np.uint8)
    np.savez(checkpoint.file, **content)
    with pytest.raises(InputError, match="not a checkpoint"):
        run(homodyne, checkpoint)
    assert not (tmp_path / "forged").exists()


def test_what_can_t_be_stored_is_refused_before_the_first_iteration(tmp_path):
    generator = np.random.default_rng(1)
    closure = homodyne(lambda rows, samples: generator.normal(size=(rows, samples)))
    seen = []
    with pytest.raises(InputError, match="can't be stored"):
        train(
            Product(),
            TASK,
            closure,
            STARTS_V,
            progress=lambda iteration, _: seen.append(iteration),
            checkpoint=Checkpoint(tmp_path / "training.npz"),
        )
    assert seen == []
    with pytest.raises(InputError, match="every"):
        Checkpoint(tmp_path / "training.npz", every=0)


def test_a_place_that_can_t_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        run(homodyne, Checkpoint(tmp_path / "file" / "training.npz"))
