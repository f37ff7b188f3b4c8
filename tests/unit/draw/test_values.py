"""Values on a sheet: written with units, read back, compared with the netlist's own text."""

import pytest

from hgecircuit.draw.block import written_value
from hgecircuit.draw.values import (
    format_expression,
    format_quantity,
    netlist_value,
    read_value,
    same_value,
)
from hgecircuit.netlist import Element

NODES = ("a", "0")
ELEMENTS = [
    Element("R", "x", NODES, "1e4"),
    Element("C", "x", NODES, "7.95774715459e-14"),
    Element("V", "x", NODES, "-3.115098"),
    Element("I", "x", NODES, "0"),
    Element("V", "x", NODES, "SIN(0 1 400 0 0 -1.14576283818)"),
    Element("V", "x", NODES, "SIN(0.5 1 400 1e-3 2 90)"),
    Element("V", "x", NODES, "PULSE(0 1 2e-05 1e-05 1e-05 9.9e-4 0.05)"),
    Element("V", "x", NODES, "PULSE(-2.5 2.5 2e-05 1e-05 3e-05 9.9e-4 0.05)"),
    Element("D", "x", NODES, "d1n4148"),
    Element("E", "x", (*NODES, "p", "0"), "1.62"),
    Element("E", "x", (*NODES, "0", "m"), "-1e5"),
    Element("G", "x", (*NODES, "p", "m"), "2.5e-07"),
    Element("H", "x", NODES, "Vsense 1e8"),
    Element("B", "x", NODES, "v(w)+0.02*v(gate)*v(s)", output="v"),
    Element("B", "x", NODES, "2.98507462687e-05*v(g)*(v(a,b)-v(0))/-1e-12", output="i"),
    Element("B", "x", NODES, f"pwl(time, {', '.join(str(n) for n in range(400))})", output="v"),
]


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.kind + element.value[:9])
def test_a_drawn_value_reads_as_the_netlist_s(element: Element) -> None:
    drawn = written_value(element)
    assert same_value(read_value(element.kind, drawn), netlist_value(element))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1e4, "Ω", "10 kΩ"),
        (4.7e-9, "F", "4.7 nF"),
        (999.9999999, "Ω", "1 kΩ"),
        (-0.02, "V", "-20 mV"),
        (5.049e-13, "F", "504.9 fF"),
        (0.0, "V", "0 V"),
    ],
)
def test_quantities_have_prefix_and_unit(value: float, unit: str, text: str) -> None:
    assert format_quantity(value, unit) == text


@pytest.mark.parametrize(
    ("kind", "drawn", "raw"),
    [
        ("R", "10 kΩ", "1e3"),
        ("R", "10 kΩ", "10001"),
        ("R", "10 kF", "1e4"),
        ("C", "4.7 nF", "4.7e-12"),
        ("V", "1 V", "-1"),
        ("V", "sine 1 V\n400 Hz, 90°", "SIN(0 1 400 0 0 0)"),
        ("V", "0 V to 1 V\nat 1 s\nfor 1 s\nedges 1 s\nevery 2 s", "PULSE(1 0 1 1 1 1 2)"),
        ("D", "d1n4148", "d1n914"),
    ],
)
def test_another_value_is_told_apart(kind: str, drawn: str, raw: str) -> None:
    element = Element(kind, "x", NODES, raw)
    assert not same_value(read_value(kind, drawn), netlist_value(element))


@pytest.mark.parametrize(
    ("drawn", "expression", "output"),
    [
        ("i = v(a) · v(b)", "v(a)*v(b)", "v"),
        ("v = v(a) · v(b)", "v(a)*v(c)", "v"),
        ("v = v(a) + v(b)", "v(a)-v(b)", "v"),
        ("v = 0.5 · v(a)", "0.51*v(a)", "v"),
    ],
)
def test_another_equation_is_told_apart(drawn: str, expression: str, output: str) -> None:
    element = Element("B", "x", NODES, expression, output=output)
    assert not same_value(read_value("B", drawn), netlist_value(element))


def test_a_long_table_is_told_apart_by_its_hash() -> None:
    first, second = (
        Element("B", "x", NODES, f"pwl(time,{','.join(['1'] * 400)},{last})", output="v")
        for last in (1, 2)
    )
    assert not same_value(read_value("B", written_value(first)), netlist_value(second))


def test_expressions_are_spaced_for_reading() -> None:
    assert format_expression("v(a)*(v(b)-1e-3)+2/3") == "v(a) · (v(b) - 0.001) + 2 / 3"
