"""A block of which values were changed by hand, in every circuit that it is built into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar, cast

from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.sequencer import Sequencer

_Anything = TypeVar("_Anything")


class _Part(Protocol):
    def subcircuit(self, name: str) -> Subcircuit: ...


class Change(NamedTuple):
    """One value of a block that was changed.

    Attributes:
        path: Instances from the block down to the element's own subcircuit.
        element: Name with SPICE's letter, in lower case: ``rfeedback``.
        was: Value that the circuit file gives.
        value: Value in its place.
    """

    path: tuple[str, ...]
    element: str
    was: float
    value: float


@dataclass(frozen=True)
class EditedPart:
    """A part that writes itself as another one, but for some values.

    Its figures (gain, time constants) stay with the part: they are what was designed, and what the
    changed block is judged by.

    Attributes:
        part: As it was designed.
        changes: The values.
        relative: Whether values change by the same factor, where the part's own differ from those
            that the changes were made from: nominal parts in place of drawn ones.
        partial: Whether elements that the part lacks are passed over: a bench's sequencer has fewer
            lines than the learner's.
    """

    part: _Part
    changes: tuple[Change, ...]
    relative: bool = False
    partial: bool = False

    def subcircuit(self, name: str) -> Subcircuit:
        """The part's subcircuit under a name of its own, with the changed values."""
        written = self.part.subcircuit(name)
        for change in self.changes:
            inner: Subcircuit | None = written
            for instance in change.path:
                inner = None if inner is None else inner.instance_part(instance)
            if inner is not None and (not self.partial or inner.has_element(change.element)):
                value = change.value
                if self.relative and change.was:
                    value *= inner.value_of(change.element) / change.was
                inner.change(change.element, value)
            elif not self.partial:
                raise ValueError(f"{name} has no {'.'.join((*change.path, change.element))}")
        return written


@dataclass(frozen=True)
class EditedSequencer:
    """From the signals asked for to the part that gives them, with changed values.

    Attributes:
        make: As it was designed.
        changes: The values.
        relative: As of a part.
    """

    make: Callable[[Sequencer], _Part]
    changes: tuple[Change, ...]
    relative: bool = False

    def __call__(self, sequencer: Sequencer) -> EditedPart:
        """The sequencer for signals."""
        return EditedPart(self.make(sequencer), self.changes, self.relative, partial=True)


def designed(part: _Anything) -> _Anything:
    """The part as it was designed, with its figures."""
    # An edited part stands where its part was asked for, so what it holds is of the caller's type.
    return cast("_Anything", part.part) if isinstance(part, EditedPart) else part


def edited_like(part: _Part, built: _Part) -> _Part:
    """A part with the changes of ``built``, when it is of the same kind as what was changed."""
    if isinstance(built, EditedPart) and type(built.part) is type(part):
        return EditedPart(part, built.changes, built.relative)
    return part
