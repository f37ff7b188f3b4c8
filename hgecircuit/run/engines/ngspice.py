"""ngspice as a subprocess: deck in, checked record out.

ngspice runs as ``ngspice -n -b -r deck.raw deck.cir``: without anybody's ``.spiceinit`` (it changes
results), in batch mode, with standard input closed (after a parse error it could drop to its prompt
and wait). The deck is checked before (``deck_check``), the log and the result after (``judge``).
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, final

from hgecircuit.errors import InputError, MissingToolError, SimulatorError
from hgecircuit.record import Record
from hgecircuit.run.base import Engine, Progress, ProgressCallback
from hgecircuit.run.engines import judge
from hgecircuit.run.engines.deck_check import DeckFacts, check_deck, normalise_vector
from hgecircuit.run.engines.process import Outcome, run_process
from hgecircuit.run.engines.rawfile import RawPlot, read_raw

PROGRAM_VARIABLE = "HGECIRCUIT_NGSPICE"
MIN_VERSION = 39
_INSTALL = (
    "install it with `apt install ngspice` (Debian, Ubuntu), `dnf install ngspice` (Fedora)"
    f" or `brew install ngspice` (macOS), or set {PROGRAM_VARIABLE} to the program"
)
_VERSION = re.compile(r"ngspice-(\d+)([.\d]*)")
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@final
class Ngspice(Engine):
    """The ngspice program, version 39 or newer.

    Args:
        program: Path or name of the program; by default what ``HGECIRCUIT_NGSPICE`` names, or
            ``ngspice`` on the search path.

    Raises:
        MissingToolError: There is no such program, or it is too old.
    """

    def __init__(self, program: str | None = None) -> None:
        wanted = program or os.environ.get(PROGRAM_VARIABLE) or "ngspice"
        found = shutil.which(wanted)
        if not found:
            raise MissingToolError(f"the program {wanted} was not found; {_INSTALL}")
        self.program = str(Path(found).absolute())
        self.version = _read_version(self.program)

    def run(
        self,
        deck: str,
        folder: Path,
        *,
        traces: Mapping[str, str] | Sequence[str],
        stop_s: float | None = None,
        timeout_s: float | None = None,
        progress: ProgressCallback | None = None,
        max_abs: float = 1e4,
        name: str = "deck",
    ) -> Record:
        """Run a deck with one analysis and return the traces asked for; see ``Engine.run``.

        Writes ``<name>.cir``, ``<name>.log`` and ``<name>.raw`` into ``folder`` and leaves them
        there, also after a failure. The record's axis is time in s, frequency in Hz, the swept
        value of ``.dc``, or 0 for ``.op``. Its provenance holds engine, version, analysis,
        netlist_sha256, options, wall_s, points, exit_code and warnings.
        """
        if not _NAME.fullmatch(name):
            raise InputError("not a file name", value=name, expected="letters, digits, _ and -")
        facts = check_deck(deck, f"{name}.cir")
        vectors = _read_vectors(traces, facts, f"{name}.cir")
        stop_s = _read_stop(stop_s, facts, f"{name}.cir")
        folder = Path(folder)
        raw_path = folder / f"{name}.raw"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            raw_path.unlink(missing_ok=True)
            (folder / f"{name}.cir").write_text(deck, encoding="utf-8", newline="\n")
            outcome = run_process(
                [self.program, "-n", "-b", "-r", raw_path.name, f"{name}.cir"],
                folder,
                folder / f"{name}.log",
                timeout_s=timeout_s,
                on_reference=_follow(progress, stop_s),
            )
        except OSError as error:
            raise SimulatorError(
                f"the run's files can't be written: {error}", folder=folder
            ) from error
        plot = _judge_run(outcome, raw_path)
        record = _make_record(plot, facts, vectors, stop_s, max_abs, outcome, raw_path)
        if progress:
            progress(Progress(1.0, outcome.wall_s))
        provenance = {
            "engine": "ngspice",
            "version": self.version,
            "analysis": facts.analysis.removeprefix("."),
            "netlist_sha256": hashlib.sha256(deck.encode()).hexdigest(),
            "options": dict(facts.options),
            **record.provenance,
        }
        return Record(record.time_s, record.traces, provenance)


@functools.lru_cache
def _read_version(program: str) -> str:
    try:
        answer = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingToolError(f"{program} does not run ({error}); {_INSTALL}") from error
    match = _VERSION.search(answer.stdout)
    if not match:
        raise MissingToolError(f"{program} does not say that it is ngspice; {_INSTALL}")
    if int(match[1]) < MIN_VERSION:
        raise MissingToolError(
            f"{program} is ngspice {match[1]}{match[2]}, too old: {MIN_VERSION} or newer is needed;"
            f" {_INSTALL}"
        )
    return match[1] + match[2]


def _read_vectors(
    traces: Mapping[str, str] | Sequence[str], facts: DeckFacts, file: str
) -> dict[str, str]:
    if isinstance(traces, str):
        raise TypeError("traces is a list of names or a mapping, not one text")
    vectors = dict(traces) if isinstance(traces, Mapping) else {name: name for name in traces}
    for vector in vectors.values():
        saved = facts.saved is None or normalise_vector(vector) in facts.saved
        if not saved or normalise_vector(vector) is None:
            expected = "a name from the deck's .save lines"
            raise InputError("this trace is not saved", file=file, value=vector, expected=expected)
    return vectors


def _read_stop(stop_s: float | None, facts: DeckFacts, file: str) -> float | None:
    written_s = facts.stop_s
    if stop_s is not None and facts.analysis != ".tran":
        raise InputError(f"{facts.analysis} has no end time", file=file, key="stop_s", value=stop_s)
    if stop_s is None or written_s is None:
        return written_s if stop_s is None else stop_s
    if abs(stop_s - written_s) > 1e-9 * written_s:
        problem = f"the deck's .tran ends at {written_s:g} s, not at the time asked for"
        raise InputError(problem, file=file, key="stop_s", value=stop_s, expected=f"{written_s:g}")
    return stop_s


def _follow(
    progress: ProgressCallback | None, stop_s: float | None
) -> Callable[[float], None] | None:
    if not progress or not stop_s:
        return None
    start = time.monotonic()
    progress(Progress(0.0, 0.0))

    def report(time_s: float) -> None:
        progress(Progress(min(max(time_s / stop_s, 0.0), 1.0), time.monotonic() - start))

    return report


def _judge_run(outcome: Outcome, raw_path: Path) -> RawPlot:
    """The plot of a run whose log and raw file are good."""
    tail = judge.get_tail(outcome.log)
    if outcome.exit_code < 0:
        problem = f"ngspice was ended by signal {-outcome.exit_code}"
        raise SimulatorError(problem, folder=raw_path.parent, log_tail=tail)
    problem = judge.find_log_problem(outcome.log)
    if problem:
        raise SimulatorError(problem, folder=raw_path.parent, log_tail=tail)
    try:
        return read_raw(raw_path)
    except SimulatorError as error:
        problem = f"ngspice ended with exit code {outcome.exit_code}; {error.problem}"
        raise SimulatorError(problem, folder=raw_path.parent, log_tail=tail) from error


def _make_record(
    plot: RawPlot,
    facts: DeckFacts,
    vectors: Mapping[str, str],
    stop_s: float | None,
    max_abs: float,
    outcome: Outcome,
    raw_path: Path,
) -> Record:
    """The traces asked for, after every check of the values."""
    missing = judge.find_missing_vectors(plot, facts, vectors)
    problem = f"these vectors do not exist: {', '.join(missing)}" if missing else None
    axis = plot.scale
    problem = problem or judge.find_axis_problem(axis, facts.analysis, stop_s)
    traces: dict[str, Any] = {}
    if not problem:
        traces = {name: judge.get_vector(plot, vector) for name, vector in vectors.items()}
        problem = judge.find_value_problem(traces, max_abs)
    if problem:
        tail = judge.get_tail(outcome.log)
        raise SimulatorError(problem, folder=raw_path.parent, log_tail=tail)
    details = {
        "wall_s": outcome.wall_s,
        "points": len(axis),
        "exit_code": outcome.exit_code,
        "warnings": judge.find_warnings(outcome.log),
    }
    return Record(axis, traces, details)
