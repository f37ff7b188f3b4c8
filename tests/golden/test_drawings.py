"""The committed drawings are what the circuit files give today.

`make golden` draws them again; the difference is then reviewed as pictures. Another version of
matplotlib writes other outlines of the letters and other digits behind the point, so that these are
not compared.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from hgecircuit import Learner
from hgecircuit.draw import DrawingSet
from hgecircuit.draw.export import page_bytes

ROOT = Path(__file__).parents[2]
GOLDEN = sorted((ROOT / "netlists" / "drawings").glob("*.svg"))
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TOLERANCE_PT = 0.05


def _parts(svg: str) -> tuple[str, list[float]]:
    """Everything but the numbers, and the numbers; letters' outlines and random names left out."""
    bare = re.sub(r'<path id="[^"]*" d="[^"]*"[^>]*/>', "", svg)
    bare = re.sub(r"#?\b[pm][0-9a-f]{10}\b", "id", bare)
    return _NUMBER.sub("#", bare), [float(one) for one in _NUMBER.findall(bare)]


@cache
def _drawings(circuit: str) -> DrawingSet:
    return Learner.from_file(ROOT / "circuits" / f"{circuit}.toml").drawings()


def test_there_are_golden_drawings() -> None:
    assert GOLDEN


@pytest.mark.parametrize("file", GOLDEN, ids=lambda path: path.stem)
def test_drawing_is_the_golden_one(file: Path) -> None:
    circuit, sheet = file.stem.split("--")
    (page,) = _drawings(circuit).find(sheet)
    words, numbers = _parts(page_bytes(page, "svg").decode())
    golden_words, golden_numbers = _parts(file.read_text(encoding="utf-8"))
    assert words == golden_words
    assert numbers == pytest.approx(golden_numbers, abs=_TOLERANCE_PT)
