"""Bills of materials: nothing forgotten, nothing twice, no equation and no device on them."""

from collections import Counter
from pathlib import Path

import pytest

from hgecircuit.circuit.bill import Bill, bill_of
from hgecircuit.learner import Learner
from hgecircuit.netlist import GROUND, Chip, Circuit, Subcircuit
from hgecircuit.parts.bought import PER_PACKAGE
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.multipliers.table import MULTIPLIERS
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES

CIRCUITS = Path(__file__).parents[3] / "circuits"
DUAL = Chip("DUAL", "op-amp", 0.03, "a data sheet", 2)


def _chip(name: str = "opamp", chip: Chip | None = DUAL) -> Subcircuit:
    part = Subcircuit(name, ("inp", "out"), "An op-amp.", chip)
    part.vcvs("gain", "x", GROUND, "inp", GROUND, 1e5)
    part.resistor("pole", "x", "out", 1e3)
    part.capacitor("pole", "out", GROUND, 1e-9)
    return part


def _stage(ohm: float = 10e3) -> Subcircuit:
    part = Subcircuit("stage", ("inp", "out"), "A stage.")
    part.resistor("input", "inp", "sum", ohm)
    part.resistor("feedback", "sum", "out", 20e3)
    part.instance("opamp", _chip(), ("sum", "out"))
    return part


def _equation() -> Subcircuit:
    part = Subcircuit("equation", ("inp", "out"), "A law.")
    part.behavioural_voltage("law", "x", GROUND, "2*v(inp)")
    part.resistor("law", "x", "out", 50.0)
    part.capacitor("law", "out", GROUND, 1e-12)
    return part


def _bill(*parts: Subcircuit) -> Bill:
    circuit = Circuit("test")
    circuit.voltage("in", "n0", GROUND, 1.0)
    circuit.resistor("load", "n0", GROUND, 1e3)
    for n, part in enumerate(parts):
        circuit.instance(f"u{n}", part, (f"n{n}", f"n{n + 1}"))
    return bill_of(circuit)


def test_chips_and_elements_are_counted_and_a_chips_inside_is_not() -> None:
    bill = _bill(_stage(), _stage(), _stage())
    assert (bill.count("chip"), bill.count("resistor"), bill.count("capacitor")) == (3, 6, 0)
    assert [line[:4] for line in bill.lines] == [
        ("chip", "DUAL", 3, 2),
        ("resistor", "1e4", 3, 3),
        ("resistor", "2e4", 3, 3),
    ]
    assert bill.modelled == ()
    assert bill.places[0].path == "u0.opamp"


def test_unused_halves_of_packages_draw_current_too() -> None:
    bill = _bill(_stage(), _stage(), _stage())
    assert bill.packages == 2
    assert bill.supply_w == pytest.approx(4 * 0.03)


def test_sources_and_loads_of_a_bench_are_left_out() -> None:
    assert _bill().places == ()


def test_equations_are_named_and_their_elements_are_not_bought() -> None:
    bill = _bill(_equation(), _chip("nobody", None))
    assert bill.places == ()
    assert bill.modelled == ("u0", "u1")


def test_an_equation_inside_a_block_of_parts_costs_none_of_its_parts() -> None:
    block = Subcircuit("block", ("inp", "out"), "Parts and an equation.")
    block.instance("stage", _stage(), ("inp", "x"))
    block.instance("law", _equation(), ("x", "out"))
    bill = _bill(block)
    assert (bill.count("chip"), bill.count("resistor")) == (1, 2)
    assert bill.modelled == ("u0.law",)


def test_elements_beside_an_unmarked_equation_may_belong_to_it() -> None:
    block = Subcircuit("block", ("inp", "out"), "An equation around a chip.")
    block.vccs("sum", GROUND, "x", "inp", GROUND, 1.0)
    block.resistor("sum", "x", GROUND, 1.0)
    block.instance("opamp", _chip(), ("x", "out"))
    bill = _bill(block)
    assert (bill.count("chip"), bill.count("resistor")) == (1, 0)
    assert bill.modelled == ("u0",)


def test_what_stands_for_something_is_named_and_helpers_are_not() -> None:
    block = Subcircuit("block", ("inp", "out"), "Parts, a reference and a helper.")
    with block.stands_for("reference"):
        block.voltage("reference", "x", GROUND, 5.0)
    block.resistor("input", "x", "inp", 1e3)
    with block.stands_for(""):
        block.vccs("copy", GROUND, "copy", "inp", GROUND, 1.0)
        block.resistor("copy", "copy", GROUND, 1.0)
    block.instance("opamp", _chip(), ("inp", "out"))
    bill = _bill(block, _equation())
    assert (bill.count("chip"), bill.count("resistor")) == (1, 1)
    assert bill.modelled == ("u0: reference", "u1")
    assert bill.whole_models == ("u1",)


def test_a_chip_of_unknown_power_is_named() -> None:
    bill = _bill(_chip("clock", Chip("XO", "clock")), _stage())
    assert bill.unknown_power == ("XO",)
    assert bill.supply_w == pytest.approx(0.06)


@pytest.mark.parametrize("circuit", ["xor", "xor_continuous"])
def test_a_learner_of_equations_has_nothing_to_buy(circuit: str) -> None:
    bill = Learner.from_file(CIRCUITS / f"{circuit}.toml").bill()
    assert bill.places == ()
    assert "device" not in bill.modelled
    assert {"sequencer", "iv", "readout", "weight0"} <= set(bill.modelled)


@pytest.mark.parametrize("circuit", ["xor", "xor_continuous"])
def test_a_learner_of_parts_against_its_netlist(circuit: str) -> None:
    """Chips counted once more from the text, by the comments above their definitions."""
    # The continuous loop's times have no clock in common with its carriers.
    overrides = {"blocks.fidelity": "component", "components.spread": "nominal"}
    if circuit == "xor_continuous":
        overrides["blocks.sequencer"] = "ideal"
    learner = Learner.from_file(CIRCUITS / f"{circuit}.toml", overrides=overrides)
    bill = learner.bill()
    found = _chips(learner.netlist())
    kinds = Counter(place.chip.kind for place in bill.places if place.chip is not None)
    for kind in ("op-amp", "analog switch", "comparator", "multiplier"):
        assert kinds[kind] == found[kind], kind
    assert sum(found.values()) > 30
    # A node that sums currents has 1 ohm, and nothing that is bought has.
    assert all(float(line.value) > 1 for line in bill.lines if line.kind == "resistor")
    assert not any(line.startswith("device") for line in bill.modelled)


def test_values_are_nominal_whatever_the_parts_errors() -> None:
    bills = [
        Learner.from_file(
            CIRCUITS / "xor.toml",
            overrides={"blocks.fidelity": "component", "components.spread": spread},
        ).bill()
        for spread in ("nominal", "drawn", "limits")
    ]
    assert bills[0] == bills[1] == bills[2]


def test_packages_are_those_of_parts_in_the_tables() -> None:
    known = {*OPAMPS, *SWITCHES, *COMPARATORS, *MULTIPLIERS}
    assert known >= set(PER_PACKAGE)


def test_a_switch_draws_its_share_of_its_packages_current() -> None:
    part = SWITCHES["TMUX6121"].switch(supply_v=(-15.0, 15.0))
    assert part.chip is not None
    assert part.chip.supply_w == pytest.approx(16e-6 * 30 / 2)


_PURPOSES = {
    "* Op-amp: gain": "op-amp",
    "* Analog switch": "analog switch",
    "* Comparator": "comparator",
    "* Multiplier chip": "multiplier",
}


def _chips(netlist: str) -> Counter[str]:
    """Chips of a flattened netlist; what is inside of one is not counted."""
    kinds: dict[str, str] = {}
    inside: dict[str, list[str]] = {"": []}
    name = purpose = ""
    for line in netlist.replace("\n+ ", " ").splitlines():
        if line.startswith(".subckt"):
            name = line.split()[1]
            inside[name] = []
            kind = next((kind for text, kind in _PURPOSES.items() if purpose.startswith(text)), "")
            kinds[name] = kind
        elif line.startswith(".ends"):
            name = ""
        elif line.startswith("X"):
            inside[name].append(line.split()[-1])
        elif line.startswith("* ") and not purpose.startswith("* "):
            purpose = line
        if not line.startswith("* "):
            purpose = ""

    def count(of: str) -> Counter[str]:
        total: Counter[str] = Counter()
        for child in inside[of]:
            total += Counter([kinds[child]]) if kinds[child] else count(child)
        return total

    return count("")
