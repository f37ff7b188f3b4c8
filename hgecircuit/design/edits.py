"""Values that were changed by hand, taken over into a design's blocks.

Learner, benches and exams are all built of the blocks of one design, so a value that is changed
there reaches every circuit. What the design expects, and every limit, stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from hgecircuit.design.design import Design
from hgecircuit.parts.edited import Change, EditedPart, EditedSequencer

_Design = TypeVar("_Design", bound=Design)

#: Families of instances, one per control or pattern, and the blocks' field that they are built of.
_FAMILIES = {
    "pattern": "level_drivers",
    "adder": "adders",
    "hold": "sample_holds",
    "demod": "demodulators",
    "weight": "weights",
    "acc": "accumulators",
    "lowpass": "lowpasses",
    "product": "products",
}
#: Instances that are built of the field of their own name.
_SINGLE = frozenset(
    {
        "sequencer",
        "oscillators",
        "iv",
        "readout",
        "mixer",
        "step",
        "selector",
        "latch",
        "coupling",
        "listen",
        "lowpass_y",
    }
)
# The stream's only cell.
_ALONE = {"hold": "hold0"}


class Edit(NamedTuple):
    """A changed value of a learner's netlist.

    Attributes:
        block: Name of the top-level instance.
        change: What was changed in it.
    """

    block: str
    change: Change

    @property
    def name(self) -> str:
        """Path of the element, such as ``iv.first.rgain``."""
        return ".".join((self.block, *self.change.path, self.change.element))


def is_block(name: str) -> bool:
    """Whether a top-level instance of a learner's netlist is one of the design's blocks."""
    return _place(name) is not None


def edited(design: _Design, edits: Sequence[Edit], *, relative: bool = False) -> _Design:
    """The design with changed values; blocks that nobody changed stay the same objects.

    Args:
        design: As it was sized.
        edits: The changes.
        relative: Whether the design's own values change by the same factor: the edits were made
            from those of drawn parts, and this one is of nominal parts.
    """
    fields: dict[str, Any] = {}
    for block in dict.fromkeys(edit.block for edit in edits):
        changes = tuple(edit.change for edit in edits if edit.block == block)
        place = _place(block)
        assert place is not None, block
        field, index = place
        before = fields.get(field, getattr(design.blocks, field))
        if field == "sequencer":
            fields[field] = EditedSequencer(before, changes, relative)
        elif index is None:
            fields[field] = EditedPart(before, changes, relative)
        else:
            part = EditedPart(before[index], changes, relative)
            fields[field] = (*before[:index], part, *before[index + 1 :])
    return replace(design, blocks=replace(design.blocks, **fields))


def _place(name: str) -> tuple[str, int | None] | None:
    """Field of the blocks, and index in it, of a top-level instance."""
    if name in _SINGLE:
        return name, None
    match = re.fullmatch(r"([a-z]+)(\d+)", _ALONE.get(name, name))
    if match is None or match[1] not in _FAMILIES:
        return None
    return _FAMILIES[match[1]], int(match[2])
