"""The netlist writer refuses what SPICE would misread."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hgecircuit.netlist import GROUND, Chip, Circuit, Element, Subcircuit, format_number


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_numbers_come_back_and_never_carry_a_suffix(value: float) -> None:
    text = format_number(value)
    assert float(text) == pytest.approx(value, rel=1e-11, abs=1e-300)
    assert not set(text) - set("0123456789.+-e")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_must_be_finite(value: float) -> None:
    with pytest.raises(ValueError, match="not a finite value"):
        format_number(value)


def _divider() -> Subcircuit:
    part = Subcircuit("divider", ("inp", "out"), "Halves a voltage.")
    part.resistor("1", "inp", "out", 1e3)
    part.resistor("2", "out", "0", 1e3)
    return part


def test_a_deck_has_title_definitions_before_use_and_one_end() -> None:
    circuit = Circuit("two dividers")
    circuit.voltage("in", "a", "0", 1.0)
    circuit.instance("1", _divider(), ("a", "b"))
    circuit.instance("2", _divider(), ("b", "c"))
    circuit.observe("c")
    lines = circuit.write().splitlines()
    assert lines[0] == "* two dividers"
    assert lines[-1] == ".end"
    assert sum(line.startswith(".subckt") for line in lines) == 1
    assert lines.index(".ends divider") < lines.index("X1 a b divider")
    assert circuit.spice.title == "two dividers"


def test_a_name_that_differs_in_case_only_is_refused() -> None:
    circuit = Circuit("t")
    circuit.resistor("a", "x", "0", 1.0)
    with pytest.raises(ValueError, match="lower-case"):
        circuit.resistor("A", "x", "0", 1.0)
    with pytest.raises(ValueError, match="two elements are named ra"):
        circuit.resistor("a", "x", "0", 1.0)


@pytest.mark.parametrize("ohm", [0.0, -1.0])
def test_a_resistor_of_zero_ohm_is_refused(ohm: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Circuit("t").resistor("1", "a", "0", ohm)


@pytest.mark.parametrize("expression", ["v(a)^3", "v(a)**3", "pow(v(a),3)", "limit(v(a),0,1)"])
def test_expressions_that_ngspice_gets_wrong_are_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="not safe"):
        Circuit("t").behavioural_voltage("1", "b", "0", expression)


def test_a_node_with_one_connection_is_refused() -> None:
    circuit = Circuit("t")
    circuit.voltage("1", "a", "0", 1.0)
    circuit.resistor("1", "a", "b", 1.0)
    with pytest.raises(ValueError, match=r"one connection: \['b'\]"):
        circuit.write()


def test_two_definitions_of_one_name_are_refused() -> None:
    other = Subcircuit("divider", ("inp", "out"), "Something else.")
    other.resistor("1", "inp", "out", 2.0)
    circuit = Circuit("t")
    circuit.instance("1", _divider(), ("a", "b"))
    with pytest.raises(ValueError, match="two different subcircuits are named divider"):
        circuit.instance("2", other, ("a", "b"))


def test_a_wrong_number_of_ports_is_refused() -> None:
    with pytest.raises(ValueError, match="1 nodes for the 2 ports"):
        Circuit("t").instance("1", _divider(), ("a",))


def test_a_controlled_source_needs_its_sensor() -> None:
    with pytest.raises(ValueError, match="no voltage source Vsense"):
        Circuit("t").ccvs("1", "a", "0", "sense", 1.0)


def test_long_lines_continue_and_say_the_same() -> None:
    circuit = Circuit("t")
    corners = " ".join(format_number(float(value)) for value in np.linspace(0, 1, 60))
    circuit.voltage("1", "a", "0", f"PWL({corners})")
    circuit.resistor("1", "a", "0", 1.0)
    text = circuit.write()
    assert max(map(len, text.splitlines())) <= 110
    assert f"PWL({corners})" in text.replace("\n+ ", " ")


def _follower() -> Subcircuit:
    part = Subcircuit("follower", ("inp", "out"), "Emitter follower with a clamp.")
    part.model("qn", "npn", is_=1e-15, bf=200)
    part.model("dn", "d", is_=2.52e-9, n=1.752, cjo=4e-12)
    part.bjt("1", "0", "inp", "out", "qn")
    part.diode("1", "inp", "out", "dn")
    return part


def test_semiconductors_and_their_models_are_written_as_spice_reads_them() -> None:
    lines = _follower().write().splitlines()
    assert ".model qn npn (bf=200 is=1e-15)" in lines
    assert ".model dn d (cjo=4e-12 is=2.52e-09 n=1.752)" in lines
    assert "Q1 0 inp out qn" in lines
    # The first node of a SPICE diode is the anode, although PySpice calls that pin its cathode.
    assert "D1 inp out dn" in lines


def test_a_switch_by_voltage_is_written_with_its_model() -> None:
    circuit = Circuit("switch")
    circuit.model("s", "sw", vt=0.5, ron=1.0, roff=1e6)
    circuit.voltage("a", "a", GROUND, 1.0)
    circuit.voltage_switch("1", "a", GROUND, "a", GROUND, "s")
    assert "S1 a 0 a 0 s\n" in circuit.write()
    circuit.model("d", "d", is_=1e-14)
    with pytest.raises(ValueError, match="no model d of kind sw"):
        circuit.voltage_switch("2", "a", GROUND, "a", GROUND, "d")


def test_two_subcircuits_may_have_models_of_one_name() -> None:
    other = Subcircuit("other", ("a",), "A diode to ground.")
    other.model("dn", "d", n=1.0)
    other.diode("1", "a", "0", "dn")
    circuit = Circuit("t")
    circuit.voltage("in", "a", "0", 0.5)
    circuit.instance("1", _follower(), ("a", "b"))
    circuit.instance("2", other, ("b",))
    assert circuit.write().count(".model dn d ") == 2


@pytest.mark.parametrize("model", ["missing", "qn"])
def test_an_element_needs_a_model_of_its_kind(model: str) -> None:
    circuit = Circuit("t")
    circuit.model("qn", "npn", bf=100)
    with pytest.raises(ValueError, match="of kind d before its user"):
        circuit.diode("1", "a", "0", model)
    circuit.model("dn", "d", n=1.0)
    with pytest.raises(ValueError, match="of kind npn or pnp"):
        circuit.bjt("1", "c", "b", "e", "dn")


def test_models_have_one_name_and_one_spelling() -> None:
    circuit = Circuit("t")
    circuit.model("dn", "d", n=1.0)
    for name, figures in (("dn", {"n": 2.0}), ("DN", {"n": 2.0}), ("d2", {"n": 2.0, "IS": 1e-9})):
        with pytest.raises(ValueError, match="names of their own"):
            circuit.model(name, "d", **figures)
    with pytest.raises(ValueError, match="not a finite value"):
        circuit.model("d3", "d", n=math.inf)


def test_elements_say_what_was_added() -> None:
    chip = Chip("OPA2134", "op-amp", 0.1)
    part = Subcircuit("opamp", ("a", "b"), "An op-amp.", chip)
    part.resistor("in", "a", "b", 1e3)
    part.capacitor("c", "a", "b", 1e-9, initial_v=0.5)
    part.behavioural_current("g", "a", "b", "2*v(a)")
    part.model("d1", "d", is_=1e-9)
    part.diode("d", "a", "b", "d1")
    circuit = Circuit("both")
    circuit.voltage("v", "x", GROUND, "SIN(0 1 400)")
    circuit.instance("u1", part, ("x", GROUND))
    assert [tuple(element)[:4] for element in part.elements] == [
        ("R", "in", ("a", "b"), "1000"),
        ("C", "c", ("a", "b"), "1e-09"),
        ("B", "g", ("a", "b"), "2*v(a)"),
        ("D", "d", ("a", "b"), "d1"),
    ]
    assert circuit.elements[0] == Element("V", "v", ("x", GROUND), "SIN(0 1 400)")
    assert circuit.elements[1] == Element("X", "u1", ("x", GROUND), "opamp", part)
    assert part.chip == chip


@pytest.mark.parametrize(
    ("element", "before", "after"),
    [
        ("rload", "Rload a 0 1000", "Rload a 0 2.5"),
        ("chold", "Chold a 0 1e-09 ic=1", "Chold a 0 2.5 ic=1"),
        ("vref", "Vref b 0 5", "Vref b 0 2.5"),
        ("ibias", "Ibias b 0 1e-09", "Ibias b 0 2.5"),
        ("egain", "Egain c 0 a 0 10", "Egain c 0 a 0 2.5"),
        ("gsum", "Gsum c 0 a 0 10", "Gsum c 0 a 0 2.5"),
        ("hsense", "Hsense d 0 Vref 10", "Hsense d 0 Vref 2.5"),
    ],
)
def test_a_value_is_changed_and_nothing_else(element: str, before: str, after: str) -> None:
    text, part = _changeable().write(), _changeable()
    part.change(element, 2.5)
    assert before in text
    assert part.write() == text.replace(before, after)
    assert part.value_of(element) == 2.5


@pytest.mark.parametrize(
    ("element", "value"), [("rload", 0.0), ("rother", 1.0), ("vwave", 1.0), ("blaw", 1.0)]
)
def test_what_has_no_number_is_not_changed(element: str, value: float) -> None:
    with pytest.raises(ValueError):
        _changeable().change(element, value)


def _changeable() -> Subcircuit:
    part = Subcircuit("part", ("a", "b", "c", "d"), "One of each.")
    part.resistor("load", "a", GROUND, 1e3)
    part.capacitor("hold", "a", GROUND, 1e-9, initial_v=1.0)
    part.voltage("ref", "b", GROUND, 5.0)
    part.voltage("wave", "c", GROUND, "SIN(0 1 400)")
    part.current("bias", "b", GROUND, 1e-9)
    part.vcvs("gain", "c", GROUND, "a", GROUND, 10.0)
    part.vccs("sum", "c", GROUND, "a", GROUND, 10.0)
    part.ccvs("sense", "d", GROUND, "ref", 10.0)
    part.behavioural_voltage("law", "d", GROUND, "v(a)")
    return part
