"""The index of a set: the list of its sheets, and what the signs on them mean."""

from __future__ import annotations

from hgecircuit.draw.page import AREA, ROW, Page, Table, draw_table
from hgecircuit.draw.sheet import Text
from hgecircuit.draw.text import text_height, text_width, wrap_text

_GAP = 0.7
_LEGEND = """\
Open circle: a port of the block. Names without a circle: nodes inside it; equal names on the \
sheets of one block are one node. Dot: wires are joined; wires that cross without one are not.
Dashed box: an equation of the simulator and no part; v is the voltage from + to -, i flows from + \
through the box to -. [ ]: a chip's kind, the sheet of a block, or what has to be built in an \
element's place.
Supply pins and decoupling of amplifiers, comparators, switches and multipliers are not in the \
netlist and not drawn. A logic chip with a supply pin alone is there for its supply current; its \
logic is in the sources.
"""


def draw_index(rows: list[Page]) -> list[Page]:
    """The list of sheets, and what the signs on them mean."""
    heading = ("sheet", "title", "what it shows")
    widths = (1.6, 9.0, AREA.width - 10.6)
    room = AREA.height - text_height(_legend()) - _GAP
    most = int(room / ROW) - 1
    count = -(-len(rows) // most)
    pages = []
    for n in range(count):
        page = Page("index" if count == 1 else f"index-{n + 1}", "Index of sheets")
        part = []
        for k, row in enumerate(rows[n * most : (n + 1) * most]):
            number = f"{2 + count + n * most + k:02}"
            part.append((number, row.title, _one_line(row.about, widths[2] - 0.4)))
        draw_table(page, Table(heading, tuple(part), widths), (AREA.left, AREA.top))
        page.texts.append(Text(_legend(), (AREA.left, AREA.bottom), "left", "bottom"))
        pages.append(page)
    return pages


def _legend() -> str:
    return wrap_text(_LEGEND.strip(), AREA.width)


def _one_line(text: str, width: float) -> str:
    if text_width(text) <= width:
        return text
    words = text.split(" ")
    while words and text_width(" ".join(words) + " ...") > width:
        words.pop()
    return " ".join(words) + " ..."
