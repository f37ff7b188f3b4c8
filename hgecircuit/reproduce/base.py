"""What a figure of the paper is here: data, claims with what was found, a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from hgecircuit.reproduce.workshop import Workshop


@dataclass(frozen=True)
class Claim:
    """One statement of the paper, and what was found here.

    Attributes:
        text: What the paper says.
        source: Where: "Boon 2025, Fig. 2d".
        claimed: The number claimed, with its unit.
        found: The number found, with its unit and, where it is random, its uncertainty.
        criterion: What counts as agreement, and where that limit comes from.
        agrees: Whether it does; None where the device model can't tell.
        values: The numbers behind ``found`` by name, unit in the name, for programs.
    """

    text: str
    source: str
    claimed: str
    found: str
    criterion: str
    agrees: bool | None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """``agrees``, ``differs`` or ``not judged``."""
        return {True: "agrees", False: "differs", None: "not judged"}[self.agrees]


@dataclass(frozen=True, eq=False)
class Reproduction:
    """A figure of the paper, made again.

    Attributes:
        claims: In the order of the paper.
        data: Everything in the picture; each variable with the attributes ``units`` and
            ``long_name``.
        draw: Makes the picture.
        settings: What it was made with, in SI with the unit in the key; seeds too.
        remarks: What differs from the paper's experiment, and why.
    """

    claims: tuple[Claim, ...]
    data: xarray.Dataset
    draw: Callable[[], Figure]
    settings: Mapping[str, Any]
    remarks: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether no claim differs."""
        return all(claim.agrees is not False for claim in self.claims)


@dataclass(frozen=True)
class PaperFigure:
    """A figure that can be made.

    Attributes:
        name: On the command line.
        title: One line.
        make: Makes it.
    """

    name: str
    title: str
    make: Callable[[Workshop], Reproduction]
