"""The whole set of one learner: block diagram, index, the learner's circuit, its blocks, models."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hgecircuit import __version__
from hgecircuit.draw.block import Block, full_name
from hgecircuit.draw.clearance import overlaps
from hgecircuit.draw.device import draw_device
from hgecircuit.draw.diagram import draw_diagram, shorten_names
from hgecircuit.draw.extract import compare, extract
from hgecircuit.draw.family import Family, find_families, member_names
from hgecircuit.draw.index import draw_index
from hgecircuit.draw.layout import lay_out
from hgecircuit.draw.page import AREA, Page, TitleBlock, add_frame
from hgecircuit.draw.sheet import Sketch, wire_box
from hgecircuit.draw.tables import add_tables, read_tables
from hgecircuit.draw.text import Box
from hgecircuit.netlist import Circuit, Subcircuit

if TYPE_CHECKING:
    from hgecircuit.design.design import Design

_LEARNER = "learner"
_DEVICE = "device"
_DEVICE_REASON = "a model of the device for the simulator; its structure is drawn"


@dataclass(frozen=True)
class Drawn:
    """A block with its sheets.

    Attributes:
        name: The block's name, or the common name of several.
        pages: Where it is drawn.
        sketches: The same without frames, before they were placed.
        family: The subcircuits that it stands for; None for the learner itself.
    """

    name: str
    pages: tuple[Page, ...]
    sketches: tuple[Sketch, ...]
    family: Family | None


@dataclass(frozen=True)
class DrawingSet:
    """Every sheet of a learner.

    Attributes:
        pages: In their order, framed and numbered.
        drawn: The blocks that are drawn as circuits.
        left_out: Subcircuits that are not, and why.
        circuit: The netlist that was drawn.
        names: The common name of every subcircuit.
    """

    pages: tuple[Page, ...]
    drawn: tuple[Drawn, ...]
    left_out: dict[str, str]
    circuit: Circuit
    names: dict[str, str]

    def check(self) -> list[str]:
        """Where the sheets say otherwise than the netlist; empty when they say the same.

        Every drawn block is read back from its sheets and compared, every member of a family with
        its own row of the table.
        """
        problems: list[str] = []
        seen: set[str] = set()
        for one in self.drawn:
            read = extract([page.sketch for page in one.pages])
            if one.family is None:
                whole = compare(Block.whole(self.circuit), read, {}, self.names)
                problems += [f"{one.name}: {text}" for text in whole]
                continue
            tables = read_tables(one.pages)
            for member in one.family.members:
                seen.add(member.name)
                table = tables.get(member.name, {})
                found = compare(Block.of(member), read, table, self.names)
                problems += [f"{member.name}: {text}" for text in found]
        problems += [
            f"{part.name} is neither drawn nor left out"
            for part in self.circuit.subcircuits()
            if part.name not in seen and part.name not in self.left_out
        ]
        return problems

    def find(self, name: str) -> list[Page]:
        """The pages of a sheet, by the sheet's name or that of a block on it; none when unknown."""
        wanted = self.names.get(name, name)
        for one in self.drawn:
            if wanted in (one.name, _slug(one.name)):
                return list(one.pages)
        if name in self.left_out:
            wanted = "device"
        return [page for page in self.pages if page.name == wanted]

    def overlaps(self) -> list[str]:
        """What stands on something else, or out of its frame, on any page."""
        found: list[str] = []
        for page in self.pages:
            whole = Sketch()
            whole.add(page.sketch)
            whole.notes += page.texts
            found += [f"{page.name}: {text}" for text in overlaps(whole)]
            found += [f"{page.name}: {text}" for text in _outside(page)]
            lines = [wire_box(line) for line in [*page.rules, *page.arrows]]
            for text in whole.texts:
                if any(line.overlaps(text.box.grown(-0.02)) for line in lines):
                    found.append(f"{page.name}: text {text.text!r} on a line")
        return found


def draw_learner(circuit: Circuit, netlist: str, design: Design, *, name: str) -> DrawingSet:
    """Draw every sheet.

    Args:
        circuit: The netlist as objects.
        netlist: The same as text; its hash stands in the title blocks.
        design: The sized learner, for the block diagram's figures.
        name: The circuit's name.
    """
    families, names = find_families(circuit)
    device = _device_parts(circuit)
    users = _users(circuit)
    drawable = [family for family in families if family.members[0].name not in device]
    # Sheets refer to each other, so they are laid out twice; all numbers are of one width.
    sheets = {part.name: "00" for part in circuit.subcircuits() if part.chip is None}

    def draw_all() -> tuple[list[Drawn], list[Page]]:
        drawn = [_draw_block(_LEARNER, Block.whole(circuit, sheets), None, users)]
        drawn += [_draw_block(one.name, one.block(names, sheets), one, users) for one in drawable]
        models = [one for one in drawn if one.family is not None and one.family.model]
        circuits = [page for one in drawn if one not in models for page in one.pages]
        appendix = [draw_device(design.device, circuit)] if device else []
        appendix += [page for one in models for page in one.pages]
        return drawn, [diagram, *draw_index([*circuits, *appendix]), *circuits, *appendix]

    diagram = draw_diagram(circuit, design)
    drawn, pages = draw_all()
    sheets = _sheet_numbers(pages, drawn, device, sheets)
    drawn, pages = draw_all()
    block = TitleBlock(
        name,
        circuit.title,
        f"hgecircuit {__version__}",
        hashlib.sha256(netlist.encode()).hexdigest()[:12],
    )
    for n, page in enumerate(pages, 1):
        add_frame(page, block, n, len(pages))
    left_out = dict.fromkeys(sorted(device), _DEVICE_REASON)
    return DrawingSet(tuple(pages), tuple(drawn), left_out, circuit, names)


def _sheet_numbers(
    pages: list[Page], drawn: list[Drawn], device: set[str], sheets: dict[str, str]
) -> dict[str, str]:
    """The number of the first sheet of every subcircuit in ``sheets``."""
    numbers = {id(page): f"{n:02}" for n, page in enumerate(pages, 1)}
    found = {
        member.name: numbers[id(one.pages[0])]
        for one in drawn
        if one.family is not None
        for member in one.family.members
    }
    model = next((numbers[id(page)] for page in pages if page.name == _DEVICE), "")
    found.update(dict.fromkeys(device, model))
    return {part: found[part] for part in sheets}


def _device_parts(circuit: Circuit) -> set[str]:
    """Names of the device's subcircuits."""
    found: set[str] = set()

    def visit(part: Subcircuit) -> None:
        found.add(part.name)
        for element in part.elements:
            if element.part is not None:
                visit(element.part)

    for element in circuit.elements:
        if element.name == _DEVICE and element.part is not None:
            visit(element.part)
    return found


def _users(circuit: Circuit) -> dict[str, list[str]]:
    """Where every subcircuit is used: ``Xname in user``."""
    users: dict[str, list[str]] = {}
    holders = [(_LEARNER, circuit.elements)]
    holders += [(part.name, part.elements) for part in circuit.subcircuits()]
    for holder, elements in holders:
        for element in elements:
            if element.part is not None:
                users.setdefault(element.part.name, []).append(f"{full_name(element)} in {holder}")
    return users


def _about(family: Family, users: dict[str, list[str]]) -> str:
    first = family.members[0]
    places: dict[str, list[str]] = {}
    for member in family.members:
        for place in users.get(member.name, []):
            name, _, holder = place.partition(" in ")
            places.setdefault(holder, []).append(name)
    shown = [f"{shorten_names(names)} in {holder}" for holder, names in places.items()]
    used = ", ".join(shown[:3]) + (f" and {len(shown) - 3} blocks more" if len(shown) > 3 else "")
    if family.model:
        purpose = "A model for the simulator, not a circuit to build. " + first.purpose
        return f"{purpose} Used as {used}."
    alike = all(member.purpose == first.purpose for member in family.members)
    others = "" if alike else f" (That is {first.name}.)"
    members = ", ".join(member_names(family))
    blocks = f" Blocks {members}." if len(family.members) > 1 else ""
    return f"{first.purpose}{others}{blocks} Used as {used}."


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name.replace("*", "")).strip("-").lower()


def _draw_block(
    name: str, block: Block, family: Family | None, users: dict[str, list[str]]
) -> Drawn:
    sketches = lay_out(block, AREA.width, AREA.height)
    about = block.purpose if family is None else _about(family, users)
    if family is None:
        about = "The whole netlist's top level; every box is a sheet of its own."
    title = "learner" if family is None else name
    pages: list[Page] = []
    for sketch in sketches:
        page = Page(_slug(name), title, about)
        page.place(sketch)
        pages.append(page)
    if family is not None and family.differing:
        add_tables(pages, sketches[-1], family)
    if len(pages) > 1:
        for n, page in enumerate(pages, 1):
            page.name = f"{_slug(name)}-{n}"
            page.title = f"{title} ({n} of {len(pages)})"
    return Drawn(name, tuple(pages), tuple(sketches), family)


def _outside(page: Page) -> list[str]:
    """What of the circuit leaves the area between heading and title block."""
    if not page.sketch.symbols:
        return []
    box = page.sketch.bounds
    area: Box = AREA.grown(0.05)
    inside = (
        box.left >= area.left
        and box.right <= area.right
        and box.bottom >= area.bottom
        and box.top <= area.top
    )
    return [] if inside else [f"the circuit leaves the page: {box}"]
