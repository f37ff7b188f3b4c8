"""Values of exported netlists come back, and nothing else does."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from hgecircuit.circuit.bench import build_bench
from hgecircuit.circuit.block_bench import build_transient_bench
from hgecircuit.circuit.deck import Deck
from hgecircuit.circuit.exam import build_exam
from hgecircuit.cli import main
from hgecircuit.design.design import CoherentDesign
from hgecircuit.design.size import operating_points_v
from hgecircuit.emit.back_annotation import find_edits
from hgecircuit.emit.deck import write_deck
from hgecircuit.emit.ltspice import write_ltspice
from hgecircuit.emit.netlist_text import parse_number
from hgecircuit.errors import InputError
from hgecircuit.learner import Learner

CIRCUITS = Path(__file__).parents[3] / "circuits"
GAIN = re.compile(r"(Hgain direct 0 Vsense) \S+")
WRITERS = {"ngspice": write_deck, "ltspice": write_ltspice}


@pytest.fixture(scope="module")
def learner() -> Learner:
    return Learner.from_file(CIRCUITS / "xor.toml")


@pytest.fixture(scope="module")
def deck(learner: Learner) -> Deck:
    return learner.deck()


@pytest.mark.parametrize("dialect", WRITERS)
@pytest.mark.parametrize("circuit", ["xor", "xor_continuous"])
def test_an_unchanged_netlist_changes_nothing(circuit: str, dialect: str) -> None:
    deck = Learner.from_file(CIRCUITS / f"{circuit}.toml").deck()
    assert find_edits(deck, WRITERS[dialect](deck)) == ()


@pytest.mark.parametrize("dialect", WRITERS)
def test_a_changed_value_comes_back_into_the_netlist(
    learner: Learner, deck: Deck, dialect: str
) -> None:
    text = WRITERS[dialect](deck)
    edits = find_edits(deck, GAIN.sub(r"\1 102Meg", text))
    assert [(edit.name, edit.change.was, edit.change.value) for edit in edits] == [
        ("iv.hgain", 1e8, 1.02e8)
    ]
    changed = learner.with_edits(edits)
    assert changed.netlist() == GAIN.sub(r"\1 1.02e8", learner.netlist())
    assert find_edits(changed.deck(), changed.netlist()) == ()


def test_a_changed_value_reaches_benches_exam_and_other_starts(learner: Learner) -> None:
    deck = learner.deck()
    text = re.sub(r"(Cacc acc 0|C\w+ \w+ 0) 1e-07", r"\1 1.5e-07", write_deck(deck))
    changed = learner.with_edits(find_edits(deck, GAIN.sub(r"\1 1.02e8", text)))
    design = changed.design
    assert isinstance(design, CoherentDesign)
    points_v = operating_points_v(design, changed.spec.verification)
    other = changed.starting_at(changed.random_starts_v(1, 1)[0])
    decks = [
        build_bench(design, points_v).deck,
        build_transient_bench(design).deck,
        build_exam(design, design.start_v).deck,
        other.deck(),
        changed.nominal().deck(),
    ]
    assert ["Vsense 1.02e8" in write_deck(one) for one in decks] == [True] * len(decks)
    assert [one.change.value for one in changed.edits if one.block == "weight0"] == [1.5e-7]
    ramps = write_deck(decks[1])
    assert re.search(r"\.subckt ramp_w0 (.|\n)*?1\.5e-07", ramps)


def test_a_shared_subcircuit_changes_all_its_instances(deck: Deck) -> None:
    text = write_deck(deck)
    start = text.index(".subckt accumulator ")
    changed = text[start:].replace("Cint out 0 1e-08", "Cint out 0 4.7n", 1)
    edits = find_edits(deck, text[:start] + changed)
    assert [edit.name for edit in edits] == [f"acc{m}.cint" for m in range(5)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Xhold0 y ", "Xhold0 yh ", "xhold0"),
        ("Rpole direct pole", "Rother direct pole", "iv_converter.rother"),
        ("Rpole direct pole 1e8\n", "", "iv_converter.rpole"),
        ("Rpole direct pole 1e8", "Rpole direct pole {value}", "iv_converter.rpole"),
        ("Rpole direct pole 1e8", "Rpole direct pole 10M", "iv_converter.rpole"),
        ("Rpole direct pole 1e8", "Rpole direct pole 0", "above 0"),
        ("Rpole direct pole 1e8", "Rpole direct pole -5", "above 0"),
        (".tran 8.9", ".tran 1.9", "commands"),
        ("\n.tran", "\n.control\nshell touch pwned\n.endc\n.tran", ".control"),
        ("\n.tran", "\n.include other.lib\n.tran", ".include"),
        ("\n.tran", "\n.lib other.lib\n.tran", ".lib"),
        ("\n.tran", "\n.exec touch pwned\n.tran", ".exec"),
        ("\n.tran", "\n.param x=1\n.tran", ".param"),
        ("\n.tran", "\nA1 a b model\n.tran", "A1"),
        ("\n.tran", "\nRpole a 0 1\nRpole a 0 1\n.tran", "one name"),
        ("\n.end\n", "\n.end\n.control\n", "behind .end"),
        (".ends iv_converter\n", "", "R, C"),
    ],
)
def test_anything_but_a_number_is_told(deck: Deck, old: str, new: str, told: str) -> None:
    text = write_deck(deck)
    assert old in text
    with pytest.raises(InputError) as caught:
        find_edits(deck, text.replace(old, new, 1), "mine.cir")
    assert "mine.cir" in str(caught.value)
    assert told in str(caught.value) or told == "R, C"


def test_the_device_is_no_part_of_the_circuit(deck: Deck) -> None:
    text = write_deck(deck)
    start = text.index(".subckt rnpu_compact")
    changed = re.compile(r"^(G\w+ \w+ \w+ \w+ \w+) \S+$", re.MULTILINE).sub(
        r"\1 1", text[start:], 1
    )
    with pytest.raises(InputError, match="no part of the circuit"):
        find_edits(deck, text[:start] + changed)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e4", 1e4), ("10k", 1e4), ("10K", 1e4), ("1.5MEG", 1.5e6), ("2m", 2e-3), (".5u", 5e-7),
        ("3µ", 3e-6), ("-2n", -2e-9), ("1M", None), ("10kohm", None), ("4k7", None),
        ("1e999", None), ("nan", None), ("{x}", None), ("'1+1'", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_spice_reads_them(text: str, value: float | None) -> None:
    assert parse_number(text) == (None if value is None else pytest.approx(value, rel=1e-15))


def test_continuations_comments_and_case_are_no_change(deck: Deck) -> None:
    text = write_deck(deck).replace("Rpole direct pole 1e8", "RPOLE DIRECT\n+ pole ; mine\n+ 100e6")
    assert find_edits(deck, "Another title\n" + text.partition("\n")[2]) == ()


def test_the_command_tells_a_netlist_of_another_circuit(tmp_path: Path) -> None:
    netlist = tmp_path / "other.cir"
    arguments = ["export", str(CIRCUITS / "xor_continuous.toml"), "--to", "ngspice"]
    assert CliRunner().invoke(main, [*arguments, "-o", str(netlist)]).exit_code == 0
    folder = tmp_path / "report"
    verify = ["verify", str(CIRCUITS / "xor.toml"), "--netlist", str(netlist), "--out", str(folder)]
    result = CliRunner().invoke(main, verify)
    assert result.exit_code == 2
    assert "is not this circuit's" in result.output
    assert not folder.exists()
    both = [*verify, str(CIRCUITS / "sphere.toml")]
    assert "belongs to one circuit" in CliRunner().invoke(main, both).output


def test_the_export_for_ngspice_is_the_netlist_command(tmp_path: Path) -> None:
    circuit = str(CIRCUITS / "xor.toml")
    one, two = tmp_path / "one.cir", tmp_path / "two.cir"
    assert CliRunner().invoke(main, ["netlist", circuit, "-o", str(one)]).exit_code == 0
    export = ["export", circuit, "--to", "ngspice", "-o", str(two)]
    assert CliRunner().invoke(main, export).exit_code == 0
    assert one.read_bytes() == two.read_bytes()
