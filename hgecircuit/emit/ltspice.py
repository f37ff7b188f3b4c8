"""Deck to SPICE text for LTspice.

The elements are the same as for ngspice, which the netlists' restricted grammar makes possible:
exponents in place of suffixes, one expression per B source, no parameters, no `?:`. What differs:
`pwl()` of an expression is `table()`; there is no ``.print``; and waveforms are kept whole, which
LTspice otherwise compresses. Functions are those of LTspice's help on B sources.
"""

from __future__ import annotations

import re

from hgecircuit.circuit.deck import Deck
from hgecircuit.emit.deck import write_analysis

_FUNCTION = re.compile(r"\b([a-z_]\w*)\s*\(")
#: Functions of expressions that mean the same in both simulators.
_ALIKE = frozenset(
    {"v", "i", "abs", "exp", "floor", "ln", "log", "max", "min", "sin", "cos", "sqrt", "tanh", "u"}
)
_RENAMED = {"pwl": "table"}


def write_ltspice(deck: Deck) -> str:
    """The deck as text for LTspice; the same deck gives the same bytes.

    Raises:
        ValueError: An expression uses a function whose meaning in LTspice was not checked.
    """
    circuit = deck.circuit
    circuit.directives[:] = [*write_analysis(deck), ".options plotwinsize=0 numdgt=15"]
    circuit.observe(*deck.traces.values())
    lines, in_source = [], False
    for line in circuit.write().splitlines(keepends=True):
        if not line.startswith("+"):
            in_source = line.startswith("B")
        lines.append(_FUNCTION.sub(_renamed, line) if in_source else line)
    return "".join(lines)


def _renamed(match: re.Match[str]) -> str:
    name = match[1]
    if name not in _ALIKE and name not in _RENAMED:
        raise ValueError(f"{name}() in an expression: not checked for LTspice")
    return match[0].replace(name, _RENAMED.get(name, name), 1)
