"""A board as KiCad schematic (format of KiCad 9): one sheet, symbols with labels at their pins."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hgecircuit.emit.kicad.board import PORT_SYMBOL, Board, Component, Unit, symbol_pinout

_VERSION = 20250114
_LIBRARY = "hgecircuit"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "hgecircuit/kicad")
# KiCad's grid of 50 mil in mm; everything stands on it.
_GRID_MM = 1.27
_PITCH_MM = 2 * _GRID_MM
_CELL_MM = 100 * _GRID_MM
_ROWS_MM = 500 * _GRID_MM
_MARGIN_MM = 30 * _GRID_MM
_FONT = "(effects (font (size 1.27 1.27)))"
_HIDDEN = "(effects (font (size 1.27 1.27)) (hide yes))"
# Bodies of the plain symbols: lines through points in mm, and where the pins end.
_BODIES = {
    "R": ([[(-2.54, 1.02), (2.54, 1.02), (2.54, -1.02), (-2.54, -1.02), (-2.54, 1.02)]], 2.54),
    "C": ([[(-0.76, 2.03), (-0.76, -2.03)], [(0.76, 2.03), (0.76, -2.03)]], 0.76),
    "D": (
        [
            [(1.27, 1.27), (1.27, -1.27), (-1.27, 0.0), (1.27, 1.27)],
            [(-1.27, 1.27), (-1.27, -1.27)],
        ],
        1.27,
    ),
    PORT_SYMBOL: (
        [[(-2.54, 1.02), (0.0, 1.02), (0.0, -1.02), (-2.54, -1.02), (-2.54, 1.02)]],
        2.54,
    ),
}
_RAILS = {"+": "V+", "-": "V-", "0": "GND", "logic": "VL"}
_NAMES = {"R": ("1", "2"), "C": ("1", "2"), "D": ("K", "A"), PORT_SYMBOL: ("1",)}
_PREFIX = {"R": "R", "C": "C", "D": "D", PORT_SYMBOL: "TP"}


class _Pin(NamedTuple):
    number: str
    name: str
    x_mm: float
    y_mm: float


def write_schematic(board: Board) -> str:
    """The schematic as text; the same board gives the same bytes.

    Every symbol is embedded in the file, so it opens without any library; footprints are those of
    KiCad's own. Nets are global labels at the pins. Symbols carry the field ``Place``: their path
    in the netlist.
    """
    root = _uuid(board.title)
    cells = list(_cells(board))
    columns = 1 + max((round(x / _CELL_MM) for _, _, x, _ in cells), default=0)
    width = _MARGIN_MM * 2 + columns * _CELL_MM
    height = _MARGIN_MM * 2 + _ROWS_MM + 20 * _PITCH_MM
    lines = [
        f'(kicad_sch (version {_VERSION}) (generator "hgecircuit") (generator_version "9.0")',
        f' (uuid "{root}")',
        f' (paper "User" {width:.2f} {height:.2f})',
        f" (title_block (title {_quoted(board.title)})",
        " )",
        " (lib_symbols",
        *(_symbol(name) for name in dict.fromkeys(one.symbol for one in board.components)),
        " )",
    ]
    for n, note in enumerate(board.notes):
        y_mm = _MARGIN_MM + _ROWS_MM + (2 + 2 * n) * _PITCH_MM
        lines.append(_text(note, _MARGIN_MM, y_mm, 2 * _GRID_MM))
    block = ""
    for component, unit, cell_x_mm, cell_y_mm in cells:
        x_mm, y_mm = cell_x_mm + _MARGIN_MM + _CELL_MM / 2, cell_y_mm + _MARGIN_MM
        title = component.block or "ports"
        if title != block:
            lines.append(_text(title, cell_x_mm + _MARGIN_MM, y_mm - _PITCH_MM, 2 * _GRID_MM))
            block = title
        lines += _instance(component, unit, x_mm, y_mm, root)
    lines += [' (sheet_instances (path "/" (page "1")))', " (embedded_fonts no)", ")"]
    return "\n".join(lines) + "\n"


def _cells(board: Board) -> Iterator[tuple[Component, Unit, float, float]]:
    """Every unit with its place on the sheet in mm: columns from top to bottom."""
    x_mm = y_mm = 0.0
    for component in board.components:
        for unit in component.units:
            rows = max(1, len(_pins(component.symbol, unit.number)) - 1)
            need_mm = (rows + 4) * _PITCH_MM
            if y_mm + need_mm > _ROWS_MM:
                x_mm, y_mm = x_mm + _CELL_MM, 0.0
            yield component, unit, x_mm, y_mm + _PITCH_MM
            y_mm += need_mm


def _pins(symbol: str, unit: int) -> tuple[_Pin, ...]:
    """Pins of a unit, their ends in the symbol's own axes (y upwards)."""
    pinout = symbol_pinout(symbol)
    if pinout is None:
        names = _NAMES[symbol]
        reach = 4 * _GRID_MM
        sides = (-reach, reach)
        return tuple(_Pin(str(n + 1), name, sides[n], 0.0) for n, name in enumerate(names))
    reach = 8 * _GRID_MM
    if unit > len(pinout.units):
        return tuple(
            _Pin(pin, _RAILS[rail], -reach, -n * _PITCH_MM)
            for n, (pin, rail) in enumerate(pinout.supplies.items())
        )
    named: dict[str, str] = {}
    for port, pin in pinout.units[unit - 1].items():
        named.setdefault(pin, port)
    last = len(named) - 1
    return tuple(
        _Pin(pin, port, reach if n == last else -reach, -(0 if n == last else n) * _PITCH_MM)
        for n, (pin, port) in enumerate(named.items())
    )


def _symbol(name: str) -> str:
    """A library symbol: a box with pins, one drawing per unit."""
    pinout = symbol_pinout(name)
    units = 1 if pinout is None else len(pinout.units) + 1
    drawn = "\n".join(_drawing(name, unit) for unit in range(1, units + 1))
    prefix = _PREFIX.get(name, "U")
    plain = " (pin_numbers (hide yes)) (pin_names (hide yes))" if name in _BODIES else ""
    return (
        f"  (symbol {_quoted(f'{_LIBRARY}:{name}')}{plain} (in_bom yes)"
        f" (on_board yes)\n"
        f'   (property "Reference" "{prefix}" (at 0 2.54 0) {_FONT})\n'
        f'   (property "Value" {_quoted(name)} (at 0 -2.54 0) {_FONT})\n'
        f'   (property "Footprint" "" (at 0 0 0) {_HIDDEN})\n'
        f'   (property "Datasheet" "" (at 0 0 0) {_HIDDEN})\n'
        f"{drawn}\n  )"
    )


def _drawing(name: str, unit: int) -> str:
    pins = _pins(name, unit)
    lines = [f"   (symbol {_quoted(f'{name}_{unit}_1')}"]
    if name in _BODIES:
        outlines, edge = _BODIES[name]
    else:
        edge, low = 6 * _GRID_MM, min(pin.y_mm for pin in pins) - _GRID_MM
        box = [(-edge, _GRID_MM), (edge, _GRID_MM), (edge, low), (-edge, low), (-edge, _GRID_MM)]
        outlines = [box]
    for points in outlines:
        drawn = " ".join(f"(xy {x:.2f} {y:.2f})" for x, y in points)
        lines.append(
            f"    (polyline (pts {drawn}) (stroke (width 0.2) (type default)) (fill (type none)))"
        )
    for pin in pins:
        angle, length = (0 if pin.x_mm < 0 else 180), abs(pin.x_mm) - edge
        lines.append(
            f"    (pin passive line (at {pin.x_mm:.2f} {pin.y_mm:.2f} {angle})"
            f" (length {length:.2f})"
            f" (name {_quoted(pin.name)} {_FONT}) (number {_quoted(pin.number)} {_FONT}))"
        )
    return "\n".join([*lines, "   )"])


def _instance(
    component: Component, unit: Unit, x_mm: float, y_mm: float, root: str
) -> Sequence[str]:
    """One placed unit, and a label at every pin of it that has a net."""
    pins = _pins(component.symbol, unit.number)
    value_mm = y_mm - min(pin.y_mm for pin in pins) + 2 * _PITCH_MM - _GRID_MM
    key = f"{component.reference}/{unit.number}"
    fields: Mapping[str, str] = {
        "Footprint": component.footprint,
        "Datasheet": "",
        "Place": unit.place,
    }
    lines = [
        f" (symbol (lib_id {_quoted(f'{_LIBRARY}:{component.symbol}')})"
        f" (at {x_mm:.2f} {y_mm:.2f} 0) (unit {unit.number}) (in_bom yes) (on_board yes) (dnp no)",
        f'  (uuid "{_uuid(key)}")',
        f'  (property "Reference" {_quoted(component.reference)}'
        f" (at {x_mm:.2f} {y_mm - _PITCH_MM:.2f} 0) {_FONT})",
        f'  (property "Value" {_quoted(component.value)} (at {x_mm:.2f} {value_mm:.2f} 0) {_FONT})',
        *(
            f'  (property "{name}" {_quoted(text)} (at {x_mm:.2f} {y_mm:.2f} 0) {_HIDDEN})'
            for name, text in fields.items()
        ),
        *(f'  (pin "{pin.number}" (uuid "{_uuid(f"{key}/{pin.number}")}"))' for pin in pins),
        f'  (instances (project "" (path "/{root}" (reference {_quoted(component.reference)})'
        f" (unit {unit.number}))))",
        " )",
    ]
    for pin in pins:
        if pin.number not in unit.nets:
            at = f"(at {x_mm + pin.x_mm:.2f} {y_mm - pin.y_mm:.2f})"
            lines.append(f' (no_connect {at} (uuid "{_uuid(f"{key}/{pin.number}/none")}"))')
            continue
        angle, side = (180, "right") if pin.x_mm < 0 else (0, "left")
        lines.append(
            f" (global_label {_quoted(unit.nets[pin.number])} (shape passive)"
            f" (at {x_mm + pin.x_mm:.2f} {y_mm - pin.y_mm:.2f} {angle})"
            f" (effects (font (size 1.27 1.27)) (justify {side}))"
            f' (uuid "{_uuid(f"{key}/{pin.number}/net")}"))'
        )
    return lines


def _text(text: str, x_mm: float, y_mm: float, size_mm: float) -> str:
    return (
        f" (text {_quoted(text)} (at {x_mm:.2f} {y_mm:.2f} 0) (effects (font"
        f" (size {size_mm:.2f} {size_mm:.2f})) (justify left))"
        f' (uuid "{_uuid(f"{text}/{x_mm:.2f}/{y_mm:.2f}")}"))'
    )


def _uuid(key: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, key))


def _quoted(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
