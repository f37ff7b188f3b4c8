"""What an earlier program, or a killed one, has left on a chassis, and how it is brought to 0 V."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rig_client_tools import (
    CIRCUIT,
    LIMIT_V,
    assert_safe,
    fault,
    open_rig,
    present,
    put_out,
    rig_spec,
    run,
    served,
    start,
    waveform,
    write_rig_file,
)

from hgecircuit import Learner
from hgecircuit.errors import InputError
from hgecircuit.on_rig import RigLearner
from hgecircuit.run.rigs.opening import open_apparatus
from hgecircuit.run.rigs.rig_file import journal_of
from hgecircuit.run.rigs.safety import RigError
from hgecircuit.run.rigs.zero import bring_home

MONITORS = [f"cDAQ1Mod2/ai{n + 1}" for n in range(7)]
LEFT = ["0.4 V", "0 V", "-0.9 V", "0 V", "0 V", "0 V", "0.1 V"]
LEFT_V = pytest.approx([0.4, 0, -0.9, 0, 0, 0, 0.1], abs=1e-6)


def test_a_note_alone_refuses_the_rig(tmp_path: Path) -> None:
    """As after a kill with the local driver, or when the server has been started again."""
    with served() as (server, spec):
        rig = open_rig(spec, tmp_path)
        rig.journal.moving(0.0, 0.5)
        with pytest.raises(RigError, match="rig zero"), rig:
            pass
        assert not server.rig.tasks
        note = journal_of(spec, rig.connection)
        note.moving(0.0, 0.5)
        with pytest.raises(RigError, match="can't tell any more how far they came"):
            bring_home(spec, None)
        assert note.file.exists()
        bring_home(spec, [0.0] * 7)
        assert not note.file.exists()


def test_voltages_that_somebody_has_left_stop_the_run(tmp_path: Path) -> None:
    with served(electrodes__monitors=MONITORS, virtual__power_up=LEFT) as (server, spec):
        with pytest.raises(RigError, match=r"electrode 2 is at -0\.9 V") as caught:
            open_rig(spec, tmp_path).__enter__()
        text = str(caught.value)
        assert "electrode 0 is at 0.4 V, electrode 2" in text
        assert "electrode 1" not in text
        assert "rig zero" in text
        # nothing was put out, and nothing is left on the server
        assert put_out(server)[-1].tolist() == put_out(server)[0].tolist() == LEFT_V
        assert not server.rig.tasks


def test_zero_ramps_from_what_the_monitors_show(tmp_path: Path) -> None:
    with served(electrodes__monitors=MONITORS, virtual__power_up=LEFT) as (server, spec):
        steps = bring_home(spec, None)
        assert "from 0.4 V" in steps[-1]
        # as exact as the monitors' 24 bits
        assert abs(present(server)).max() < 1e-5
        volts = assert_safe(server, spec)
        assert volts[0].tolist() == LEFT_V
        with open_rig(spec, tmp_path) as rig:
            rig.play(waveform(spec))
        assert "as their monitors show" in bring_home(spec, None)[-1]


def test_an_output_that_does_not_follow(tmp_path: Path) -> None:
    stuck = fault("stuck_output", run=3, at="20 ms", channel="cDAQ1Mod1/ao2")
    learner = Learner.from_file(CIRCUIT)
    with (
        served(**stuck, electrodes__monitors=MONITORS) as (_, spec),
        pytest.raises(RigError, match="electrode 2 does not follow its output"),
        open_apparatus(spec, open_rig(spec, tmp_path)) as apparatus,
    ):
        RigLearner(learner, apparatus).train(learner.design.start_v[None])


def test_a_late_trigger_shows_at_the_monitors(tmp_path: Path) -> None:
    """Without them nothing tells it: the input's samples are of other times than one thinks."""
    late = fault("late_trigger", run=3, delay=400)
    learner = Learner.from_file(CIRCUIT)
    with (
        served(**late, electrodes__monitors=MONITORS) as (_, spec),
        pytest.raises(RigError, match="does not follow its output"),
        open_apparatus(spec, open_rig(spec, tmp_path)) as apparatus,
    ):
        RigLearner(learner, apparatus).train(learner.design.start_v[None])


def test_monitors_change_nothing_else(tmp_path: Path) -> None:
    learner = Learner.from_file(CIRCUIT)
    results = []
    for monitors in ({}, {"electrodes__monitors": MONITORS}):
        with (
            served(**monitors) as (_, spec),
            open_apparatus(spec, open_rig(spec, tmp_path)) as apparatus,
        ):
            results.append(RigLearner(learner, apparatus).train(learner.design.start_v[None]))
    np.testing.assert_array_equal(results[0].voltages_v, results[1].voltages_v)


def test_zero_takes_an_electrode_at_its_limit_for_what_it_is(tmp_path: Path) -> None:
    """Its monitor shows a little more than the 0.6 V: here for want of bits."""
    at_limit = ["0.6 V", "-1.2 V", *["0 V"] * 5]
    limits = {"electrodes__max": [*["0.6 V"] * 5, "0.3 V", "0.3 V"]}
    with served(
        electrodes__monitors=MONITORS, virtual__power_up=at_limit, virtual__input_bits=12, **limits
    ) as (server, spec):
        with open_rig(spec, tmp_path, left_moving=True) as rig:
            assert rig.sense()[0] > LIMIT_V
        assert "ramped all outputs" in bring_home(spec, None)[-1]
        assert not present(server).any()


def test_zero_does_not_touch_what_is_beyond_its_limits(tmp_path: Path) -> None:
    left = ["0.7 V", *["0 V"] * 6]
    with served(electrodes__monitors=MONITORS, virtual__power_up=left) as (server, spec):
        with pytest.raises(RigError, match=r"electrode 0 is at 0\.7 V.*wider limits"):
            bring_home(spec, None)
        before_v = present(server)
        assert before_v[0] == pytest.approx(0.7, abs=1e-6)
        with pytest.raises(InputError, match="wider limits"):
            bring_home(spec, before_v.tolist())
        assert (put_out(server) == before_v).all()
        # nothing has moved, so no note says that something has
        journal = journal_of(spec, open_rig(spec, tmp_path).connection)
        journal.check()
        wider = rig_spec(
            server.port,
            electrodes__monitors=MONITORS,
            electrodes__max=["0.8 V", *["0.6 V"] * 4, "0.3 V", "0.3 V"],
        )
        assert "ramped all outputs" in bring_home(wider, None)[-1]
        assert abs(present(server)).max() < 1e-5


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[tuple[Any, Any, Any, Path]]:
    """A training in a process of its own on a rig in real time, once its outputs move."""
    with served(virtual__time="real") as (server, spec):
        file = write_rig_file(tmp_path, server.port)
        words = ("rig", "run", str(CIRCUIT), "--config", str(file), "--out", str(tmp_path / "out"))
        process = start(tmp_path, *words)
        until = time.monotonic() + 60
        # three runs of the outputs, then the middle of the fourth
        while server.rig.faults.run < 4 or not present(server).any():
            assert time.monotonic() < until
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        yield server, spec, process, tmp_path
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_a_signal_ends_at_zero_and_the_training_goes_on(
    moving: tuple[Any, Any, Any, Path], number: int, code: int
) -> None:
    server, spec, process, folder = moving
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert "the outputs are at 0 V" in err
    assert "Traceback" not in err
    assert not present(server).any()
    assert_safe(server, spec)
    before = server.rig.faults.run
    again = run(folder, *process.args[3:])
    assert again.returncode == 0, again.stderr
    assert "solved; learned 0110" in again.stdout
    # it went on where it was: 8 iterations and the final outputs, one repeated, none twice
    assert server.rig.faults.run == before + 9 - (before - 1)


def test_a_killed_client_is_found_out_and_brought_home(
    moving: tuple[Any, Any, Any, Path],
) -> None:
    server, spec, process, folder = moving
    assert present(server).any()
    process.kill()
    process.communicate()
    # the chassis goes on to the waveform's own end
    until = time.monotonic() + 10
    while present(server).any():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert_safe(server, spec)
    assert server.rig.tasks
    words = process.args[3:]
    refused = run(folder, *words)
    assert refused.returncode == 3
    assert "rig zero" in refused.stderr
    config = ("--config", words[words.index("--config") + 1])
    checked = run(folder, "rig", "check", *config)
    assert checked.returncode == 1
    assert "not usable" in checked.stdout
    home = run(folder, "rig", "zero", *config)
    assert home.returncode == 0, home.stderr
    assert "all outputs are at 0 V" in home.stdout
    assert not server.rig.tasks
    again = run(folder, *words)
    assert again.returncode == 0, again.stderr
    assert_safe(server, spec)


def test_zero_ramps_from_voltages_that_the_user_has_measured(tmp_path: Path) -> None:
    left = LEFT
    with served(virtual__power_up=left) as (server, spec):
        file = write_rig_file(tmp_path, server.port)
        answer = run(tmp_path, "rig", "zero", "--config", str(file), "--present", ", ".join(left))
        assert answer.returncode == 0, answer.stderr
        assert not present(server).any()
        volts = assert_safe(server, spec)
        assert volts[0].tolist() == LEFT_V
        wrong = run(tmp_path, "rig", "zero", "--config", str(file), "--present", "0.4 V")
        assert wrong.returncode == 2
        far = run(
            tmp_path, "rig", "zero", "--config", str(file), "--present", ", ".join(["2 V"] * 7)
        )
        assert far.returncode == 2
