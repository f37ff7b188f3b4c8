"""The tables of what differs between blocks that share a sheet: drawn, and read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hgecircuit.draw.family import Family
from hgecircuit.draw.page import AREA, ROW, Page, Table, draw_table, split_columns
from hgecircuit.draw.sheet import Sketch, Text

_GAP = 0.7


def add_tables(pages: list[Page], last: Sketch, family: Family) -> None:
    """Add what differs between a family's members, below the drawing or on pages of its own."""
    cells = []
    for member in family.members:
        table = family.table(member)
        cells.append([table[name] for name in family.differing])
    labels = [member.name for member in family.members]
    y = AREA.top + last.bounds.bottom - _GAP
    for table in split_columns("block", family.differing, cells, labels):
        for part in _cut_rows(table):
            if y - part.height < AREA.bottom:
                first = pages[0]
                pages.append(Page(first.name, first.title, first.about))
                y = AREA.top
            draw_table(pages[-1], part, (AREA.left, y))
            y -= part.height + _GAP


def _cut_rows(table: Table) -> Iterator[Table]:
    most = int(AREA.height / ROW) - 1
    for start in range(0, len(table.rows), most):
        yield Table(table.heading, table.rows[start : start + most], table.widths)


def read_tables(pages: Sequence[Page]) -> dict[str, dict[str, str]]:
    """What the tables on a block's pages say, by member and reference designator.

    Read from the texts by where they stand: a row's first text is the member, a column's first one
    the element.
    """
    tables: dict[str, dict[str, str]] = {}
    for page in pages:
        rows: dict[float, list[Text]] = {}
        for text in page.texts:
            rows.setdefault(round(text.at[1], 3), []).append(text)
        heading: dict[float, str] = {}
        for y in sorted(rows, reverse=True):
            row = sorted(rows[y], key=lambda text: text.at[0])
            if row[0].text == "block":
                heading = {round(text.at[0], 3): text.text for text in row[1:]}
            elif heading:
                for text in row[1:]:
                    column = heading.get(round(text.at[0], 3))
                    if column is not None:
                        tables.setdefault(row[0].text, {})[column] = text.text
    return tables
