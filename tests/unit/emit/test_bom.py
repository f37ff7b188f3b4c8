"""Bills of materials: every part once, packages by the rule, files that spreadsheets can trust."""

import csv
import io
import zipfile
from html.parser import HTMLParser

import openpyxl
import pytest

from hgecircuit.circuit.bill import bill_of
from hgecircuit.emit.bom import Bom, bom_csv, bom_html, bom_xlsx, make_bom
from hgecircuit.emit.bom.lines import series_of
from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Chip, Circuit, Subcircuit
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.logic.chips import LOGIC
from hgecircuit.parts.multipliers.table import MULTIPLIERS
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.packages import capacitor_package, chip_package, resistor_package
from hgecircuit.parts.switches.analog_switch import SWITCHES
from hgecircuit.spec.components import ComponentsSpec

DUAL = Chip("TL072C", "op-amp", 0.03, "a data sheet", 2)


def _stage() -> Subcircuit:
    opamp = Subcircuit("opamp", ("inp", "out"), "An op-amp.", DUAL)
    opamp.vcvs("gain", "out", GROUND, "inp", GROUND, 1e5)
    part = Subcircuit("stage", ("inp", "out"), "A stage.")
    part.resistor("input", "inp", "sum", 10e3)
    part.resistor("feedback", "sum", "out", 15e6)
    part.capacitor("feedback", "sum", "out", 33e-9)
    part.instance("opamp", opamp, ("sum", "out"))
    with part.stands_for("-5 V reference"):
        part.current("shift", GROUND, "sum", 1e-6)
    return part


def _bom(title: str = "test", stages: int = 3) -> Bom:
    circuit, stage = Circuit("test"), _stage()
    for n in range(stages):
        circuit.instance(f"u{n}", stage, (f"n{n}", f"n{n + 1}"))
    return make_bom(title, bill_of(circuit), ComponentsSpec())


def test_every_part_stands_on_one_line_and_has_one_designator() -> None:
    bom = _bom()
    resistors, large = resistor_package(1e4, 1e-3), resistor_package(15e6, 1e-3)
    assert [line[:9] for line in bom.lines] == [
        (("U1", "U2"), "op-amp", "TL072C", "TL072C", None, "", chip_package("TL072C"), 3, 2),
        (("R1", "R3", "R5"), "resistor", "10 kohm", "", 1e-3, "E6", resistors, 3, 3),
        (("R2", "R4", "R6"), "resistor", "15 Mohm", "", 1e-3, "E6", large, 3, 3),
        (("C1", "C2", "C3"), "capacitor", "33 nF", "", 1e-2, "E6", capacitor_package(33e-9), 3, 3),
    ]
    assert bom.lines[0].places == ("u0.opamp", "u1.opamp", "u2.opamp")
    assert bom.totals[-1] == ("all parts", 12, 11, pytest.approx(4 * 0.03))
    assert [total[:3] for total in bom.totals[:-1]] == [
        ("chips", 3, 2),
        ("resistors", 6, 6),
        ("capacitors", 3, 3),
    ]


def test_the_series_is_the_coarsest_that_has_the_value() -> None:
    assert [series_of(value) for value in (1e3, 1.2e-8, 1.3e4, 1.62e2, 8060, 1110, 1234.0)] == [
        "E6",
        "E12",
        "E24",
        "E48",
        "E96",
        "E192",
        "none",
    ]


def test_packages_follow_kind_value_and_tolerance() -> None:
    assert resistor_package(1e6, 1e-3).name == "0805 thin film"
    assert resistor_package(1e6, 1e-2).name == "0805 thick film"
    assert "select or trim" in resistor_package(15e6, 1e-3).note
    assert resistor_package(15e6, 1e-2).note == ""
    names = [capacitor_package(farad).name for farad in (1e-9, 1e-8, 3.3e-8, 1e-6, 1e-5)]
    assert names == ["0805 C0G", "1206 C0G", "film PP, 5 mm", "film PP, 15 mm", "film PET, 15 mm"]
    assert capacitor_package(5e-13).note


@pytest.mark.parametrize("part", [*OPAMPS, *MULTIPLIERS, *SWITCHES, *COMPARATORS])
def test_every_chip_of_the_tables_has_a_package(part: str) -> None:
    assert ":" in chip_package(part).footprint


def test_logic_has_packages_and_an_unknown_part_is_told() -> None:
    assert all(chip_package(chip.name).name for chip in LOGIC.values())
    with pytest.raises(InputError, match="LM741"):
        chip_package("LM741")


def test_csv_is_read_back_whole() -> None:
    bom = _bom()
    rows = list(csv.DictReader(io.StringIO(bom_csv(bom).decode(), newline="")))
    lines = [row for row in rows if row["item"].isdigit()]
    assert [row["value"] for row in lines] == [line.value for line in bom.lines]
    assert [row["designators"].split() for row in lines] == [[*x.designators] for x in bom.lines]
    assert [int(row["to buy"]) for row in lines] == [line.packages for line in bom.lines]
    assert [row["places"] for row in rows if row["item"] == "only modelled"] == [
        f"u{n}: -5 V reference" for n in range(3)
    ]
    assert bom_csv(bom).count(b"\n") == bom_csv(bom).count(b"\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_title_becomes_a_formula(start: str) -> None:
    title = f'{start}HYPERLINK("http://x.test","y")'
    rows = list(csv.reader(io.StringIO(bom_csv(_bom(title)).decode(), newline="")))
    assert [cell for row in rows for cell in row if title in cell] == ["'" + title]
    sheet = openpyxl.load_workbook(io.BytesIO(bom_xlsx(_bom(title)))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_a_workbook_holds_numbers_as_numbers_and_no_date_of_today() -> None:
    bom, content = _bom(), bom_xlsx(_bom())
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    quantity, supply = rows[0].index("quantity"), rows[0].index("supply in W")
    assert [row[quantity] for row in rows[1:5]] == [line.quantity for line in bom.lines]
    assert rows[1][supply] == pytest.approx(0.12)
    assert content == bom_xlsx(bom)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        core = archive.read("docProps/core.xml").decode()
        assert core.count("2000-01-01") == core.count("T00:00:00Z") == 2
        assert {info.date_time[0] for info in archive.infolist()} == {1980}


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        self._open = tag in ("td", "th")
        if self._open:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


def test_the_page_has_the_lines_and_shows_any_title_literally() -> None:
    bom, page = _bom("<script>1</script> & co"), _Cells()
    page.feed(bom_html(bom).decode())
    value = page.rows[0].index("value")
    assert [row[value] for row in page.rows[1:5]] == [line.value for line in bom.lines]
    assert len({len(row) for row in page.rows}) == 1
    assert not page.tags & {"script", "link", "img"}
