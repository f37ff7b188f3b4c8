"""Help for the ngspice tests: ngspice without any check, and ngspice behind a shell script."""

import subprocess
from pathlib import Path

from hgecircuit.errors import SimulatorError
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.run.engines.rawfile import RawPlot, read_raw

TRAPS_SEEN_UP_TO = 44


def make_deck(lines: str, tran: str = ".tran 1e-5 1e-3", save: str = ".save v(a)") -> str:
    return f"* trap\nv1 a 0 sin(0 1 1e3)\nr1 a 0 1e3\n{lines}\n{tran}\n{save}\n.end\n"


def run_bare(deck: str, folder: Path) -> tuple[int, RawPlot | None]:
    """Exit code and plot (None when it can't be read) of ngspice without any check."""
    (folder / "bare.cir").write_text(deck)
    finished = subprocess.run(
        [Ngspice().program, "-n", "-b", "-r", "bare.raw", "bare.cir"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    try:
        return finished.returncode, read_raw(folder / "bare.raw")
    except SimulatorError:
        return finished.returncode, None


def has_known_traps() -> bool:
    return int(Ngspice().version.partition(".")[0]) <= TRAPS_SEEN_UP_TO


def wrap(tmp_path: Path, script: str) -> Ngspice:
    """An engine whose program is a shell script around the real one."""
    path = tmp_path / "wrapped"
    path.write_text(f"#!/bin/sh\n{script}\n".replace("NGSPICE", f"'{Ngspice().program}'"))
    path.chmod(0o755)
    return Ngspice(str(path))


def last(plot: RawPlot | None, name: str) -> float:
    assert plot is not None
    return float(plot[name][-1])
