"""KiCad: a schematic of what is bought, and values read back from its netlist."""

from hgecircuit.emit.kicad.board import Board, make_board
from hgecircuit.emit.kicad.read_back import find_board_edits, is_kicad
from hgecircuit.emit.kicad.schematic import write_schematic

__all__ = ["Board", "find_board_edits", "is_kicad", "make_board", "write_schematic"]
