"""The circuit is read back from where things stand; every way to draw it wrongly is found."""

from collections.abc import Callable

import pytest

from hgecircuit.draw.block import Block
from hgecircuit.draw.extract import compare, extract
from hgecircuit.draw.layout import lay_out
from hgecircuit.draw.sheet import Label, Sketch
from hgecircuit.draw.symbols import two_terminal
from hgecircuit.netlist import GROUND, Subcircuit


def _divider() -> Block:
    part = Subcircuit("divider", ("inp", "out"), "Divider.")
    part.resistor("top", "inp", "out", 1e4)
    part.resistor("bottom", "out", GROUND, 2e3)
    part.capacitor("load", "out", GROUND, 1e-9)
    return Block.of(part)


def _problems(change: Callable[[Sketch], None]) -> list[str]:
    block = _divider()
    (sketch,) = lay_out(block, 30, 20)
    change(sketch)
    return compare(block, extract([sketch]))


def _nothing(_: Sketch) -> None:
    """Leave the sheet as it is."""


def _lose_a_wire(sketch: Sketch) -> None:
    sketch.wires.pop()


def _lose_a_dot(sketch: Sketch) -> None:
    sketch.dots.clear()


def _lose_an_element(sketch: Sketch) -> None:
    sketch.symbols.pop()


def _draw_twice(sketch: Sketch) -> None:
    sketch.symbols.append(sketch.symbols[0])


def _rename_a_node(sketch: Sketch) -> None:
    label = next(one for one in sketch.labels if one.node == "out")
    sketch.labels.remove(label)
    sketch.name_right("output", label.at)


def _short(sketch: Sketch) -> None:
    """Tie the input to ground."""
    label = next(one for one in sketch.labels if one.node == "inp")
    sketch.labels.append(Label(GROUND, label.at))


def _another_value(sketch: Sketch) -> None:
    index = next(n for n, one in enumerate(sketch.symbols) if one.name == "Rtop")
    old = sketch.symbols[index]
    sketch.symbols[index] = two_terminal("R", "Rtop", "11 kΩ", old.start, old.end)


def _another_name(sketch: Sketch) -> None:
    index = next(n for n, one in enumerate(sketch.symbols) if one.name == "Rtop")
    old = sketch.symbols[index]
    sketch.symbols[index] = two_terminal("R", "Rtip", old.value, old.start, old.end)


def _dot_off_the_wires(sketch: Sketch) -> None:
    sketch.dots.append((-5.0, 5.0))


def test_a_sheet_says_what_the_netlist_says() -> None:
    assert _problems(_nothing) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_lose_a_wire, "not joined to the rest"),
        (_lose_a_dot, "without a dot"),
        (_lose_an_element, "is not drawn"),
        (_draw_twice, "drawn twice"),
        (_rename_a_node, "is at output, in the netlist at out"),
        (_short, "one net has two names"),
        (_another_value, "'11 kΩ' is drawn for '1e4'"),
        (_another_name, "Rtip is not in the netlist"),
        (_dot_off_the_wires, "where nothing ends"),
    ],
)
def test_a_wrong_sheet_is_found(change: Callable[[Sketch], None], found: str) -> None:
    assert any(found in problem for problem in _problems(change))


def test_swapped_inputs_of_an_amplifier_are_found() -> None:
    def stage(plus: str, minus: str) -> Block:
        opamp = Subcircuit("amplifier", ("plus", "minus", "out"), "Op-amp.")
        opamp.vcvs("gain", "out", GROUND, "plus", "minus", 1e5)
        part = Subcircuit("stage", ("inp", "out"), "Follower.")
        part.instance("u", opamp, (plus, minus, "out"))
        part.resistor("load", "out", "inp", 1e3)
        return Block.of(part)

    right, wrong = stage("inp", "out"), stage("out", "inp")
    sheets = lay_out(wrong, 30, 20)
    assert compare(wrong, extract(sheets)) == []
    assert any("pin plus" in problem for problem in compare(right, extract(sheets)))


def test_crossing_wires_are_not_joined_unless_a_dot_says_so() -> None:
    sketch = Sketch()
    sketch.symbols += [
        two_terminal("R", "R1", "1 Ω", (0, 0), (2, 0)),
        two_terminal("R", "R2", "1 Ω", (5, 4), (5, 2)),
    ]
    sketch.wire((2, 0), (8, 0))
    sketch.wire((5, 2), (5, -2))
    apart = {one.name: one.pins for one in extract([sketch]).elements}
    assert apart["R1"]["2"] != apart["R2"]["2"]
    sketch.dots.append((5, 0))
    joined = extract([sketch])
    pins = {one.name: one.pins for one in joined.elements}
    assert pins["R1"]["2"] == pins["R2"]["2"]
