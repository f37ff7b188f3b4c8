"""One circuit file per truth table: only title and targets change."""

from pathlib import Path

import pytest
from spec_texts import CIRCUIT

from hgecircuit.errors import InputError
from hgecircuit.spec.gate_files import gate_text
from hgecircuit.spec.source import Source

FOLDER = Path(__file__).parents[3] / "circuits" / "gates"


def made(text: str) -> str:
    return gate_text(Source(text, Path("gate.toml")), "1011", "Gate 1011")


def test_nothing_else_changes():
    text = "# a comment\r\n" + CIRCUIT.replace('"0110"', "'0110'  # XOR")
    expected = text.replace("'0110'", '"1011"').replace('title = "XOR"', 'title = "Gate 1011"')
    assert made(text) == expected
    assert made(expected) == expected
    untitled = CIRCUIT.replace('title = "XOR"\n', "")
    assert made(untitled) == untitled.replace('"0110"', '"1011"')


def test_a_name_that_all_would_share_is_refused():
    with pytest.raises(InputError, match="all circuits would have this name"):
        made('name = "gate"\n' + CIRCUIT)


def test_targets_that_do_not_stand_alone_are_refused():
    old = '[task]\npatterns = ["00", "01", "10", "11"]\ntargets = "0110"\n'
    assert old in CIRCUIT
    inline = CIRCUIT.replace(old, "").replace(
        'title = "XOR"', 'task = {patterns = ["00", "01", "10", "11"], targets = "0110"}'
    )
    with pytest.raises(InputError, match=r"task.targets.*line of its own"):
        made(inline)


def test_the_shipped_gates_are_one_file_with_sixteen_tables():
    files = sorted(FOLDER.glob("*.toml"))
    assert [file.stem for file in files] == [f"{number:04b}" for number in range(16)]
    text = (FOLDER / "0110.toml").read_text(encoding="utf-8")
    for file in files:
        other = file.read_text(encoding="utf-8")
        title = next(line for line in other.splitlines() if line.startswith("title"))
        assert other == gate_text(Source(text), file.stem, title.split('"')[1])
