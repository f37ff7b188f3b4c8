"""The rig client against the virtual chassis: what is put out, whatever goes wrong."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nidaqmx.error_codes import DAQmxErrors
from nidaqmx.errors import DaqError
from nidaqmx.stream_readers import AnalogMultiChannelReader
from rig_client_tools import (
    CIRCUIT,
    ROOT,
    assert_safe,
    open_rig,
    present,
    put_out,
    rig_spec,
    run,
    served,
    start,
    write_rig_file,
)

from hgecircuit import Learner
from hgecircuit.errors import InputError
from hgecircuit.on_rig import RigLearner
from hgecircuit.run.rigs.cdaq import CdaqRig
from hgecircuit.run.rigs.connection import ConnectionLostError, StaleSessionError
from hgecircuit.run.rigs.opening import open_apparatus
from hgecircuit.run.rigs.rig_file import journal_of
from hgecircuit.run.rigs.safety import RigError
from hgecircuit.run.rigs.waveforms import Pace, Perturbation, Waveform, build_waveform
from hgecircuit.run.rigs.zero import bring_home

LIMIT_V = 0.6


@pytest.fixture(autouse=True)
def _own_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes about outputs stay in the test's folder."""
    monkeypatch.setenv("HGECIRCUIT_STATE", str(tmp_path / "state"))


def waveform(spec: Any, seconds: float = 0.2, volts: float = 0.5) -> Waveform:
    """Electrode 0 goes up, stays, and comes back."""
    point = np.zeros((1, 7))
    point[0, 0] = volts
    limits = CdaqRig(spec).limits
    pace = Pace(1e4, 0.05)
    none = [Perturbation.none(7)]
    return build_waveform(point, none, round(seconds * 1e4), pace, limits, np.zeros(7))


def test_a_whole_training_stays_inside_its_limits(tmp_path: Path) -> None:
    with served() as (server, spec):
        learner = Learner.from_file(CIRCUIT)
        with open_apparatus(spec, open_rig(spec, tmp_path)) as apparatus:
            result = RigLearner(learner, apparatus).train(learner.design.start_v[None])
        volts = assert_safe(server, spec)
    assert not volts[-1].any()
    assert result.solved(0.05, 1e-9)[0]
    # all of it was put out: every control voltage that was measured at, and the patterns
    for m, control in enumerate(learner.design.task.controls):
        reached = result.voltages_v[0, :, m]
        assert volts[:, control].min() <= reached.min()
        assert volts[:, control].max() >= reached.max()
    assert volts[:, 1].max() == pytest.approx(0.51, abs=1e-6)


def test_the_channels_have_exactly_the_electrodes_limits(tmp_path: Path) -> None:
    with served() as (server, spec), open_rig(spec, tmp_path) as rig:
        task = next(task for name, task in server.rig.tasks.items() if "outputs" in name)
        assert [channel.min_v for channel in task.channels] == list(spec.electrodes.min_v)
        assert [channel.max_v for channel in task.channels] == list(spec.electrodes.max_v)
        # and the driver refuses what would come past the client's own check
        beyond = np.zeros((100, 7))
        beyond[50, 0] = np.nextafter(LIMIT_V, 1)
        rig.configure(100)
        with pytest.raises(DaqError) as caught:
            rig.write(beyond)
        assert caught.value.error_code == DAQmxErrors.INVALID_AO_DATA_WRITE
        assert not put_out(server).any()


def test_the_client_never_resets_a_device() -> None:
    """A reset takes the outputs to 0 V at once."""
    for file in (ROOT / "hgecircuit" / "run" / "rigs").glob("*.py"):
        assert not re.search(r"reset_device|\.reset\(", file.read_text(encoding="utf-8")), file


@pytest.mark.parametrize("where", ["_read", "_check_complete", "write", "configure"])
@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt()])
def test_an_error_at_any_step_leaves_the_outputs_at_zero(
    where: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served() as (server, spec), open_rig(spec, tmp_path) as rig:

        def fail(*_: object, **__: object) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(rig, where, fail)
            with pytest.raises(type(error)):
                rig.play(waveform(spec))
        assert not present(server).any()
        volts = assert_safe(server, spec)
        # what had been started went to its own end; the rest never moved
        reached_v = 0.5 if where in {"_read", "_check_complete"} else 0.0
        assert volts[:, 0].max() == pytest.approx(reached_v, abs=1e-6)
        # the rig knows that, and goes on
        rig.play(waveform(spec))


def fault(kind: str, **settings: Any) -> dict[str, Any]:
    return {"virtual__faults": [{"kind": kind, **settings}]}


def test_a_connection_that_comes_back(tmp_path: Path) -> None:
    lost = fault("connection_lost", run=1, at="100 ms", duration="50 ms")
    with served(**lost, connection__timeout="2 s") as (server, spec):
        with open_rig(spec, tmp_path) as rig:
            with pytest.raises(ConnectionLostError, match="ended with its ramp") as caught:
                rig.play(waveform(spec, 0.3))
            assert caught.value.exit_code == 3
            assert not present(server).any()
            rig.play(waveform(spec, 0.01))
        assert_safe(server, spec)


def test_a_connection_that_does_not_come_back(tmp_path: Path) -> None:
    """The chassis has the whole waveform; the client says that it can't know more."""
    lost = fault("connection_lost", run=1, at="100 ms")
    with served(**lost, virtual__time="real", connection__timeout="1 s") as (server, spec):
        rig = open_rig(spec, tmp_path)
        with pytest.raises(ConnectionLostError, match="ends with a ramp to 0 V"), rig:
            rig.play(waveform(spec, 0.3))
        assert not present(server).any()
        volts = assert_safe(server, spec)
        assert volts[:, 0].max() == pytest.approx(0.5, abs=1e-6)
        # the note on this computer stands, so that nobody starts without looking
        with pytest.raises(RigError):
            rig.journal.check()


def test_a_server_that_is_silent(tmp_path: Path) -> None:
    """As behind a pulled cable: nothing comes back, not even that nobody is there."""
    with served(connection__timeout="500 ms") as (server, spec), open_rig(spec, tmp_path) as rig:
        release = threading.Event()
        held = threading.Event()

        def hold() -> None:
            with server.rig.clock.lock:
                held.set()
                release.wait(30)

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(30)
        began_s = time.monotonic()
        try:
            with pytest.raises(ConnectionLostError):
                rig.play(waveform(spec))
            assert time.monotonic() - began_s < 10
        finally:
            release.set()
            thread.join()
        assert not put_out(server).any()


def half_read(rig: CdaqRig, samples: int) -> None:
    """Let the run come to its middle."""
    volts = np.empty((1, samples))
    AnalogMultiChannelReader(rig.inputs.in_stream).read_many_sample(volts, samples, 10.0)


def test_outputs_that_stand_still_in_the_middle_are_ramped_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an underflow, when the driver ends a generation where it is."""
    with served() as (server, spec), open_rig(spec, tmp_path) as rig:

        def break_off(_: float) -> None:
            half_read(rig, 1500)
            task = server.rig.tasks[f"{spec.connection.session}-outputs"]
            with server.rig.clock.lock:
                assert task.drive is not None
                task.drive.total = task.drive.generated(server.rig.now_s)
            assert present(server).any()
            raise RigError("broken off")

        with monkeypatch.context() as patched:
            patched.setattr(rig, "_read", break_off)
            with pytest.raises(RigError, match="brought down by a ramp, and are at 0 V"):
                rig.play(waveform(spec))
        assert not present(server).any()
        volts = assert_safe(server, spec)
        down = np.flatnonzero(volts[:, 0])
        assert len(down) > 1500 - 1 + 100  # a ramp of 15 ms, not a jump
        rig.play(waveform(spec))


def test_an_underflow(tmp_path: Path) -> None:
    with served(**fault("underflow", run=1, at="150 ms")) as (server, spec):
        with open_rig(spec, tmp_path) as rig:
            with pytest.raises(RigError, match="-200290") as caught:
                rig.play(waveform(spec))
            assert "brought down by a ramp, and are at 0 V" in str(caught.value)
            assert not present(server).any()
            rig.play(waveform(spec))
        volts = assert_safe(server, spec)
        assert volts[:, 0].max() == pytest.approx(0.5, abs=1e-6)


def test_a_run_that_ends_early_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver tells it with a warning, which gRPC loses: only the count shows it."""
    with served() as (server, spec), open_rig(spec, tmp_path) as rig:
        read = rig._read

        def shortened(timeout_s: float) -> np.ndarray:
            task = server.rig.tasks[f"{spec.connection.session}-outputs"]
            with server.rig.clock.lock:
                assert task.drive is not None
                task.drive.total = 1500
            return read(timeout_s)

        with monkeypatch.context() as patched:
            patched.setattr(rig, "_read", shortened)
            with pytest.raises(RigError, match="ended after 1500 of") as caught:
                rig.play(waveform(spec))
        assert "brought down by a ramp" in str(caught.value)
        assert not present(server).any()


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


def test_outputs_that_somebody_else_stops_are_not_taken_for_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served() as (server, spec), open_rig(spec, tmp_path) as rig:

        def stop(_: float) -> None:
            half_read(rig, 1500)
            rig.outputs.stop()
            raise RigError("stopped")

        monkeypatch.setattr(rig, "_read", stop)
        with pytest.raises(RigError, match=r"nobody knows where|not known"):
            rig.play(waveform(spec))
        assert present(server).any()
        with pytest.raises(RigError, match="present voltages of the outputs are not known"):
            rig.play(waveform(spec))
        with pytest.raises(RigError, match="has not told that they came to 0 V"):
            rig.journal.check()


def test_the_way_home_from_outputs_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served() as (server, spec):
        with open_rig(spec, tmp_path) as rig:
            rig.journal = journal_of(spec, rig.connection)

            def stop(_: float) -> None:
                half_read(rig, 1500)
                rig.outputs.stop()
                raise RigError("stopped")

            with monkeypatch.context() as patched:
                patched.setattr(rig, "_read", stop)
                with pytest.raises(RigError, match="rig zero"):
                    rig.play(waveform(spec))
        where_v = present(server)
        assert where_v.any()
        assert server.rig.tasks  # closing nothing, so that the next program is stopped
        with pytest.raises(StaleSessionError), open_rig(spec, tmp_path):
            pass
        with pytest.raises(RigError, match="measure every electrode with a voltmeter"):
            bring_home(spec, None)
        assert (present(server) == where_v).all()
        bring_home(spec, where_v.tolist())
        assert not present(server).any()
        assert_safe(server, spec)
        with open_rig(spec, tmp_path) as rig:
            rig.play(waveform(spec))


def test_the_way_home_waits_for_a_waveform_that_still_runs(tmp_path: Path) -> None:
    with served(virtual__time="real") as (server, spec):
        rig = open_rig(spec, tmp_path)
        rig.__enter__()
        samples_v = waveform(spec, 1.0).voltages_v
        rig.configure(len(samples_v), triggered=False)
        rig.write(samples_v)
        rig.outputs.start()
        assert "had come to its end" in " ".join(bring_home(spec, None))
        assert not present(server).any()
        volts = assert_safe(server, spec)
        assert volts[:, 0].max() == pytest.approx(0.5, abs=1e-6)
        rig.connection.close()


def test_a_trigger_that_never_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(connection__timeout="1 s") as (server, spec), open_rig(spec, tmp_path) as rig:

        def refuse() -> None:
            raise RigError("the input doesn't start")

        inputs = rig.inputs
        rig.inputs = SimpleNamespace(
            start=refuse, stop=inputs.stop, close=inputs.close, timing=inputs.timing
        )
        with pytest.raises(RigError, match="waited for their trigger and are at 0 V"):
            rig.play(waveform(spec))
        rig.inputs = inputs
        assert not put_out(server).any()
        rig.play(waveform(spec))


def test_a_trigger_that_comes_late(tmp_path: Path) -> None:
    late = fault("late_trigger", run=1, delay=400)
    with served(**late) as (server, spec), open_rig(spec, tmp_path) as rig:
        rig.play(waveform(spec))
        assert not present(server).any()
        assert_safe(server, spec)


def test_a_chassis_that_is_unplugged(tmp_path: Path) -> None:
    gone = fault("unplugged", run=1, at="100 ms")
    with served(**gone, connection__timeout="1 s") as (server, spec):
        with (
            pytest.raises(RigError, match="outputs") as caught,
            open_rig(spec, tmp_path) as rig,
        ):
            rig.play(waveform(spec))
        assert caught.value.exit_code == 3
        assert_safe(server, spec)


def test_overload_is_found_and_the_outputs_are_at_zero(tmp_path: Path) -> None:
    learner = Learner.from_file(CIRCUIT)
    with served(**fault("overload", run=3, at="50 ms", duration="5 ms")) as (server, spec):
        with (
            pytest.raises(RigError, match="clipped") as caught,
            open_apparatus(spec, open_rig(spec, tmp_path), log=tmp_path / "log") as apparatus,
        ):
            RigLearner(learner, apparatus).train(learner.design.start_v[None])
        assert "the outputs are at 0 V" in str(caught.value)
        assert not present(server).any()
        assert len(list((tmp_path / "log").glob("*.nc"))) == 3


def test_another_chassis_or_module_than_the_file_s(tmp_path: Path) -> None:
    with served() as (server, _):
        changed = rig_spec(
            server.port,
            chassis={"name": "cDAQ1", "product": "cDAQ-9178"},
            modules=[
                {"slot": 1, "name": "cDAQ1Mod1", "product": "NI 9263"},
                {"slot": 2, "name": "cDAQ1Mod2", "product": "NI 9202"},
                {"slot": 3, "name": "cDAQ1Mod3", "product": "NI 9264"},
            ],
            electrodes__channels=[f"cDAQ1Mod3/ao{n}" for n in range(7)],
        )
        with pytest.raises(RigError) as caught, open_rig(changed, tmp_path):
            pass
        text = str(caught.value)
        assert "cDAQ1 is a cDAQ-9174, not a cDAQ-9178" in text
        assert "cDAQ1Mod1 is a NI 9264, not a NI 9263" in text
        assert "cDAQ1Mod3 is missing" in text
        assert not server.rig.tasks


def test_nobody_is_there(tmp_path: Path) -> None:
    spec = rig_spec(1, connection__timeout="200 ms")
    with (
        pytest.raises(ConnectionLostError, match=r"nobody answers at 127\.0\.0\.1:1"),
        open_rig(spec, tmp_path),
    ):
        pass


def test_two_programs_on_one_rig(tmp_path: Path) -> None:
    with served() as (_, spec), open_rig(spec, tmp_path / "one") as rig:
        other = open_rig(spec, tmp_path / "two")
        with pytest.raises(StaleSessionError, match="rig zero"), other:
            pass
        # under another name the channels are taken while the first one runs or has them reserved
        rig.play(waveform(spec, 0.01))


def test_outputs_held_by_somebody_else_s_task(tmp_path: Path) -> None:
    import nidaqmx
    from nidaqmx.constants import TaskMode

    with served() as (_, spec):
        other = open_rig(spec, tmp_path)
        task = other.connection.new_task("somebody-else")
        assert isinstance(task, nidaqmx.Task)
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.control(TaskMode.TASK_RESERVE)
        with pytest.raises(RigError, match="-50103"), open_rig(spec, tmp_path):
            pass
        task.close()
        with open_rig(spec, tmp_path):
            pass
        other.connection.close()


MONITORS = [f"cDAQ1Mod2/ai{n + 1}" for n in range(7)]
LEFT = ["0.4 V", "0 V", "-0.9 V", "0 V", "0 V", "0 V", "0.1 V"]
LEFT_V = pytest.approx([0.4, 0, -0.9, 0, 0, 0, 0.1], abs=1e-6)


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


def test_a_module_in_another_slot(tmp_path: Path) -> None:
    """As after two modules of one kind were swapped."""
    with served() as (server, _):
        modules = [
            {"slot": 3, "name": "cDAQ1Mod1", "product": "NI 9264"},
            {"slot": 2, "name": "cDAQ1Mod2", "product": "NI 9202"},
        ]
        changed = rig_spec(server.port, modules=modules)
        with (
            pytest.raises(RigError, match="cDAQ1Mod1 is in slot 1, not 3"),
            open_rig(changed, tmp_path),
        ):
            pass
        assert not server.rig.tasks


class LostStart:
    """A task whose start comes through, but not the answer; then something else happens."""

    def __init__(self, task: Any, then: Callable[[], None]) -> None:
        self._task, self._then = task, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def start(self) -> None:
        self._task.start()
        self._then()
        raise ConnectionLostError("the answer is lost")


def test_another_program_s_trigger_before_the_input_starts(tmp_path: Path) -> None:
    """The answer to the outputs' start is lost, and somebody else's input sends the trigger."""
    with served() as (server, spec), open_rig(spec, tmp_path) as rig:
        other = open_rig(spec, tmp_path / "other")
        outputs = rig.outputs

        def trigger() -> None:
            task = other.connection.new_task("somebody-else")
            task.ai_channels.add_ai_voltage_chan(spec.current.channel)
            task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=1500)
            task.read(1500)
            task.close()
            assert present(server).any()

        rig.outputs = LostStart(outputs, trigger)
        with pytest.raises(ConnectionLostError, match="the waveform ended with its ramp"):
            rig.play(waveform(spec))
        rig.outputs = outputs
        assert not present(server).any()
        volts = assert_safe(server, spec)
        assert volts[:, 0].max() == pytest.approx(0.5, abs=1e-6)
        other.connection.close()
        rig.play(waveform(spec))


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
