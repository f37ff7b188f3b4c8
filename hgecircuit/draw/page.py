"""A4 pages: frame, title block, headings, tables; nothing that depends on the day or the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hgecircuit.draw.sheet import Point, Sketch, Text
from hgecircuit.draw.text import UNIT_MM, Box, line_height, text_width, wrap_text

PAPER_MM = (297.0, 210.0)
_MARGIN_MM = 10.0
_TITLE = 1.4  # height of the title block
_HEADING = 1.5
_INSET = 0.4
HEADING_PT = 10.0
SMALL_PT = 6.0

FRAME = Box(
    _MARGIN_MM / UNIT_MM,
    _MARGIN_MM / UNIT_MM,
    (PAPER_MM[0] - _MARGIN_MM) / UNIT_MM,
    (PAPER_MM[1] - _MARGIN_MM) / UNIT_MM,
)
#: Where a sheet's own content goes.
AREA = Box(
    FRAME.left + _INSET,
    FRAME.bottom + _TITLE + _INSET,
    FRAME.right - _INSET,
    FRAME.top - _HEADING - _INSET,
)


@dataclass(frozen=True)
class TitleBlock:
    """What the title blocks of a set say.

    Attributes:
        circuit: The circuit's name.
        title: The circuit's title.
        revision: Of the package that drew it.
        netlist: First digits of the netlist's SHA-256.
    """

    circuit: str
    title: str
    revision: str
    netlist: str


@dataclass
class Page:
    """One page.

    Attributes:
        name: Names its file, such as ``weight``.
        title: Heading.
        about: One sentence below the heading.
        sketch: The circuit on it, in place; empty on pages without one.
        rules: Lines that are no wires: tables, block diagrams, frames.
        arrows: The same with a head at their end.
        texts: Text that belongs to no symbol.
    """

    name: str
    title: str
    about: str = ""
    sketch: Sketch = field(default_factory=Sketch)
    rules: list[tuple[Point, Point]] = field(default_factory=list)
    arrows: list[tuple[Point, Point]] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def place(self, sketch: Sketch) -> None:
        """Put a sketch that hangs from (0, 0) below the heading."""
        self.sketch.add(sketch, AREA.left, AREA.top)
        self.sketch.dots = sorted(set(self.sketch.dots))

    def rectangle(self, box: Box) -> None:
        """Draw a rectangle."""
        left, bottom, right, top = box
        corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
        self.rules += list(pairwise(corners))


def add_frame(page: Page, block: TitleBlock, number: int, total: int) -> None:
    """Draw frame, heading and title block."""
    page.rectangle(FRAME)
    top = FRAME.top - _INSET
    page.texts.append(Text(page.title, (AREA.left, top), "left", "top", HEADING_PT))
    about = wrap_text(page.about, AREA.width)
    page.texts.append(Text(about, (AREA.left, top - line_height(HEADING_PT) - 0.05), "left", "top"))
    low, high = FRAME.bottom, FRAME.bottom + _TITLE
    page.rules.append(((FRAME.left, high), (FRAME.right, high)))
    fields = (
        ("circuit", f"{block.circuit}: {block.title}", 13.0),
        ("sheet", page.title, 10.4),
        ("revision", block.revision, 3.2),
        ("netlist SHA-256", block.netlist, 4.6),
        ("sheet of", f"{number} of {total}", 3.4),
    )
    x = FRAME.left
    for n, (caption, value, width) in enumerate(fields):
        if n:
            page.rules.append(((x, low), (x, high)))
        page.texts.append(Text(caption, (x + 0.2, high - 0.12), "left", "top", SMALL_PT))
        shown = _shorten(value, width - 0.4)
        page.texts.append(Text(shown, (x + 0.2, low + 0.2), "left", "bottom", 8.0))
        x = round(x + width, 2)


def _shorten(text: str, width: float, size_pt: float = 8.0) -> str:
    if text_width(text, size_pt) <= width:
        return text
    while text and text_width(text + "...", size_pt) > width:
        text = text[:-1]
    return text.rstrip() + "..."


@dataclass(frozen=True)
class Table:
    """Rows of text.

    Attributes:
        heading: Names of the columns.
        rows: One text per column each.
        widths: Of the columns, in units; as wide as their text when None.
    """

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] | None = None

    def column_widths(self) -> tuple[float, ...]:
        """Widths of the columns, in units."""
        if self.widths is not None:
            return self.widths
        columns = zip(self.heading, *self.rows, strict=True)
        return tuple(max(text_width(cell) for cell in column) + 0.5 for column in columns)

    @property
    def height(self) -> float:
        """Height with its heading, in units."""
        return ROW * (len(self.rows) + 1)


ROW = 0.44


def draw_table(page: Page, table: Table, corner: Point) -> None:
    """Draw a table with its upper left corner at a point."""
    widths = table.column_widths()
    left, top = corner
    right, bottom = left + sum(widths), top - table.height
    page.rectangle(Box(left, bottom, right, top))
    page.rules.append(((left, top - ROW), (right, top - ROW)))
    x = left
    for column, width in enumerate(widths):
        if column:
            page.rules.append(((x, top), (x, bottom)))
        for n, row in enumerate((table.heading, *table.rows)):
            y = top - (n + 0.5) * ROW
            page.texts.append(Text(row[column], (x + 0.2, y), "left"))
        x += width


def split_columns(
    first: str, names: Sequence[str], cells: Sequence[Sequence[str]], labels: Sequence[str]
) -> list[Table]:
    """A table of members by values, broken into tables that fit on a page.

    Args:
        first: Heading of the members' column.
        names: Heading of every value's column.
        cells: Values by member.
        labels: Names of the members.
    """
    tables: list[Table] = []
    label_width = max(text_width(one) for one in (first, *labels)) + 0.5
    start = 0
    while start < len(names):
        stop, width = start, label_width
        while stop < len(names):
            column = (names[stop], *(row[stop] for row in cells))
            width += max(text_width(cell) for cell in column) + 0.5
            if width > AREA.width and stop > start:
                break
            stop += 1
        rows = tuple((label, *row[start:stop]) for label, row in zip(labels, cells, strict=True))
        tables.append(Table((first, *names[start:stop]), rows))
        start = stop
    return tables
