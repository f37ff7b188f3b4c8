import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from hgecircuit.errors import SimulatorError
from hgecircuit.run.engines.process import run_process


def run_shell(tmp_path, script, **options):
    return run_process(["/bin/sh", "-c", script], tmp_path, tmp_path / "log", **options)


def is_alive(pid: int) -> bool:
    # a container without an init process leaves dead orphans as zombies
    zombie = "State:\tZ"
    try:
        os.kill(pid, 0)
        return not Path("/proc").is_dir() or zombie not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def wait_until_dead(pid: int, limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_alive(pid)


def test_log_holds_both_streams_and_the_exit_code_is_kept(tmp_path):
    outcome = run_shell(tmp_path, "echo out; echo err >&2; pwd; exit 7")
    assert outcome.exit_code == 7
    assert outcome.log.splitlines() == ["out", "err", str(tmp_path)]
    assert (tmp_path / "log").read_text() == outcome.log
    assert 0 < outcome.wall_s < 10


def start_python(tmp_path, script: str, **options) -> subprocess.Popen:
    """A Python process that runs ``script`` by ``run_process``."""
    program = textwrap.dedent(f"""
        from pathlib import Path
        from hgecircuit.run.engines.process import run_process
        folder = Path({str(tmp_path)!r})
        print(run_process(["/bin/sh", "-c", {script!r}], folder, folder / "log").log)
    """)
    return subprocess.Popen([sys.executable, "-c", program], **options)


def test_standard_input_is_closed(tmp_path):
    child = start_python(tmp_path, "cat; echo done", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdin is not None
    # its own standard input stays open all the while
    assert child.wait(timeout=30) == 0
    assert child.stdout.read().split() == [b"done"]
    child.stdin.close()
    child.stdout.close()


@pytest.mark.parametrize("stream", [1, 2])
def test_progress_lines_are_reported_and_left_out_of_the_log(tmp_path, stream):
    values = []
    script = rf"""
    printf ' Reference value :  1.25000e-01\r Reference value :' >&{stream}
    printf '  2.50000e-01\rWarning: kept\n Reference value : -1e0' >&{stream}
    """
    outcome = run_shell(tmp_path, script, on_reference=values.append)
    assert values == [0.125, 0.25, -1.0]
    assert outcome.log == "Warning: kept\n"


def test_a_signal_shows_as_negative_exit_code(tmp_path):
    assert run_shell(tmp_path, "kill -9 $$").exit_code == -signal.SIGKILL


def test_the_whole_group_is_killed_at_the_time_limit(tmp_path):
    start = time.monotonic()
    with pytest.raises(SimulatorError, match=r"time limit of 0\.3 s"):
        run_shell(tmp_path, "sleep 60 & echo $! > child; echo $$ > shell; wait", timeout_s=0.3)
    assert time.monotonic() - start < 5
    for name in ("child", "shell"):
        assert wait_until_dead(int((tmp_path / name).read_text()), 5)


def test_a_process_that_never_stops_talking_meets_its_time_limit(tmp_path):
    with pytest.raises(SimulatorError, match="time limit"):
        run_shell(tmp_path, "while :; do printf ' Reference value : 1e0\\r'; done", timeout_s=0.3)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_no_orphan_after_an_exception(tmp_path, error):
    def fail(value):
        raise error

    script = "echo $$ > pid; printf ' Reference value : 1e0\\r'; sleep 60"
    with pytest.raises(error):
        run_shell(tmp_path, script, on_reference=fail)
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_a_flood_of_messages_is_stopped(tmp_path):
    with pytest.raises(SimulatorError, match="20 MB"):
        run_shell(tmp_path, "yes 'Error: -0.5 out of range for sqrt'")
    assert (tmp_path / "log").stat().st_size < 21_000_000


def test_the_environment_can_not_change_the_raw_format(tmp_path, monkeypatch):
    monkeypatch.setenv("SPICE_ASCIIRAWFILE", "1")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    script = "echo ${SPICE_ASCIIRAWFILE-unset} $LC_ALL $OMP_NUM_THREADS"
    assert run_shell(tmp_path, script).log == "unset C 3\n"
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert run_shell(tmp_path, script).log == "unset C 1\n"


def test_a_process_dies_when_python_is_killed(tmp_path):
    script = "echo $$ > pid; while :; do printf ' Reference value : 1e0\\r'; sleep 0.1; done"
    parent = start_python(tmp_path, script)
    end = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert parent.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    assert wait_until_dead(int((tmp_path / "pid").read_text()), 5)
