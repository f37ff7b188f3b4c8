"""The whole set of every circuit: it says what the netlist says, and nothing stands on another."""

import hashlib
import re
from pathlib import Path

import pytest

from hgecircuit import Learner
from hgecircuit.draw import DrawingSet
from hgecircuit.draw.diagram import choose_plan, find_connections, find_groups
from hgecircuit.draw.export import page_bytes, pdf_bytes
from hgecircuit.draw.page import AREA
from hgecircuit.draw.render import add_sketch, new_drawing
from hgecircuit.draw.symbols import SHAPES
from hgecircuit.netlist import Element

pytestmark = pytest.mark.thorough

CIRCUITS = Path(__file__).parents[3] / "circuits"
QUICK = ("xor", "xor_continuous", "sphere", "xor_component")
NAMES = sorted(path.stem for path in CIRCUITS.glob("*.toml"))
_SETS: dict[str, DrawingSet] = {}


def _drawings(name: str) -> DrawingSet:
    if name not in _SETS:
        _SETS[name] = Learner.from_file(CIRCUITS / f"{name}.toml").drawings()
    return _SETS[name]


@pytest.mark.parametrize("name", NAMES)
def test_drawing_and_netlist_have_the_same_elements_values_and_connections(name: str) -> None:
    drawings = _drawings(name)
    assert drawings.check() == []
    drawn = {part.name for one in drawings.drawn if one.family for part in one.family.members}
    every = {part.name for part in drawings.circuit.subcircuits()}
    assert every == drawn | set(drawings.left_out)
    assert all("model of the device" in reason for reason in drawings.left_out.values())


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stands_on_something_else_or_off_the_page(name: str) -> None:
    assert _drawings(name).overlaps() == []


def test_a_netlist_that_is_changed_later_is_found() -> None:
    learner = Learner.from_file(CIRCUITS / "xor.toml")
    drawings = learner.drawings()
    part = next(one for one in drawings.circuit.subcircuits() if one.name == "weight_3")
    for n, element in enumerate(part.elements):
        if element.kind == "B" and element.name == "clamp":
            part.elements[n] = element._replace(value=element.value.replace("0.28", "0.29"))
    assert any("weight_3: Bclamp" in problem for problem in drawings.check())


def test_an_element_that_is_added_later_is_found() -> None:
    drawings = Learner.from_file(CIRCUITS / "xor.toml").drawings()
    drawings.circuit.elements.append(Element("R", "extra", ("w0", "w1"), "1e3"))
    assert any("Rextra is not drawn" in problem for problem in drawings.check())


@pytest.mark.parametrize("name", QUICK)
def test_the_block_diagram_shows_every_connection(name: str) -> None:
    learner = Learner.from_file(CIRCUITS / f"{name}.toml")
    groups = find_groups(learner.deck().circuit)
    connections = find_connections(groups)
    plan = choose_plan(learner.design)
    page = _drawings(name).pages[0]
    assert len(page.arrows) == sum(pair in plan.routes for pair in connections)
    written = " ".join(text.text.replace("\n", " ") for text in page.texts)
    for source, sink in connections:
        assert source in plan.places, f"{source} has no place"
        assert sink in plan.places, f"{sink} has no place"
    for group in groups.values():
        assert group.elements[0].kind + group.elements[0].name in written
    loop = {("adder", "device"), ("device", "iv"), ("weight", "adder")}
    assert loop <= set(connections)


def test_every_node_of_the_top_level_is_named_on_the_block_diagram() -> None:
    drawings = _drawings("xor")
    text = " ".join(text.text.replace("\n", " ") for text in drawings.pages[0].texts)
    named = set(re.findall(r"\b[a-z][a-z0-9_]*\b", text))
    for first, last in re.findall(r"\b([a-z_]+\d+) \.\. ([a-z_]+\d+)", text):
        stem = first.rstrip("0123456789")
        span = range(int(first[len(stem) :]), int(last[len(stem) :]) + 1)
        named.update(f"{stem}{n}" for n in span)
    assert drawings.circuit.nodes <= named


def test_title_blocks_hold_circuit_sheet_and_netlist() -> None:
    learner = Learner.from_file(CIRCUITS / "xor.toml")
    digest = hashlib.sha256(learner.netlist().encode()).hexdigest()[:12]
    pages = _drawings("xor").pages
    for n, page in enumerate(pages, 1):
        written = [text.text for text in page.texts]
        assert digest in written
        assert f"{n} of {len(pages)}" in written
        assert f"xor: {learner.spec.title}" in written


def test_the_index_lists_every_sheet_that_follows() -> None:
    pages = _drawings("xor_component").pages
    index = [page for page in pages if page.name.startswith("index")]
    listed = {text.text for page in index for text in page.texts}
    for n, page in enumerate(pages[1 + len(index) :], 2 + len(index)):
        assert {page.title, f"{n:02}"} <= listed


def test_blocks_that_are_built_alike_share_a_sheet_with_a_table() -> None:
    drawings = _drawings("xor_component")
    weight = next(one for one in drawings.drawn if one.name == "weight_*")
    assert weight.family is not None
    assert [part.name for part in weight.family.members] == [f"weight_{n}" for n in range(5)]
    assert weight.family.differing
    assert drawings.find("weight_2") == drawings.find("weight") == list(weight.pages)


@pytest.mark.parametrize("name", QUICK)
def test_schemdraw_has_every_pin_where_the_sheet_has_it(name: str) -> None:
    """What is compared with the netlist is what is painted: pins, polarity, direction."""
    for one in _drawings(name).drawn:
        for page in one.pages:
            drawn = add_sketch(new_drawing(), page.sketch)
            for symbol in page.sketch.symbols:
                _compare_pins(symbol, drawn[symbol.name])


def _compare_pins(symbol, element) -> None:
    pins = dict(symbol.pins)
    if symbol.shape == "amplifier":
        # schemdraw's in1 carries the minus sign
        assert _near(element.absanchors["in1"], pins["minus"])
        assert _near(element.absanchors["in2"], pins["plus"])
        assert element.absanchors["out"][1] == pytest.approx(pins["out"][1])
    elif symbol.shape in SHAPES:
        start, end = element.absanchors["start"], element.absanchors["end"]
        if symbol.shape == "V":  # its plus sign is at the end
            start, end = end, start
        if symbol.shape == "switch" and start[0] > end[0]:
            start, end = end, start
        ends = [pins["1"], pins["2"]]
        if symbol.shape == "switch":
            ends.sort()
        assert _near(start, ends[0])
        assert _near(end, ends[1])


def _near(one, other) -> bool:
    return one[0] == pytest.approx(other[0]) and one[1] == pytest.approx(other[1])


def test_the_same_circuit_gives_the_same_bytes() -> None:
    first = Learner.from_file(CIRCUITS / "xor.toml").drawings().find("iv_converter")
    second = Learner.from_file(CIRCUITS / "xor.toml").drawings().find("iv_converter")
    for kind in ("svg", "png"):
        assert page_bytes(first[0], kind) == page_bytes(second[0], kind)
    assert pdf_bytes(first) == pdf_bytes(second)


def test_pictures_are_black_and_white_and_a4() -> None:
    page = _drawings("xor").pages[0]
    svg = page_bytes(page, "svg").decode()
    colours = set(re.findall(r"#[0-9a-f]{6}", svg))
    assert colours <= {"#000000", "#ffffff"}
    width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', svg)[:2]
    assert (float(width), float(height)) == pytest.approx((297 / 25.4 * 72, 210 / 25.4 * 72))
    assert AREA.width > 0
