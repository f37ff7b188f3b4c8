"""What each tool is given: the one table of exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hgecircuit.circuit.deck import Deck
from hgecircuit.emit.deck import write_deck
from hgecircuit.emit.kicad import make_board, write_schematic
from hgecircuit.emit.ltspice import write_ltspice
from hgecircuit.errors import InputError
from hgecircuit.spec.components import ComponentsSpec


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
    """What an export may ask for; the decks are built when asked.

    Attributes:
        deck: The learner as it is simulated.
        nominal: The learner of nominal parts: what is bought.
        components: What the circuit file says about its parts.
    """

    deck: Callable[[], Deck]
    nominal: Callable[[], Deck]
    components: ComponentsSpec


def _ngspice(sources: Sources) -> Export:
    deck = sources.deck()
    text = write_deck(deck)
    return Export(text, _counted(text), ("run it with `ngspice -b`",))


def _ltspice(sources: Sources) -> Export:
    text = write_ltspice(sources.deck())
    return Export(text, _counted(text), ("open it in LTspice and run it: it holds its analysis",))


def _kicad(sources: Sources) -> Export:
    board = make_board(sources.nominal().circuit, sources.components)
    if not board.components:
        raise InputError(
            "nothing to draw: no block is built of parts",
            key="blocks.fidelity",
            expected='"component" for at least one block',
        )
    summary = f"{len(board.components)} components"
    return Export(write_schematic(board), summary, board.notes)


def _counted(text: str) -> str:
    return f"{text.count(chr(10))} lines"


EXPORTS: Mapping[str, Callable[[Sources], Export]] = {
    "kicad": _kicad,
    "ltspice": _ltspice,
    "ngspice": _ngspice,
}
