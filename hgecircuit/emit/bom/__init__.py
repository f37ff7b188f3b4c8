"""Bill of materials: what has to be bought for a circuit, for a spreadsheet or a browser."""

from hgecircuit.emit.bom.files import FORMATS, bom_csv, bom_file, bom_html, bom_xlsx
from hgecircuit.emit.bom.lines import Bom, BomLine, Total, make_bom

__all__ = [
    "FORMATS",
    "Bom",
    "BomLine",
    "Total",
    "bom_csv",
    "bom_file",
    "bom_html",
    "bom_xlsx",
    "make_bom",
]
