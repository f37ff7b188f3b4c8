import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from hgecircuit.errors import SimulatorError
from hgecircuit.record import Record
from hgecircuit.run.base import Engine, Progress
from hgecircuit.run.engines.process import run_process
from hgecircuit.run.parallel import DeckJob, count_cores, run_decks, run_jobs


class ShellEngine(Engine):
    """Runs decks as shell scripts: an engine small enough to see through."""

    version = "1"

    def run(self, deck, folder, *, traces, progress=None, name="deck", **options):
        outcome = run_process(["/bin/sh", "-c", deck], folder, folder / f"{name}.log")
        if progress:
            progress(Progress(0.5, 0.0))
        if outcome.exit_code:
            raise SimulatorError(f"{name} failed", folder=folder)
        return Record(np.zeros(1), {}, {"log": outcome.log.strip()})


def square(number: int) -> int:
    return number**2


def fail_when_started(folder: Path) -> None:
    while not (folder / "started").exists():
        time.sleep(0.05)
    raise ValueError("on purpose")


def start_and_last(folder: Path) -> None:
    (folder / "new").write_text(str(os.getpid()))
    (folder / "new").rename(folder / "started")
    time.sleep(60)


def test_results_come_in_the_order_of_the_decks(tmp_path):
    delays = [0.4, 0.0, 0.2, 0.0]
    jobs = [
        DeckJob(f"sleep {delay}; echo {n}", tmp_path, (), name=f"job{n}")
        for n, delay in enumerate(delays)
    ]
    records = run_decks(ShellEngine(), jobs)
    assert [record.provenance["log"] for record in records] == ["0", "1", "2", "3"]


def test_decks_run_side_by_side(tmp_path):
    # each of the two waits for the file of the other
    jobs = [
        DeckJob(f"touch {n}; until [ -e {1 - n} ]; do sleep 0.05; done", tmp_path, (), name=f"j{n}")
        for n in range(2)
    ]
    assert len(run_decks(ShellEngine(), jobs, workers=2)) == 2


def test_progress_adds_up_to_one_and_never_falls(tmp_path):
    seen: list[Progress] = []
    jobs = [DeckJob("true", tmp_path, (), name=f"job{n}") for n in range(4)]
    run_decks(ShellEngine(), jobs, workers=1, progress=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions[0] == 0.125
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_progress_counts_weights(tmp_path):
    seen: list[Progress] = []
    jobs = [
        DeckJob("true", tmp_path, (), name=f"job{n}", weight=weight)
        for n, weight in enumerate((6.0, 3.0, 1.0))
    ]
    run_decks(ShellEngine(), jobs, workers=1, progress=seen.append)
    assert seen[0].fraction == pytest.approx(0.3)
    assert seen[-1].fraction == 1.0


def test_the_first_failure_stops_the_others(tmp_path):
    jobs = [
        DeckJob("exit 1", tmp_path, (), name="bad"),
        DeckJob("sleep 60", tmp_path, (), name="long"),
        DeckJob("sleep 1; touch never", tmp_path, (), name="queued"),
    ]
    start = time.monotonic()
    with pytest.raises(SimulatorError, match="bad failed"):
        run_decks(ShellEngine(), jobs, workers=2)
    assert time.monotonic() - start < 10
    time.sleep(1.2)
    assert not (tmp_path / "never").exists()


def test_other_threads_simulators_live_on(tmp_path):
    outcomes = []
    other = threading.Thread(
        target=lambda: outcomes.append(
            run_process(["/bin/sh", "-c", "sleep 1"], tmp_path, tmp_path / "other.log")
        )
    )
    other.start()
    with pytest.raises(SimulatorError):
        run_decks(ShellEngine(), [DeckJob("exit 1", tmp_path, (), name="bad")])
    other.join()
    assert outcomes[0].exit_code == 0


def test_jobs_in_threads_and_processes():
    jobs = [functools.partial(square, n) for n in range(5)]
    assert run_jobs(jobs) == [0, 1, 4, 9, 16]
    assert run_jobs(jobs, processes=True, workers=2) == [0, 1, 4, 9, 16]
    assert run_jobs([]) == []


def test_a_failing_process_job_stops_the_others(tmp_path):
    jobs = [functools.partial(job, tmp_path) for job in (fail_when_started, start_and_last)]
    start = time.monotonic()
    with pytest.raises(ValueError, match="on purpose"):
        run_jobs(jobs, processes=True, workers=2)
    assert time.monotonic() - start < 30
    pid = int((tmp_path / "started").read_text())
    assert pid not in [child.pid for child in multiprocessing.active_children()]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_process_jobs_use_other_processes():
    (pid,) = run_jobs([os.getpid], processes=True, workers=1)
    assert pid != os.getpid()
    assert run_jobs([os.getpid]) == [os.getpid()]


def test_count_cores():
    assert 1 <= count_cores() <= (os.cpu_count() or 1)


def test_ctrl_c_kills_all_simulators(tmp_path):
    program = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from test_parallel import ShellEngine
        from hgecircuit.run.parallel import DeckJob, run_decks
        jobs = [
            DeckJob(f"echo $$ > pid{{n}}; sleep 60", Path({str(tmp_path)!r}), (), name=f"j{{n}}")
            for n in range(4)
        ]
        try:
            run_decks(ShellEngine(), jobs, workers=2)
        except KeyboardInterrupt:
            print("interrupted")
    """)
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while not all((tmp_path / f"pid{n}").exists() for n in range(2)):
        assert child.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.3)
    start = time.monotonic()
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=30)
    assert time.monotonic() - start < 10
    assert output == "interrupted\n"
    assert not (tmp_path / "pid2").exists()
    for n in range(2):
        with pytest.raises(ProcessLookupError):
            os.kill(int((tmp_path / f"pid{n}").read_text()), 0)


def test_ctrl_c_in_a_terminal_stops_process_jobs_quietly(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(f"""
        import functools, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from test_parallel import start_and_last
        from hgecircuit.run.parallel import run_jobs
        if __name__ == "__main__":
            jobs = [functools.partial(start_and_last, Path({str(tmp_path)!r}))] * 3
            try:
                run_jobs(jobs, workers=1, processes=True)
            except KeyboardInterrupt:
                print("interrupted")
        """)
    )
    child = subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    end = time.monotonic() + 30
    while not (tmp_path / "started").exists():
        assert child.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(child.pid, signal.SIGINT)
    assert child.communicate(timeout=30) == ("interrupted\n", "")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "started").read_text()), 0)
