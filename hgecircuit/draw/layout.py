"""From a block to its pages: pieces in the netlist's order, joined where one feeds the next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from hgecircuit.draw.block import (
    Block,
    driven_nodes,
    full_name,
    is_amplifier,
    is_two_terminal,
    other_end,
)
from hgecircuit.draw.boxes import draw_box
from hgecircuit.draw.network import Networks
from hgecircuit.draw.sheet import Label, Point, Sketch
from hgecircuit.draw.stage import Stage, draw_stage
from hgecircuit.draw.text import Box, text_width
from hgecircuit.netlist import GROUND

GAP = 0.7
_FEW = 2  # outputs up to which a box stands in a chain


@dataclass
class _Piece:
    """A stage and its place in the netlist."""

    order: int
    stage: Stage
    after: _Piece | None = None
    before: _Piece | None = None

    @property
    def bounds(self) -> Box:
        return self.stage.sketch.bounds


def lay_out(block: Block, width: float, height: float) -> list[Sketch]:
    """Draw a block.

    Args:
        block: What is drawn.
        width: Room on a page, in units.
        height: The same.

    Returns:
        One sketch per page, its upper left corner at (0, 0).
    """
    pieces = _join(_pieces(block), width)
    sketches = [_chain(piece) for piece in pieces if piece.before is None]
    return _pages(sketches, width, height)


def _pieces(block: Block) -> list[_Piece]:
    networks = Networks(block)
    order = {full_name(element): n for n, element in enumerate(block.elements)}
    stages: list[Stage] = []
    for element in block.elements:
        if is_amplifier(element):
            stages.append(draw_stage(element, networks))
        elif not is_two_terminal(element):
            stages.append(draw_box(element, block))
    for element in block.elements:
        if is_two_terminal(element) and full_name(element) not in networks.placed:
            stages.append(_leftover(networks, element.nodes, block))
    pieces = []
    for stage in stages:
        first = min(order[symbol.name] for symbol in stage.sketch.symbols)
        pieces.append(_Piece(first, stage))
    return sorted(pieces, key=lambda piece: piece.order)


def _leftover(networks: Networks, nodes: tuple[str, ...], block: Block) -> Stage:
    """Draw what belongs to no stage, ending in the node that it makes."""
    root = _root(networks, nodes, block)
    stacked = networks.stack(root)
    if stacked is not None:
        return Stage(stacked)
    tree = networks.tree(root)
    sketch = tree.sketch
    end = (0.35, 0.0)
    sketch.wire((0.0, 0.0), end)
    sketch.name_right(root, end, port=root in block.ports)
    left = tree.left
    return Stage(sketch, left, (root, end))


def _root(networks: Networks, nodes: tuple[str, ...], block: Block) -> str:
    """The node that a network ends in: an output, else one that something reads, else any."""
    seen: list[str] = []
    waiting = [node for node in nodes[:2] if node != GROUND]
    while waiting:
        node = waiting.pop(0)
        if node in seen or node == GROUND:
            continue
        seen.append(node)
        if not networks.ends_in_name(node):
            waiting += [other_end(one, node) for one in networks.free(node)]
    driven = {node for one in block.elements for node in driven_nodes(one)}

    def rank(node: str) -> tuple[bool, bool, bool, int]:
        read = block.touched_by_more(node)
        port = block.ports.index(node) if node in block.ports else -1
        return node not in block.outputs, node in driven, not read, -port

    return min(seen, key=rank)


def _join(pieces: list[_Piece], width: float) -> list[_Piece]:
    """Chain pieces whose output is another's main input, as long as a row holds them."""
    made = Counter(node for piece in pieces for node in _right_nodes(piece.stage))
    for piece in pieces:
        right = piece.stage.right
        if right is None or made[right[0]] > 1 or len(_right_nodes(piece.stage)) > _FEW:
            continue
        for other in pieces:
            left = other.stage.left
            if left is None or left[0] != right[0] or other.before is not None:
                continue
            # feedback ends in a name: the netlist is written in the direction of the signals
            if other.order <= piece.order or _head(piece) is _head(other):
                continue
            total = _width(_head(piece)) + _width(other)
            if total <= width:
                piece.after, other.before = other, piece
                break
    return pieces


def _right_nodes(stage: Stage) -> set[str]:
    """The nodes named to the right of a stage's pins."""
    return {
        label.node
        for label in stage.sketch.labels
        if label.text is not None and label.text.halign == "left"
    }


def _head(piece: _Piece) -> _Piece:
    while piece.before is not None:
        piece = piece.before
    return piece


def _width(piece: _Piece | None) -> float:
    total = 0.0
    while piece is not None:
        total += piece.bounds.width + GAP
        piece = piece.after
    return total


def _chain(piece: _Piece) -> Sketch:
    """A chain of pieces as one sketch, with wires in the place of the names between them."""
    sketch = Sketch()
    sketch.add(piece.stage.sketch)
    end = piece.stage.right
    while piece.after is not None:
        assert end is not None
        node, at = end
        nxt = piece.after.stage
        assert nxt.left is not None
        start = nxt.left[1]
        _drop(sketch, node, at)
        follower = Sketch()
        follower.add(nxt.sketch)
        _drop(follower, node, start)
        gap = max(GAP, text_width(node) + 0.4)
        right, left = sketch.bounds.right, follower.bounds.left
        dx, dy = round(right - left + gap, 2), round(at[1] - start[1], 2)
        sketch.add(follower, dx, dy)
        to = (round(start[0] + dx, 2), at[1])
        sketch.wire(at, to)
        middle = (round(right + gap / 2, 2), at[1])
        sketch.name_above(node, middle, port=_is_port(piece, node))
        piece = piece.after
        right_end = piece.stage.right
        end = right_end and (right_end[0], (right_end[1][0] + dx, right_end[1][1] + dy))
    return sketch


def _is_port(piece: _Piece, node: str) -> bool:
    labels = piece.stage.sketch.labels
    return any(label.port for label in labels if label.node == node)


def _drop(sketch: Sketch, node: str, at: Point) -> None:
    """Take away the name at a point."""

    def stays(label: Label) -> bool:
        near = abs(label.at[0] - at[0]) < 1e-6 and abs(label.at[1] - at[1]) < 1e-6
        return not (near and label.node == node)

    sketch.labels[:] = [label for label in sketch.labels if stays(label)]


@dataclass
class _Row:
    """A row of a page: where it begins, how high it is and how far it is filled."""

    top: float
    height: float
    filled: float


def _pages(sketches: list[Sketch], width: float, height: float) -> list[Sketch]:
    """Rows from left to right and from above, on as many pages as they need.

    A sketch goes to the first row of the page that has room for it.
    """
    pages = [Sketch()]
    rows: list[_Row] = []
    for sketch in sketches:
        box = sketch.bounds
        row = next(
            (
                one
                for one in rows
                if one.filled + box.width <= width and box.height <= one.height + 1e-6
            ),
            None,
        )
        if row is None:
            top = rows[-1].top - rows[-1].height - GAP if rows else 0.0
            if rows and box.height - top > height:
                pages.append(Sketch())
                rows, top = [], 0.0
            row = _Row(top, box.height, 0.0)
            rows.append(row)
        pages[-1].add(sketch, round(row.filled - box.left, 2), round(row.top - box.top, 2))
        row.filled += box.width + GAP
    for page in pages:
        page.join()
    return pages
