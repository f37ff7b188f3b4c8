import itertools
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.record import Record
from hgecircuit.report import Report
from hgecircuit.report.plots import PLOTS, Plot, write_plots
from hgecircuit.report.plots.epoch import draw_epoch
from hgecircuit.report.plots.style import (
    counted,
    line_style,
    point_style,
    scale_for,
    styled,
)

_UNIT = re.compile(r"\(.+\)$")
# Some plots belong to one kind of task.
_OF_SPHERE, _OF_TABLE = {"accuracy", "exam", "batch"}, {"outputs", "epoch"}
# Counts have no unit.
_COUNTS = {"random start, in the order of the circuit's loss", "iteration", "points"}


@contextmanager
def drawn(plot: Plot, verification: Verification, study: Study | None) -> Iterator[Figure]:
    with styled():
        figure = plot.draw(verification, study)
        assert figure is not None
        figure.draw_without_rendering()
        yield figure


@pytest.fixture(params=["verification", "continuous_verification", "sphere_verification"])
def either(request: pytest.FixtureRequest) -> Verification:
    return request.getfixturevalue(request.param)


def test_report_has_every_plot_in_both_formats(
    report: Report, plain_report: Report, sphere_report: Report
) -> None:
    for plot, kind in itertools.product(PLOTS, ("png", "svg")):
        name = Path("plots") / f"{plot.name}.{kind}"
        assert (name in report.files) is (plot.name not in _OF_SPHERE)
        assert (name in plain_report.files) is (plot.name not in _OF_SPHERE | {"starts"})
        assert (name in sphere_report.files) is (plot.name not in _OF_TABLE | {"starts"})


def test_files_are_pictures(report: Report, sphere_report: Report) -> None:
    for plot in PLOTS:
        folder = (sphere_report if plot.name in _OF_SPHERE else report).folder / "plots"
        png = (folder / f"{plot.name}.png").read_bytes()
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert b"Software" not in png
        svg = (folder / f"{plot.name}.svg").read_bytes()
        assert ET.fromstring(svg).tag.endswith("svg")
        assert b"<dc:date>" not in svg


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_nothing_overlaps_or_leaves_the_page_and_axes_have_units(
    plot: Plot, either: Verification, study: Study
) -> None:
    if plot.name in (_OF_TABLE if either.sphere else _OF_SPHERE):
        assert plot.draw(either, study) is None
        return
    with drawn(plot, either, study) as figure:
        panels = [axes.get_tightbbox() for axes in figure.axes if axes.axison]
        legends = [legend.get_window_extent() for legend in figure.legends]
        assert legends
        for one, other in itertools.combinations([*panels, *legends], 2):
            assert one is not None
            assert other is not None
            width = min(one.x1, other.x1) - max(one.x0, other.x0)
            height = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert width < 1 or height < 1
        for box in (*panels, *legends):
            assert box is not None
            assert min(box.x0, box.y0) >= -1
            assert box.x1 <= figure.bbox.width + 1
            assert box.y1 <= figure.bbox.height + 1
        labels = [label for axes in figure.axes for label in (axes.get_xlabel(), axes.get_ylabel())]
        labels = [label for label in (*labels, figure.get_supylabel()) if label]
        assert labels
        assert all(_UNIT.search(label) for label in labels if label not in _COUNTS), labels


def test_same_data_give_the_same_bytes_whatever_the_user_has_set(
    verification: Verification,
    report: Report,
    study: Study,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Its figures would be global state, and its backend may ask for a display.
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with matplotlib.rc_context({"font.size": 30.0, "lines.linewidth": 9.0, "svg.hashsalt": None}):
        write_plots(verification, study, tmp_path)
        assert matplotlib.rcParams["font.size"] == 30.0
    for file in sorted(tmp_path.iterdir()):
        assert file.read_bytes() == (report.folder / "plots" / file.name).read_bytes(), file.name


def test_outputs_show_what_was_held(verification: Verification) -> None:
    with drawn(PLOTS[0], verification, None) as figure:
        lines = {str(line.get_label()): line for line in figure.axes[0].lines}
    held = np.asarray(lines["pattern 01, wanted 1"].get_ydata(), float)
    assert lines["pattern 01, wanted 1"].get_linestyle() == "-"
    assert lines["pattern 00, wanted 0"].get_linestyle() == "--"
    design = verification.learner.design
    timing = design.timing.evaluation_times_s(design.epochs)
    expected = verification.record.at("y1", timing[:, 1]) / design.iv.gain_ohm
    scale = 1e9 if np.abs(held).max() < 1e3 else 1e12
    assert held == pytest.approx(expected * scale, rel=1e-9)


def test_epoch_needs_traces(verification: Verification) -> None:
    from dataclasses import replace

    record = verification.record
    bare = {name: trace for name, trace in record.traces.items() if not name.startswith("acc")}
    without = replace(verification, record=Record(record.time_s, bare))
    assert draw_epoch(without, None) is None


@pytest.mark.parametrize(
    ("values", "factor", "unit"),
    [
        ([-8e-9, 3e-9], 1e9, "nA"),
        ([0.999e-6], 1e9, "nA"),
        ([1e-6], 1e6, "µA"),
        ([3.0], 1.0, "A"),
        ([0.0], 1.0, "A"),
        ([], 1.0, "A"),
        ([np.nan, 2e-3], 1e3, "mA"),
        ([1e-20], 1e15, "fA"),
    ],
)
def test_scale(values: list[float], factor: float, unit: str) -> None:
    scale = scale_for(values, "A")
    assert scale.factor == pytest.approx(factor)
    assert scale.unit == unit


def test_channels_look_different() -> None:
    assert len({str(line_style(m)) for m in range(49)}) == 49
    assert len({str(point_style(m)) for m in range(49)}) == 49


def test_counted_axis_goes_both_ways() -> None:
    to_count, to_place = counted(0.5, 2.0)
    assert to_count(4.5) == 2.0
    assert to_place(to_count(3.3)) == pytest.approx(3.3)
