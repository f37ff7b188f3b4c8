"""How large text is on a sheet: the metrics of the font that is drawn, so that layouts can fit it.

One unit is :data:`UNIT_MM` on A4 paper; a resistor's body is one unit long.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

FONT = "DejaVu Sans"
UNIT_MM = 8.0
NORMAL_PT = 6.5
_POINT = 25.4 / 72 / UNIT_MM
_LINE = 1.3
_MEASURED_PT = 100.0  # large, so that the font's grid does not matter
_HALF_CAPITAL = 0.365  # of DejaVu Sans, as a share of the size


class Box(NamedTuple):
    """An upright rectangle, in units."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    def moved(self, dx: float, dy: float) -> Box:
        """The same rectangle elsewhere."""
        return Box(self.left + dx, self.bottom + dy, self.right + dx, self.top + dy)

    def grown(self, by: float) -> Box:
        """With a margin on all sides; a negative one shrinks it."""
        return Box(self.left - by, self.bottom - by, self.right + by, self.top + by)

    def overlaps(self, other: Box) -> bool:
        """Whether they share an area; touching is none."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    @classmethod
    def around(cls, boxes: list[Box]) -> Box:
        """The smallest rectangle that holds all; an empty one of none."""
        if not boxes:
            return cls(0, 0, 0, 0)
        return cls(
            min(box.left for box in boxes),
            min(box.bottom for box in boxes),
            max(box.right for box in boxes),
            max(box.top for box in boxes),
        )


@cache
def _width(text: str) -> float:
    """Width of a few letters at a size of 1 pt, in pt, measured at :data:`_MEASURED_PT`."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=FONT, size=_MEASURED_PT)
    width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return width / _MEASURED_PT


@cache
def _advance(letter: str) -> float:
    """How far a letter moves what follows it, as a share of the size; kerning is left out."""
    return _width(f"|{letter}|") - _width("||")  # a bar is kerned with nothing


def text_width(text: str, size_pt: float = NORMAL_PT) -> float:
    """Width of the longest line, in units."""
    lines = text.split("\n")
    return max(sum(map(_advance, line)) for line in lines) * size_pt * _POINT


def line_height(size_pt: float = NORMAL_PT) -> float:
    """Distance of two lines, in units."""
    return _LINE * size_pt * _POINT


def baseline_drop(size_pt: float = NORMAL_PT) -> float:
    """From the middle of a line down to its letters' feet: half of a capital's height."""
    return _HALF_CAPITAL * size_pt * _POINT


def text_height(text: str, size_pt: float = NORMAL_PT) -> float:
    """Height of all lines, in units."""
    return (text.count("\n") + 1) * line_height(size_pt)


def wrap_text(text: str, width: float, size_pt: float = NORMAL_PT, indent: str = "") -> str:
    """Break text at its spaces so that no line is wider than ``width``, if its words allow it.

    Args:
        text: What is to be broken; line breaks in it stay.
        width: In units.
        size_pt: Size of the font.
        indent: In front of every line that continues another.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line.strip() and text_width(longer, size_pt) > width:
                lines.append(line)
                longer = indent + word
            line = longer
        lines.append(line)
    return "\n".join(lines)
