"""KiCad's own command line on the exported schematic, and its netlist read back."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hgecircuit.emit.kicad.board import make_board
from hgecircuit.emit.kicad.expressions import children, read_expression, text_of
from hgecircuit.emit.kicad.schematic import write_schematic
from hgecircuit.learner import Learner

KICAD = shutil.which("kicad-cli")
pytestmark = [
    pytest.mark.skipif(KICAD is None, reason="needs kicad-cli of KiCad 9: docs/export.md"),
    pytest.mark.slow,
]
CIRCUIT = Path(__file__).parents[2] / "circuits" / "xor_component.toml"


def _kicad(*arguments: str | Path) -> None:
    assert KICAD is not None
    command = [KICAD, "sch", *map(str, arguments)]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=True)


def test_kicad_sees_the_same_parts_and_nets_and_gives_changed_values_back(tmp_path: Path) -> None:
    learner = Learner.from_file(CIRCUIT)
    board = make_board(learner.nominal().deck().circuit, learner.spec.components)
    schematic, netlist = tmp_path / "xor.kicad_sch", tmp_path / "xor.net"
    schematic.write_text(write_schematic(board), encoding="utf-8")
    _kicad("export", "netlist", "-o", netlist, schematic)
    found = read_expression(netlist.read_text(encoding="utf-8"))

    parts = [one for listed in children(found, "components") for one in children(listed, "comp")]
    told = {
        text_of(one, "ref"): (text_of(one, "value"), text_of(one, "footprint")) for one in parts
    }
    assert told == {one.reference: (one.value, one.footprint) for one in board.components}
    nets = {
        text_of(net, "name"): {
            (text_of(node, "ref"), text_of(node, "pin")) for node in children(net, "node")
        }
        for listed in children(found, "nets")
        for net in children(listed, "net")
    }
    wanted: dict[str, set[tuple[str, str]]] = {}
    for one in board.components:
        for unit in one.units:
            for pin, net in unit.nets.items():
                wanted.setdefault(net, set()).add((one.reference, pin))
    assert {name: nets[name] for name in wanted} == wanted
    # All others are single pins that a comparator leaves open on purpose.
    assert all(len(nets[name]) == 1 for name in set(nets) - set(wanted))

    report = tmp_path / "erc.rpt"
    _kicad("erc", "-o", report, schematic)
    # Libraries may be missing where this runs; the circuit itself has nothing to complain about.
    kinds = set(re.findall(r"^\[(\w+)\]", report.read_text(encoding="utf-8"), re.MULTILINE))
    assert kinds <= {"footprint_link_issues", "lib_symbol_issues"}

    feedback = next(one for one in board.components if one.units[0].place == "iv.rfeedback")
    text = schematic.read_text(encoding="utf-8")
    at = text.index(f'"Reference" "{feedback.reference}"')
    changed = text[:at] + text[at:].replace(f'"{feedback.value}"', '"15.3M"', 1)
    schematic.write_text(changed, encoding="utf-8")
    _kicad("export", "netlist", "-o", netlist, schematic)
    edited = learner.with_netlist(netlist)
    assert [edit.name for edit in edited.edits] == ["iv.rfeedback"]
    before, after = (
        float(re.findall(r"Rfeedback inp first (\S+)", one.netlist())[0])
        for one in (learner, edited)
    )
    assert after / before == pytest.approx(15.3e6 / 15e6)
    values = [place.value for place in edited.bill().places if place.path == "iv.rfeedback"]
    assert [float(value) for value in values] == [pytest.approx(15.3e6)]
