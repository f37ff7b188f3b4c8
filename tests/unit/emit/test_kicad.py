"""KiCad: the board's nets are the netlist's, the files are deterministic, values come back."""

import re
from collections import Counter
from pathlib import Path

import pytest

from hgecircuit.circuit.assembly import fit
from hgecircuit.circuit.bill import bill_of
from hgecircuit.circuit.deck import Deck
from hgecircuit.emit.kicad.board import Board, kicad_value, make_board
from hgecircuit.emit.kicad.expressions import children, read_expression, text_of
from hgecircuit.emit.kicad.read_back import find_board_edits, kicad_number
from hgecircuit.emit.kicad.schematic import write_schematic
from hgecircuit.errors import InputError
from hgecircuit.learner import Learner
from hgecircuit.parts.packages import CHIPS
from hgecircuit.parts.pinouts import PINOUTS

XOR = Path(__file__).parents[3] / "circuits" / "xor.toml"
# Blocks with op-amps of single and dual packages, and with quad switches.
BLOCKS = dict.fromkeys(("iv_converter", "adder", "oscillator"), "component")


@pytest.fixture(scope="module")
def learner() -> Learner:
    overrides = {f"blocks.{block}": fidelity for block, fidelity in BLOCKS.items()}
    return Learner.from_file(XOR, overrides=overrides)


@pytest.fixture(scope="module")
def decks(learner: Learner) -> tuple[Deck, Deck]:
    """As it is simulated, and of nominal parts."""
    return learner.deck(), learner.nominal().deck()


@pytest.fixture(scope="module")
def board(learner: Learner, decks: tuple[Deck, Deck]) -> Board:
    return make_board(decks[1].circuit, learner.spec.components)


def netlist_of(board: Board) -> str:
    """The netlist as KiCad exports it, as far as it is read back."""
    nets: dict[str, list[str]] = {}
    parts = []
    for one in board.components:
        place = f'(property (name "Place") (value "{one.units[0].place}"))'
        parts.append(f'(comp (ref "{one.reference}") (value "{one.value}") {place})')
        for unit in one.units:
            for pin, net in unit.nets.items():
                nets.setdefault(net, []).append(f'(node (ref "{one.reference}") (pin "{pin}"))')
    wired = [f'(net (code "1") (name "/{n}") {" ".join(nodes)})' for n, nodes in nets.items()]
    return f"(export (version E)\n(components {' '.join(parts)})\n(nets {' '.join(wired)}))\n"


def test_every_place_of_the_bill_is_placed_once_or_named(
    decks: tuple[Deck, Deck], board: Board
) -> None:
    bill = bill_of(decks[1].circuit)
    placed = Counter(unit.place for one in board.components for unit in one.units if unit.place)
    assert set(placed.values()) == {1}
    assert set(placed) == {place.path for place in bill.places}
    assert board.unplaced == ()
    packages = {one.package for one in fit(bill)}
    assert packages == {one.reference for one in board.components if one.symbol != "PORT"}


def test_nets_follow_the_subcircuits_ports(board: Board) -> None:
    nets = {unit.place: unit.nets for one in board.components for unit in one.units}
    # The converter: feedback from its input to the first stage, whose op-amp has the input at -.
    assert nets["iv.rfeedback"] == {"1": "iout", "2": "iv.first"}
    assert nets["iv.first"] == {"3": "GND", "2": "iout", "6": "iv.first"}
    # The second half of the package whose first is an oscillator's.
    assert nets["iv.second.opamp"] == {"5": "GND", "6": "iv.second.minus", "7": "y"}
    # Ports where a model was: device, references, the sequencer's gates.
    ports = {one.value for one in board.components if one.symbol == "PORT"}
    assert {"iout", "v0", "+15V", "-15V", "GND"} <= ports
    assert "iv.first" not in ports


def test_no_net_has_one_pin_and_unused_parts_are_tied(board: Board) -> None:
    pins = Counter(
        net for one in board.components for unit in one.units for net in unit.nets.values()
    )
    assert min(pins.values()) > 1
    units = {one.reference: one for one in board.components if one.symbol == "TL072C"}
    assert all({unit.number for unit in one.units} == {1, 2, 3} for one in units.values())


def test_a_pinout_has_every_pin_once_and_only_listed_chips() -> None:
    assert set(PINOUTS) <= set(CHIPS)
    for part, pinout in PINOUTS.items():
        pins = [pin for unit in pinout.units for pin in set(unit.values())]
        every = [*pins, *pinout.supplies]
        assert len(every) == len(set(every)), part
        assert max(map(int, every)) <= int(re.findall(r"\d+", CHIPS[part].name)[0])


def test_the_schematic_is_one_list_with_all_symbols_and_the_same_bytes(board: Board) -> None:
    text = write_schematic(board)
    assert text == write_schematic(board)
    sheet = read_expression(text)
    placed = list(children(sheet, "symbol"))
    assert len(placed) == sum(len(one.units) for one in board.components)
    library = {one[1] for lib in children(sheet, "lib_symbols") for one in children(lib, "symbol")}
    assert library == {text_of(one, "lib_id") for one in placed}
    identities = re.findall(r'\(uuid "([^"]+)"\)', text)
    assert len(identities) == len(set(identities))


def test_values_are_written_and_read_in_kicads_way() -> None:
    values = [1.5e7, 4700.0, 100.0, 0.5, 3.3e-9, 5.1e-13, 1.0]
    assert [kicad_value(v) for v in values] == ["15M", "4.7k", "100", "500m", "3.3n", "510f", "1"]
    assert [kicad_number(kicad_value(v)) for v in values] == pytest.approx(values)
    assert [kicad_number(text) for text in ("4k7", "10 kohm", "-1k", "", "{x}")] == [None] * 5


def _edits(learner: Learner, decks: tuple[Deck, Deck], text: str) -> list[tuple[str, float]]:
    found = find_board_edits(*decks, learner.spec.components, text, "mine.net")
    return [(edit.name, edit.change.value / edit.change.was) for edit in found]


def test_a_changed_resistor_comes_back_as_a_factor(
    learner: Learner, decks: tuple[Deck, Deck], board: Board
) -> None:
    text = netlist_of(board)
    assert _edits(learner, decks, text) == []
    changed = text.replace('(value "15M")', '(value "15.3M")')
    assert _edits(learner, decks, changed) == [("iv.rfeedback", pytest.approx(1.02))]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('(value "15M")', '(value "15 Mohm")', "4.7k"),
        ('(value "15M")', '(value "0")', "4.7k"),
        ('(value "OPA140")', '(value "OPA277")', "R and C alone"),
        ('(node (ref "R1") (pin "1"))', "", "is connected otherwise"),
        ('(comp (ref "R1") ', '(comp (ref "R1000") ', "R1: was there"),
        ("(export ", "(kicad_sch ", "no netlist"),
        ("(nets ", "((nets ", "not a file"),
        ("(nets ", "(nets " + 200 * "(", "not a file"),
    ],
)
def test_other_changes_are_told(
    learner: Learner, decks: tuple[Deck, Deck], board: Board, old: str, new: str, told: str
) -> None:
    text = netlist_of(board)
    assert old in text
    with pytest.raises(InputError, match=r"mine\.net") as caught:
        _edits(learner, decks, text.replace(old, new, 1))
    assert told in str(caught.value)


def test_equal_parts_of_one_definition_change_together(
    learner: Learner, decks: tuple[Deck, Deck], board: Board
) -> None:
    text, places = netlist_of(board), [f"oscillators.sine{n}.rf" for n in range(2)]
    parts = [one for one in board.components if one.units[0].place in places]
    lines = [f'(ref "{part.reference}") (value "{part.value}")' for part in parts]
    changed = [line.replace(f'"{parts[0].value}"', '"36k"') for line in lines]
    one = text.replace(lines[0], changed[0])
    with pytest.raises(InputError, match="two equal parts"):
        _edits(learner, decks, one)
    both = one.replace(lines[1], changed[1])
    assert [name for name, _ in _edits(learner, decks, both)] == places
