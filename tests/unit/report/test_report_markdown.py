import re
from dataclasses import replace

import numpy as np
import pytest
from report_builders import with_trace

from hgecircuit.compare.verification import Verification
from hgecircuit.design.edits import Edit
from hgecircuit.parts.edited import Change
from hgecircuit.report import Report
from hgecircuit.report.course import has_latch, latched_s, read_course
from hgecircuit.report.data import build_data
from hgecircuit.report.markdown import build_markdown
from hgecircuit.report.markup import code_block, escape, table
from hgecircuit.report.plots import PLOTS
from hgecircuit.report.summary import summary_lines

_CELL_BORDER = re.compile(r"(?<!\\)\|")


def text_of(report: Report) -> str:
    return (report.folder / "report.md").read_text(encoding="utf-8")


def tables_of(text: str) -> list[list[str]]:
    blocks = re.split(r"\n\n", text)
    return [block.splitlines() for block in blocks if block.startswith("|")]


def test_every_verdict_is_in_the_table(report: Report) -> None:
    text = text_of(report)
    for row in report.rows:
        assert f"| `{row.name}` | {escape(row.value)} |" in text
    assert "**not measured**" in text


def test_rows_have_the_columns_of_their_heading(report: Report, plain_report: Report) -> None:
    tables = tables_of(text_of(report)) + tables_of(text_of(plain_report))
    assert len(tables) == 10 + 9
    for lines in tables:
        assert len({len(_CELL_BORDER.findall(line)) for line in lines}) == 1, lines[0]


def test_links_lead_to_files(report: Report, plain_report: Report) -> None:
    for one in (report, plain_report):
        links = re.findall(r"\]\(([^)]+)\)", text_of(one))
        assert len(links) >= 12
        assert all((one.folder / link).is_file() for link in links)


def test_study_has_a_table_and_a_plot(report: Report, plain_report: Report) -> None:
    assert "## Random starts" in text_of(report)
    assert "plots/starts.png" in text_of(report)
    assert "Random starts" not in text_of(plain_report)


def test_command_is_there_to_be_run_again(report: Report, plain_report: Report) -> None:
    assert "```sh\nhgecircuit verify circuits/xor.toml\n```" in text_of(report)
    assert "To run it again" not in text_of(plain_report)


def test_budget_shows_largest_first(report: Report) -> None:
    section = text_of(report).split("## Gradient")[1].split("![")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| ")]
    shares = [
        float(row[2].strip(" %")) for row in rows[2:] if "**" not in row[1] and "–" not in row[2]
    ]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) >= 5


@pytest.mark.parametrize("title", ["a | b", "<b>x</b> & [y](z)", "`x` *y* _z_", "# no heading"])
def test_titles_are_shown_as_they_are(verification: Verification, title: str) -> None:
    data = build_data(verification, None, None, "") | {"title": title}
    first = build_markdown(verification, None, data, PLOTS).splitlines()[0]
    assert first == f"# {escape(title)}"
    assert re.sub(r"\\(.)", r"\1", first) == f"# {title}"
    assert not re.search(r"(?<!\\)[<>|`*]", first)


def test_names_are_readable_without_rendering() -> None:
    assert escape("limits.gradient_relative_error") == "limits.gradient_relative_error"
    assert escape("two\nlines") == "two lines"


def test_code_block_can_not_be_ended_from_inside() -> None:
    lines = code_block("a ``` b\n````")
    assert lines[0] == "`````sh"
    assert lines[-1] == "`````"


def test_table_aligns() -> None:
    assert table(("a", "b"), [("1", "2")], "lr") == ["| a | b |", "| --- | ---: |", "| 1 | 2 |"]


def test_summary_tells_of_solution_and_latch(verification: Verification) -> None:
    learning = verification.learning
    solved = replace(learning, solved=True, solved_s=float(learning.epoch_end_s[2]))
    circuit, reference = summary_lines(replace(verification, learning=solved), None)
    assert circuit.startswith("circuit: solved after 2 epochs")
    assert "latched since" in circuit
    assert reference.startswith("digital reference, same start: not solved; 5 iterations")


def test_summary_of_a_run_that_did_not_solve(continuous_verification: Verification) -> None:
    lost = replace(continuous_verification.learning, solved=False, solved_s=None)
    circuit = next(summary_lines(replace(continuous_verification, learning=lost), None))
    assert circuit.startswith("circuit: not solved in 6 epochs")
    assert "latch" not in circuit


def test_latch_shut_at_the_end_counts_from_its_last_closing(verification: Verification) -> None:
    time_s = verification.record.time_s
    closed_s = latched_s(verification)
    assert closed_s == pytest.approx(0.6 * time_s[-1], rel=1e-3)
    again = with_trace(verification, "open", np.where(time_s > 0.9 * time_s[-1], 1.0, 0.0))
    assert latched_s(again) is None
    never = with_trace(verification, "open", np.zeros_like(time_s))
    assert latched_s(never) == verification.learner.design.timing.delay_s


def test_topology_without_latch(continuous_verification: Verification) -> None:
    assert not has_latch(continuous_verification)
    assert latched_s(continuous_verification) is None


def test_held_outputs_are_currents(verification: Verification) -> None:
    course, design = read_course(verification), verification.learner.design
    expected = verification.record.at("y2", course.time_s[:, 2]) / design.iv.gain_ohm
    assert course.outputs_a.shape == (6, 4)
    assert np.allclose(course.outputs_a[:, 2], expected, rtol=1e-12)


def test_sphere_shows_accuracies_in_place_of_a_truth_table(
    sphere_verification: Verification, sphere_report: Report
) -> None:
    text = (sphere_report.folder / "report.md").read_text(encoding="utf-8")
    sphere = sphere_verification.sphere
    assert sphere is not None
    assert "Accuracy on 40 training points and 60 test points" in text
    assert f"| {100 * float(sphere.exam.test):.1f} % |" in text
    assert "Truth table" not in text
    # and so for the rig, whose truth table of all points would be as long as the page
    assert "| rig | " in text
    assert "rig.truth_table" not in text
    rig = sphere_verification.rig
    assert rig is not None
    assert rig.accuracies is not None
    assert f"| `rig.test_accuracy` | {float(rig.accuracies['rig'].test):.4g} | ≥ 0.94 |" in text
    circuit, reference = sphere_report.summary
    assert f"{100 * float(sphere.exam.test):.1f} % of the test points" in circuit
    assert "paper 94 %" in circuit
    assert f"{100 * float(sphere.reference.test):.1f} % of the test points" in reference


def test_parts_and_power_stand_beside_the_digital_alternatives(report: Report) -> None:
    section = text_of(report).partition("## Parts and power")[2].partition("\n## ")[0]
    assert "Nothing to buy; supply power unknown" in section
    assert "Only modelled: sequencer" in section
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[2:]] == [
        "| analog circuit",
        "| embedded lock-in, the paper's timing",
        "| embedded lock-in, the circuit's timing",
        "| paper's rig without its computer",
    ]
    assert rows[2].split(" | ")[1] == rows[2].split(" | ")[3] == "unknown"
    assert "its chips without load" in section


def test_values_that_were_changed_by_hand_are_listed(verification: Verification) -> None:
    edit = Edit("iv", Change((), "hgain", 1e8, 1.02e8))
    edited = replace(verification, learner=verification.learner.with_edits([edit]))
    data = build_data(edited, None, circuit_file=None, command="")
    assert "| iv.hgain | 1e+08 | 1.02e+08 |" in build_markdown(edited, None, data, PLOTS)
    assert data["changed_values"] == [{"element": "iv.hgain", "was": 1e8, "value": 1.02e8}]
    plain = build_markdown(verification, None, data, PLOTS)
    assert "Changed values" not in plain
