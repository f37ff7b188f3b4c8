"""A run that goes wrong on the virtual chassis: its outputs come home to 0 V all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rig_client_tools import (
    assert_safe,
    fault,
    half_read,
    open_rig,
    present,
    put_out,
    served,
    waveform,
)

from hgecircuit.run.rigs.connection import ConnectionLostError, StaleSessionError
from hgecircuit.run.rigs.rig_file import journal_of
from hgecircuit.run.rigs.safety import RigError
from hgecircuit.run.rigs.zero import bring_home


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
