"""The committed netlists are what the circuit files give today, byte for byte.

`make golden` writes them again; the difference is then reviewed like code.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hgecircuit import Learner
from hgecircuit.record import Record
from hgecircuit.run.engines.ngspice import Ngspice

ROOT = Path(__file__).parents[2]
# Of the gates, which differ in their targets only, one stands for all.
GATES = sorted((ROOT / "circuits" / "gates").glob("*.toml"))
CIRCUITS = [*sorted((ROOT / "circuits").glob("*.toml")), ROOT / "circuits" / "gates" / "0110.toml"]
PROGRAM = "import sys; from hgecircuit import Learner; \
sys.stdout.write(Learner.from_file(sys.argv[1]).netlist())"


def _golden(circuit: Path) -> Path:
    return (ROOT / "netlists" / circuit.relative_to(ROOT / "circuits")).with_suffix(".cir")


def test_every_circuit_has_a_golden_netlist_and_none_is_left_over() -> None:
    assert CIRCUITS
    assert set((ROOT / "netlists").rglob("*.cir")) == {_golden(circuit) for circuit in CIRCUITS}


def test_the_gates_netlists_differ_from_the_golden_one_in_title_and_error_circuit_only() -> None:
    golden = _golden(CIRCUITS[-1]).read_text(encoding="utf-8")
    assert len(GATES) == 16
    for gate in GATES:
        text = Learner.from_file(gate).netlist()
        assert text.startswith(f"* Gate {gate.stem}: ")
        assert _around_the_readout(text) == _around_the_readout(golden)
        assert (text == golden) == (gate == CIRCUITS[-1])


def _around_the_readout(text: str) -> tuple[str, str]:
    """What stands before and behind the error circuit, without the title."""
    before, rest = text.split("\n.subckt readout ")
    return before.split("\n", 1)[1], rest.split("\n.ends", 1)[1]


@pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda path: path.stem)
def test_netlist_is_the_golden_one(circuit: Path) -> None:
    assert Learner.from_file(circuit).netlist() == _golden(circuit).read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_netlist_does_not_depend_on_the_hash_seed(seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", PROGRAM, str(CIRCUITS[0])]
    answer = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert answer.stdout == _golden(CIRCUITS[0]).read_bytes()


@pytest.mark.ngspice
@pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda path: path.stem)
def test_golden_netlist_runs_as_it_is_in_plain_ngspice(circuit: Path, tmp_path: Path) -> None:
    """`ngspice -b` on the committed file, its span cut to the first epochs."""
    text = _golden(circuit).read_text(encoding="utf-8")
    lines = text.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith(".tran"))
    step, _, start, largest, uic = lines[place].split()[1:]
    lines[place] = f".tran {step} 0.1 {start} {largest} {uic}"
    deck = tmp_path / "deck.cir"
    deck.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [Ngspice().program, "-b", "deck.cir"]
    answer = subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "v(w0)" in answer.stdout
    record = _run_by_engine("\n".join(lines) + "\n", tmp_path / "engine")
    assert len(record.time_s) > 100


def _run_by_engine(deck: str, folder: Path) -> Record:
    return Ngspice().run(deck, folder, traces=["v(w0)", "v(w1)"], stop_s=0.1)
