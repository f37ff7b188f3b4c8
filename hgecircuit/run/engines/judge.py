"""Whether a run of ngspice can be believed: its log and its result decide, not its exit code alone.

ngspice exits with 0 after a full disk, a floating node, a run that ended early and more, and old
versions exit with 1 after work well done. So every run must pass all of these:

* no line of the log is on the list below;
* the raw file is complete, and holds every vector that the deck saves and the caller asks for;
* a transient analysis reached its end, and time never runs backwards;
* every value asked for is finite and not larger than a bound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from hgecircuit.run.engines.deck_check import DeckFacts, normalise_vector
from hgecircuit.run.engines.rawfile import RawPlot

# First match wins, so a cause stands before its consequences. ngspice writes node names in lower
# case, so a node called `error` can't be mistaken for the word that starts a message.
_FATAL = tuple(
    (re.compile(pattern, re.MULTILINE), problem)
    for pattern, problem in (
        (r"rawfile write error", "ngspice could not write its result (disk full?)"),
        (r"singular matrix", "the circuit has no unique solution (a node without a DC path?)"),
        (r"out of range for", "an expression left its domain"),
        (r"[Tt]imestep too small", "ngspice found no solution even with its smallest time step"),
        (r"Transient op started", "ngspice found no operating point and made one up"),
        (r"redefinition of \.subckt", "a subcircuit is defined twice"),
        (r"on non-existent node", "an initial value names a node that does not exist"),
        (r"\.measure possible", "a .meas line was ignored"),
        (r"[Mm]easure.*failed|^Error: measure", "a .meas line failed"),
        (r"Interpolated raw file", "`.options interp` makes a damaged raw file"),
        (r"Autostop after", "`.options autostop` ended the run early"),
        (r"[Rr]esist\w+ .*too (?:small|low)", "ngspice replaced a resistor of about 0 ohm"),
        (r"unrecognized parameter", "ngspice ignored a parameter that it does not know"),
        (r"Unusual leading characters", "ngspice changed a line of the deck"),
        (r"can't find model|[Uu]ndefined parameter", "the deck names what does not exist"),
        (r"no data saved", "none of the vectors in .save exists"),
        (r"^\s*(?:Error|ERROR|[Ff]atal error)\b", "ngspice reported an error"),
        (r"simulation\(s\) aborted|simulation interrupted|Simulation interrupted",
         "ngspice gave up"),
    )
)  # fmt: skip
_WARNING = re.compile(r"^.*[Ww]arning\b.*$", re.MULTILINE)
_CIRCUIT_TITLE = re.compile(r"^Circuit: .*$", re.MULTILINE)
_NOISE = re.compile(
    r"^(?:\s*$|Note: No compatibility|Circuit: |binary raw file|Doing analysis|Total |DRAM |Maximum"
    r"|Current ngspice|Shared ngspice|Text \(code|Stack =|Library pages|Using |No\. of Data|---|"
    r"Initial Transient|Node  |\S+ +[-+.\de]+$)"
)
_TAIL_LINES = 15


def find_log_problem(log: str) -> str | None:
    """The first fatal finding in a log, with the line that shows it; None if there is none."""
    text = _CIRCUIT_TITLE.sub("", log)
    for pattern, problem in _FATAL:
        match = pattern.search(text)
        if match:
            start = text.rfind("\n", 0, match.end()) + 1
            line = text[start:].partition("\n")[0].strip()
            return f"{problem}: {line}"
    return None


def find_warnings(log: str) -> tuple[str, ...]:
    """Warnings that don't make the result wrong; each once."""
    return tuple(dict.fromkeys(line.strip() for line in _WARNING.findall(log)))


def get_tail(log: str) -> str:
    """The last lines of a log that tell something."""
    return "\n".join([line for line in log.splitlines() if not _NOISE.match(line)][-_TAIL_LINES:])


def find_missing_vectors(plot: RawPlot, facts: DeckFacts, vectors: Mapping[str, str]) -> list[str]:
    """Vectors that the deck saves or the caller asks for and the raw file lacks."""
    present = {normalise_vector(name) for name in plot.names}
    wanted = {*(facts.saved or ()), *map(_normalise, vectors.values())}
    return sorted(wanted - present)


def get_vector(plot: RawPlot, vector: str) -> np.ndarray:
    """A copy of a vector by any of its names."""
    wanted = _normalise(vector)
    return plot[next(name for name in plot.names if normalise_vector(name) == wanted)]


def find_axis_problem(axis: np.ndarray, analysis: str, stop_s: float | None) -> str | None:
    """Why the time axis of a transient analysis can't be believed; None if it can."""
    if analysis != ".tran":
        return None
    if not np.all(np.isfinite(axis)) or np.any(np.diff(axis) < 0):
        return "time does not rise from point to point"
    if stop_s is not None and axis[-1] < stop_s * (1 - 1e-6):
        return f"the run ended at {axis[-1]:.6g} s instead of {stop_s:.6g} s"
    return None


def find_value_problem(traces: Mapping[str, np.ndarray], max_abs: float) -> str | None:
    """Which trace is not finite or out of bounds; None if all are good."""
    for name, values in traces.items():
        finite = np.isfinite(values)
        if not np.all(finite):
            return f"{name} is not a number from point {int(np.argmin(finite))} on"
        largest = float(np.max(np.abs(values), initial=0.0))
        if largest > max_abs:
            return (
                f"{name} runs away: its magnitude reaches {largest:.3g}, the bound is {max_abs:g}"
            )
    return None


def _normalise(vector: str) -> str:
    return normalise_vector(vector) or vector
