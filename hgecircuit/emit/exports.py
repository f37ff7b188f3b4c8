"""What each tool is given: the one table of exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hgecircuit.circuit.deck import Deck
from hgecircuit.emit.deck import write_deck
from hgecircuit.emit.ltspice import write_ltspice


class Export(NamedTuple):
    """A file for another tool.

    Attributes:
        text: Its content.
        summary: What it holds, in a few words.
        notes: What the designer should know, a line each.
    """

    text: str
    summary: str
    notes: tuple[str, ...] = ()


class Sources(NamedTuple):
    """What an export may ask for; both are built when asked.

    Attributes:
        deck: The learner as it is simulated.
        nominal: The learner of nominal parts: what is bought.
    """

    deck: Callable[[], Deck]
    nominal: Callable[[], Deck]


def _ngspice(sources: Sources) -> Export:
    deck = sources.deck()
    text = write_deck(deck)
    return Export(text, _counted(text), ("run it with `ngspice -b`",))


def _ltspice(sources: Sources) -> Export:
    text = write_ltspice(sources.deck())
    return Export(text, _counted(text), ("open it in LTspice and run it: it holds its analysis",))


def _counted(text: str) -> str:
    return f"{text.count(chr(10))} lines"


EXPORTS: Mapping[str, Callable[[Sources], Export]] = {
    "ltspice": _ltspice,
    "ngspice": _ngspice,
}
