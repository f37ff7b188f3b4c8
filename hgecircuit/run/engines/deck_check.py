"""The check that every deck passes before ngspice sees it, ours and users' alike.

Rule: a deck is one self-contained circuit with one analysis. It may hold elements, subcircuits,
parameters, models, initial values, solver options and the vectors to save, and nothing else. All
that is allowed is listed by name; what is not listed is refused. So a deck can neither run commands
(``.control``, ``*#``, ``*ng_script``; see ``deck_text``) nor read or write other files
(``.include``, ``.lib``, XSPICE ``A`` elements and models, quoted names). There is no switch that
turns the check off. What ngspice silently takes for something else is an error too:

* a number with the suffix ``M`` (milli), a bare ``F`` (femto) or ``A`` (atto in newer versions);
* ``^``, ``**`` and ``pow`` (absolute value of a negative base), ``limit`` (0 in a B source);
* a resistor of 0 ohm (replaced by 1e-3 or 1e-12 ohm, depending on the version);
* a missing title line, statements behind ``.end``, several analyses;
* unknown options, ``interp`` and ``autostop``; unknown parameters of a subcircuit;
* parameters, subcircuits, models or elements defined twice;
* a capacitor or inductor with ``ic=`` in a transient analysis without ``uic`` (ignored);
* ``.meas`` (does nothing when a raw file is written);
* random functions, whose numbers differ from run to run (use a PWL source made from a seed).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hgecircuit.errors import InputError
from hgecircuit.run.engines.deck_elements import check_element, check_model
from hgecircuit.run.engines.deck_scope import Definitions
from hgecircuit.run.engines.deck_text import Statement, check_numbers, parse_number, read_statements

_ANALYSES = (".tran", ".ac", ".dc", ".op")
_OPTION_NUMBERS = {
    "abstol", "chgtol", "convabsstep", "convstep", "cshunt", "gmin", "gminfactor", "gminsteps",
    "itl1", "itl2", "itl4", "itl6", "maxord", "minbreak", "pivrel", "pivtol", "ramptime", "reltol",
    "rshunt", "srcsteps", "temp", "tnom", "trtol", "vntol", "xmu",
}  # fmt: skip
_OPTION_FLAGS = {"noacct", "noinit", "nomod", "noopac", "noopiter", "nopage"}
_METHODS = {"trap", "trapezoidal", "gear"}
_REFUSED = {
    ".control": "it runs commands",
    ".csparam": "it runs commands",
    ".include": "a deck must not read other files",
    ".inc": "a deck must not read other files",
    ".lib": "a deck must not read other files",
    ".meas": "it does nothing when a raw file is written; measure on the record instead",
    ".measure": "it does nothing when a raw file is written; measure on the record instead",
}
_UNSAFE = re.compile(r"\^|\*\*|\bpow\s*\(|\blimit\s*\(", re.IGNORECASE)
_RANDOM = re.compile(r"\b(?:trnoise|trrandom|a?gauss|a?unif)\b", re.IGNORECASE)
_NODE_VALUE = re.compile(r"\bv\([^()]*\)=", re.IGNORECASE)
_VECTOR = re.compile(
    r"(?P<kind>[vi])\((?P<inner>[\w.:+\-@#\[\]]+)\)|(?P<internal>@[\w.:]+\[\w+\])"
    r"|(?P<bare>[\w.:+\-]+)(?P<branch>#branch)?"
)


@dataclass(frozen=True)
class DeckFacts:
    """What the runner must know about a deck.

    Attributes:
        analysis: ``.tran``, ``.ac``, ``.dc`` or ``.op``.
        stop_s: End of the transient analysis in s; None for another one, or if a parameter sets it.
        options: Solver options by name.
        saved: Vectors of the ``.save`` lines, normalised; None when everything is saved.
    """

    analysis: str
    stop_s: float | None
    options: Mapping[str, str]
    saved: frozenset[str] | None


def check_deck(deck: str, file: str = "deck.cir") -> DeckFacts:
    """Check a deck against the rule above.

    Args:
        deck: The whole deck.
        file: Name that errors give.

    Raises:
        InputError: With the line, its text and what is accepted.
    """
    reader = _Reader()
    for statement in read_statements(deck, file):
        reader.read(statement)
    if reader.analysis is None:
        raise InputError("the deck asks for no analysis", file=file, expected=", ".join(_ANALYSES))
    return reader.finish(reader.analysis)


def normalise_vector(name: str) -> str | None:
    """The name under which ``.save`` and the raw file agree, such as ``v(a)``; None for no name."""
    match = _VECTOR.fullmatch(name.lower())
    if not match:
        return None
    inner = match["inner"] or match["internal"] or match["bare"]
    if inner.startswith("@"):
        return inner
    kind = "i" if match["branch"] else match["kind"] or "v"
    return f"{kind}({inner})"


@dataclass
class _Reader:
    known: Definitions = field(default_factory=Definitions)
    analysis: Statement | None = None
    options: dict[str, str] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)
    saves_all: bool = False

    def read(self, statement: Statement) -> None:
        if _UNSAFE.search(statement.text):
            raise statement.error(
                "ngspice takes the absolute value of a negative base, and limit() can give 0",
                "products, min() and max()",
            )
        if _RANDOM.search(statement.text):
            raise statement.error(
                "ngspice draws other random numbers in every run", "a PWL source made from a seed"
            )
        if not statement.keyword.startswith("."):
            check_element(statement, self.known)
            return
        command = _COMMANDS.get(statement.keyword)
        if command is None:
            reason = _REFUSED.get(statement.keyword, "it is not on the list of what is allowed")
            raise statement.error(f"{statement.keyword}: {reason}", ", ".join(sorted(_COMMANDS)))
        if len(self.known.scopes) > 1 and statement.keyword not in _INSIDE_SUBCIRCUITS:
            raise statement.error("this belongs to the top level, not into a subcircuit")
        command(self, statement)

    def finish(self, analysis: Statement) -> DeckFacts:
        if len(self.known.scopes) > 1:
            raise analysis.error(f"subcircuit {self.known.scope.name} is not closed", ".ends")
        self.known.check_uses()
        transient = analysis.keyword == ".tran"
        with_uic = analysis.words[-1].lower() == "uic"
        if transient and self.known.initial and not with_uic:
            raise self.known.initial.error("ngspice ignores ic= here", "`uic` behind .tran")
        return DeckFacts(
            analysis=analysis.keyword,
            stop_s=parse_number(analysis.words[2]) if transient else None,
            options=self.options,
            saved=frozenset(self.saved) if self.saved and not self.saves_all else None,
        )

    def set_analysis(self, statement: Statement) -> None:
        if self.analysis:
            raise statement.error("a second analysis; a raw file is read for one", "one")
        self.analysis = statement
        least = {".tran": 3, ".ac": 5, ".dc": 5, ".op": 1}[statement.keyword]
        if len(statement.words) < least:
            raise statement.error("numbers are missing", f"{least - 1} of them")
        check_numbers(" ".join(statement.words[1:]), statement)

    def add_options(self, statement: Statement) -> None:
        for word in statement.words[1:]:
            name, _, value = word.lower().partition("=")
            number = name in _OPTION_NUMBERS and parse_number(value) is not None
            method = name == "method" and value in _METHODS
            if not (number or method or (name in _OPTION_FLAGS and not value)):
                raise statement.error(
                    f"option {word}: unknown (ngspice ignores such), without a number, or unsafe",
                    ", ".join(sorted({*_OPTION_NUMBERS, *_OPTION_FLAGS, "method"})),
                )
            if name in self.options:
                raise statement.error(f"option {name} is set twice", "it once")
            self.options[name] = value
            check_numbers(word, statement)

    def save(self, statement: Statement) -> None:
        for word in statement.words[1:]:
            vector = normalise_vector(word)
            if vector is None:
                raise statement.error(f"{word} can't be saved", "v(node), i(vsource) or all")
            self.saves_all |= word.lower() == "all"
            self.saved.add(vector)

    def print_vectors(self, statement: Statement) -> None:
        words = statement.words[1:]
        if not words or f".{words[0].lower()}" not in _ANALYSES:
            raise statement.error("no analysis to print", ".print tran v(node)")
        if any(normalise_vector(word) is None for word in words[1:]):
            raise statement.error("only names of vectors can be printed", ".print tran v(node)")

    def define_function(self, statement: Statement) -> None:
        head, _, body = statement.text.partition(")")
        self.known.define("function", head.partition("(")[0].partition(" ")[2], statement)
        check_numbers(body, statement)

    def set_nodes(self, statement: Statement) -> None:
        check_numbers(_NODE_VALUE.sub(" ", statement.text), statement)


def _define_parameters(reader: _Reader, statement: Statement) -> None:
    reader.known.define_parameters(statement.text.partition(" ")[2], statement)


def _accept(reader: _Reader, statement: Statement) -> None:
    check_numbers(statement.text, statement)


_COMMANDS: dict[str, Callable[[_Reader, Statement], None]] = {
    **dict.fromkeys(_ANALYSES, _Reader.set_analysis),
    **dict.fromkeys((".option", ".options"), _Reader.add_options),
    **dict.fromkeys((".print", ".plot"), _Reader.print_vectors),
    **dict.fromkeys((".ic", ".nodeset"), _Reader.set_nodes),
    ".save": _Reader.save,
    ".func": _Reader.define_function,
    ".param": _define_parameters,
    ".model": lambda reader, statement: check_model(statement, reader.known),
    ".subckt": lambda reader, statement: reader.known.open_subcircuit(statement),
    ".ends": lambda reader, statement: reader.known.close_subcircuit(statement),
    ".temp": _accept,
    ".global": lambda reader, statement: None,
}
_INSIDE_SUBCIRCUITS = {".subckt", ".ends", ".param", ".model", ".func"}
