"""The rig client against the virtual chassis: what is put out, and on which chassis."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from nidaqmx.error_codes import DAQmxErrors
from nidaqmx.errors import DaqError
from rig_client_tools import (
    CIRCUIT,
    LIMIT_V,
    ROOT,
    assert_safe,
    fault,
    open_rig,
    present,
    put_out,
    rig_spec,
    served,
    waveform,
)

from hgecircuit import Learner
from hgecircuit.on_rig import RigLearner
from hgecircuit.run.rigs.connection import ConnectionLostError, StaleSessionError
from hgecircuit.run.rigs.opening import open_apparatus
from hgecircuit.run.rigs.safety import RigError


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
