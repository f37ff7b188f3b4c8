"""Bills of materials as CSV, XLSX and HTML; the same bill gives the same bytes."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Mapping
from datetime import datetime

import xlsxwriter

from hgecircuit.emit.bom.lines import Bom, BomLine
from hgecircuit.units import format_quantity

_Cell = str | int | float | None

#: Columns of every format: heading, and width in a spreadsheet in characters.
COLUMNS: Mapping[str, int] = {
    "item": 6,
    "designators": 30,
    "kind": 18,
    "value": 16,
    "part number": 16,
    "tolerance": 10,
    "series": 8,
    "package": 18,
    "quantity": 9,
    "to buy": 8,
    "supply": 10,
    "note": 30,
    "footprint": 40,
    "places": 60,
    "source": 40,
}
# A spreadsheet takes a cell that starts with one of these for a formula and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# The date inside an XLSX file; any fixed one gives the same bytes for the same bill.
_DATE = datetime(2000, 1, 1)
_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ccc; padding: 3px 8px; text-align: left; vertical-align: top; }
td.number { text-align: right; white-space: nowrap; }
td.long { font-size: 11px; color: #555; max-width: 40em; overflow-wrap: anywhere; }
tfoot td { font-weight: bold; }
""".strip()
_NUMBERS = ("item", "tolerance", "quantity", "to buy", "supply")
_LONG = ("designators", "footprint", "places", "source")


def bom_csv(bom: Bom) -> bytes:
    """CSV as RFC 4180 has it, in UTF-8: lines, totals by kind, what is only modelled."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _rows(bom):
        cells = (_row_text(heading, row.get(heading)) for heading in COLUMNS)
        writer.writerow([_unformulated(cell) for cell in cells])
    return out.getvalue().encode("utf-8")


def bom_xlsx(bom: Bom) -> bytes:
    """A workbook with one sheet; numbers are numbers, supply power is in W."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": bom.title, "created": _DATE})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        percent = book.add_format({"num_format": "0.###%"})
        sheet = book.add_worksheet("bill of materials")
        sheet.freeze_panes(2, 0)
        sheet.write_string(0, 0, bom.title, bold)
        for column, (heading, width) in enumerate(COLUMNS.items()):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, heading + (" in W" if heading == "supply" else ""), bold)
        for line, row in enumerate(_rows(bom, titled=False), start=2):
            for column, heading in enumerate(COLUMNS):
                cell = row.get(heading)
                if isinstance(cell, str):
                    sheet.write_string(line, column, cell, wrapped)
                elif cell is not None:
                    sheet.write_number(
                        line, column, cell, percent if heading == "tolerance" else None
                    )
    return out.getvalue()


def bom_html(bom: Bom) -> bytes:
    """One page that needs nothing else."""
    title = html.escape(bom.title)
    rows = [(row, _html_row(row)) for row in _rows(bom, titled=False)]
    body = "\n".join(text for row, text in rows if isinstance(row.get("item"), int))
    foot = "\n".join(text for row, text in rows if row.get("item") == "total")
    modelled = "\n".join(f"<li>{html.escape(text)}</li>" for text in bom.modelled)
    head = "".join(f"<th>{html.escape(heading)}</th>" for heading in COLUMNS)
    listed = f"<h2>Only modelled, to be built otherwise</h2>\n<ul>\n{modelled}\n</ul>\n"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}: bill of materials</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n<h1>{title}</h1>\n<table>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n<tfoot>\n{foot}\n</tfoot>\n</table>\n"
        f"{listed if bom.modelled else ''}</body>\n</html>\n"
    ).encode()


#: Writer by the file name's ending.
FORMATS: Mapping[str, Callable[[Bom], bytes]] = {
    ".csv": bom_csv,
    ".xlsx": bom_xlsx,
    ".html": bom_html,
}


def bom_file(bom: Bom, suffix: str) -> bytes:
    """The bill in the format of a file name's ending, one of :data:`FORMATS`."""
    return FORMATS[suffix](bom)


def _rows(bom: Bom, *, titled: bool = True) -> list[dict[str, _Cell]]:
    """Rows of every format: cells by heading."""
    rows = [_line_row(n, line) for n, line in enumerate(bom.lines, start=1)]
    for total in bom.totals:
        note = ""
        if total.supply_w is not None and bom.unknown_power:
            note = f"supply unknown for {', '.join(bom.unknown_power)}"
        rows.append(
            {
                "item": "total",
                "kind": total.kind,
                "quantity": total.quantity,
                "to buy": total.packages,
                "supply": total.supply_w,
                "note": note,
            }
        )
    for text in bom.modelled:
        rows.append({"item": "only modelled", "places": text})
    if titled:
        rows.append({"item": "circuit", "value": bom.title})
    return rows


def _line_row(number: int, line: BomLine) -> dict[str, _Cell]:
    return {
        "item": number,
        "designators": " ".join(line.designators),
        "kind": line.kind,
        "value": line.value,
        "part number": line.part_number,
        "tolerance": line.tolerance,
        "series": line.series,
        "package": line.package.name,
        "quantity": line.quantity,
        "to buy": line.packages,
        "supply": line.supply_w,
        "note": line.package.note,
        "footprint": line.package.footprint,
        "places": " ".join(line.places),
        "source": line.source,
    }


def _row_text(heading: str, cell: _Cell) -> str:
    if cell is None:
        return ""
    if heading == "tolerance" and not isinstance(cell, str):
        return f"{100 * cell:.4g} %"
    if heading == "supply" and not isinstance(cell, str):
        return format_quantity(float(cell), "W")
    return str(cell)


def _unformulated(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text


def _html_row(row: Mapping[str, _Cell]) -> str:
    cells = []
    for heading in COLUMNS:
        style = "number" if heading in _NUMBERS else "long" if heading in _LONG else ""
        mark = f' class="{style}"' if style else ""
        cells.append(f"<td{mark}>{html.escape(_row_text(heading, row.get(heading)))}</td>")
    return f"<tr>{''.join(cells)}</tr>"
