"""The schematics of a run's page: which sheets, and that they are pictures of this circuit."""

from __future__ import annotations

from pathlib import Path

import pytest

from hgecircuit.learner import Learner
from hgecircuit.report.run_page.schematics import choose_schematics

pytestmark = pytest.mark.thorough

CIRCUITS = Path(__file__).parents[3] / "circuits"


@pytest.mark.parametrize(
    ("circuit", "titles"),
    [
        ("xor", "perturbation_adder iv_converter multiplier accumulator weight_*"),
        ("xor_continuous", "perturbation_adder iv_converter multiplier lowpass weight_*"),
        ("sphere", "perturbation_adder iv_converter multiplier accumulator weight_*"),
    ],
)
def test_block_diagram_and_the_way_of_a_derivative(circuit: str, titles: str) -> None:
    chosen = choose_schematics(Learner.from_file(CIRCUITS / f"{circuit}.toml"))
    assert [one.title for one in chosen] == ["Block diagram", *titles.split()]
    for one in chosen:
        assert "<svg" in one.svg
        assert one.title in one.words
