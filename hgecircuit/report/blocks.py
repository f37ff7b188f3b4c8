"""What a report says, before it is Markdown or HTML: paragraphs, tables, lists, pictures.

The sections build these once; the two writers show them. Text is literal everywhere: a writer
escapes it, so that nothing in a circuit file can become markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Strong:
    """Text that stands out."""

    text: str


@dataclass(frozen=True)
class Code:
    """A name from a file, a hash, a pattern."""

    text: str


#: A piece of text, or several one after the other.
Text = str | Strong | Code | tuple[str | Strong | Code, ...]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph."""

    text: Text


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: What it holds, for those who come to it without what stands around it.
        headings: One per column.
        rows: Cells, as many per row; the first one names its row.
        align: One letter per column, ``l`` or ``r``.
    """

    caption: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[Text]]
    align: str


@dataclass(frozen=True)
class Commands:
    """Lines to be typed."""

    text: str


@dataclass(frozen=True)
class Picture:
    """The place of a plot, left empty when the run does not have it.

    Attributes:
        name: Of a row of :data:`hgecircuit.report.plots.PLOTS`.
    """

    name: str


Block = Paragraph | Bullets | Table | Commands | Picture


@dataclass(frozen=True)
class Section:
    """Blocks under a heading.

    Attributes:
        name: Fixed word by which a page refers to it.
        heading: What stands above it.
        blocks: Its content; without any but pictures the section is not shown.
    """

    name: str
    heading: str
    blocks: tuple[Block, ...]
