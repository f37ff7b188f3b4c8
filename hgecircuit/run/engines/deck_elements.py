"""Which elements a deck may hold, and what is checked on each."""

from __future__ import annotations

import re

from hgecircuit.run.engines.deck_scope import Definitions
from hgecircuit.run.engines.deck_text import Statement, check_numbers

# Nodes before the value. E and G take two more when a gain follows instead of an expression; an X
# element has as many as its subcircuit; K couples inductors by name. Not listed and so refused:
# A (XSPICE: some models read files or start programs) and the kinds nobody needs here.
_NODES = {
    "b": 2, "c": 2, "d": 2, "e": 2, "f": 2, "g": 2, "h": 2, "i": 2, "j": 3, "k": 0, "l": 2, "m": 4,
    "q": 3, "r": 2, "s": 4, "t": 4, "v": 2, "w": 2,
}  # fmt: skip
_WITH_MODEL = set("djmqsw")
_MODEL_KINDS = {
    "r", "c", "l", "d", "sw", "csw", "npn", "pnp", "njf", "pjf", "nmos", "pmos", "vdmos",
}  # fmt: skip
_EXPRESSION = re.compile(r"(?:value|vol|cur|poly|table|laplace)\b", re.IGNORECASE)
_SOURCE_WORDS = {"dc", "ac", "sin", "pulse", "pwl", "exp", "sffm", "am", "r", "td"}
_PARAMETER = re.compile(r"\{[^{}]*\}|'[^']*'")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


def check_element(statement: Statement, known: Definitions) -> None:
    """Check one element and note what it defines and uses."""
    words, kind = statement.words, statement.keyword[0]
    known.define("element", words[0], statement)
    if kind == "x":
        known.add_instance(statement)
        return
    if kind not in _NODES:
        listed = " ".join(sorted({*_NODES, "x"})).upper()
        raise statement.error(f"{kind.upper()} elements are refused", f"one of {listed}")
    nodes = _NODES[kind]
    if kind in "eg" and len(words) > 3 and not _EXPRESSION.match(words[3]):
        nodes = 4
    value = words[1 + nodes :]
    if not value:
        raise statement.error("a node or a value is missing", f"{nodes} nodes and a value")
    # a model may be called 1N4148, which is no number
    checked = [word for word in value if "=" in word] if kind in _WITH_MODEL else value
    check_numbers(" ".join(checked), statement)
    if kind == "r":
        known.resistances.append((statement, value[0].lower().removeprefix("r=")))
    elif kind in "vi":
        _check_source(" ".join(value), statement)
    elif kind in "cl" and any(word.lower().startswith("ic=") for word in value):
        known.initial = statement


def check_model(statement: Statement, known: Definitions) -> None:
    """Check a ``.model``: only built-in kinds, which read no files."""
    words = statement.text.replace("(", " ").split()
    if len(words) < 3 or words[2].lower() not in _MODEL_KINDS:
        raise statement.error("this kind of model is refused", ", ".join(sorted(_MODEL_KINDS)))
    known.define("model", words[1], statement)
    check_numbers(" ".join(words[3:]), statement)


def _check_source(text: str, statement: Statement) -> None:
    for word in _WORD.findall(_PARAMETER.sub(" ", text)):
        if word.lower() not in _SOURCE_WORDS:
            expected = f"numbers, parameters in braces and {', '.join(sorted(_SOURCE_WORDS))}"
            raise statement.error(f"{word} is not allowed in a source", expected)
