"""What goes wrong around the real ngspice: disk, signals, folders, exit codes, start-up files."""

import subprocess

import pytest
from ngspice_tools import make_deck, wrap

from hgecircuit.errors import InputError, SimulatorError
from hgecircuit.run.engines import judge
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.engines.process import run_process
from hgecircuit.run.engines.rawfile import read_raw

pytestmark = pytest.mark.ngspice


def test_a_full_disk_is_caught(tmp_path):
    # A limit on the size of a file, with its signal ignored, fails a write just as a full disk does
    # and needs no rights.
    engine = wrap(tmp_path, "trap '' XFSZ; ulimit -f 8; exec NGSPICE \"$@\"")
    deck = make_deck("", ".tran 1e-7 1e-3")
    with pytest.raises(SimulatorError, match=r"disk full.*rawfile write error"):
        engine.run(deck, tmp_path, traces=["v(a)"])


def test_a_signal_is_told(tmp_path):
    # without the trap the same limit ends ngspice by SIGXFSZ
    engine = wrap(tmp_path, 'ulimit -f 8; exec NGSPICE "$@"')
    with pytest.raises(SimulatorError, match="ended by signal 25"):
        engine.run(make_deck("", ".tran 1e-7 1e-3"), tmp_path, traces=["v(a)"])


def test_a_signal_hidden_by_a_shell_is_caught(tmp_path):
    engine = wrap(tmp_path, 'ulimit -f 8; NGSPICE "$@"; exit $?')
    with pytest.raises(SimulatorError, match=r"exit code 153.*holds no finished analysis"):
        engine.run(make_deck("", ".tran 1e-7 1e-3"), tmp_path, traces=["v(a)"])


def test_a_folder_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SimulatorError, match="can't be written"):
        Ngspice().run(make_deck(""), tmp_path / "file", traces=["v(a)"])


def test_a_run_that_ends_early_is_caught(tmp_path):
    # the end is set by a parameter, so it is only known after the run
    deck = make_deck(".param z=0.5e-3", ".tran 1e-5 {z}")
    with pytest.raises(SimulatorError, match=r"ended at 0\.0005 s instead of 0\.001 s"):
        Ngspice().run(deck, tmp_path, traces=["v(a)"], stop_s=1e-3)


def test_an_old_result_is_never_taken_for_the_new_one(tmp_path):
    Ngspice().run(make_deck(""), tmp_path, traces=["v(a)"])
    assert (tmp_path / "deck.raw").exists()
    with pytest.raises(SimulatorError):
        Ngspice().run(make_deck("d1 a 0 nosuch"), tmp_path, traces=["v(a)"])
    assert not (tmp_path / "deck.raw").exists()


def test_good_work_counts_whatever_the_exit_code(tmp_path):
    engine = wrap(tmp_path, 'NGSPICE "$@"; exit 1')
    record = engine.run(make_deck(""), tmp_path, traces=["v(a)"])
    assert record.provenance["exit_code"] == 1
    assert record.time_s[-1] == pytest.approx(1e-3)


def test_version_39_exits_with_1_after_a_control_block_that_did_its_work(tmp_path):
    deck = "* t\nv1 a 0 1\nr1 a 0 1\n.control\ntran 1e-5 1e-3\nwrite w.raw v(a)\n.endc\n.end\n"
    (tmp_path / "w.cir").write_text(deck)
    command = [Ngspice().program, "-n", "-b", "w.cir"]
    outcome = run_process(command, tmp_path, tmp_path / "w.log")
    assert outcome.exit_code == (1 if Ngspice().version.startswith("39") else 0)
    assert judge.find_log_problem(outcome.log) is None
    plot = read_raw(tmp_path / "w.raw")
    assert judge.find_axis_problem(plot.scale, ".tran", 1e-3) is None
    with pytest.raises(InputError, match="runs commands"):
        Ngspice().run(deck, tmp_path, traces=["v(a)"])


def test_start_up_files_are_ignored(tmp_path, monkeypatch):
    for folder in (tmp_path, tmp_path / "home"):
        folder.mkdir(exist_ok=True)
        (folder / ".spiceinit").write_text("shell touch spiceinit-ran\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    subprocess.run(
        [Ngspice().program, "-b"], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert (tmp_path / "spiceinit-ran").exists(), "without -n the file runs"
    (tmp_path / "spiceinit-ran").unlink()
    Ngspice().run(make_deck(""), tmp_path, traces=["v(a)"])
    assert not (tmp_path / "spiceinit-ran").exists()
