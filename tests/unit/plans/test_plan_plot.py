"""The spectrum plot: what is drawn is what was computed, and nothing overlaps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from hgecircuit.design.plans import (
    Effort,
    ExcludedBands,
    PlanRequest,
    find_collisions,
    make_plan,
)
from hgecircuit.design.plans.expected import listening
from hgecircuit.report.plan_plot import draw_spectrum
from hgecircuit.report.plan_spectrum import Spectrum
from hgecircuit.report.plots.style import styled

QUICK = Effort(nodes=3000, tries=1500)
REQUESTS = {
    "five": PlanRequest(5, time_s=0.01, effort=QUICK),
    "one": PlanRequest(1, time_s=0.01, noise=None, effort=QUICK),
    "mains": PlanRequest(
        7,
        time_s=0.1,
        highest_hz=1e3,
        objective="error",
        bands=ExcludedBands((50.0,), 2.0, ((300.0, 420.0),)),
        effort=QUICK,
    ),
    "shared and sampled": PlanRequest(
        9, time_s=0.02, quadrature=True, sample_rate_hz=10e3, effort=QUICK
    ),
    "low-pass": PlanRequest(6, time_s=0.1, response="butterworth", effort=QUICK),
    "forty": PlanRequest(40, time_s=0.1, effort=QUICK),
    "crowd": PlanRequest(100, time_s=1.0, effort=QUICK),
}


@contextmanager
def drawn(spectrum: Spectrum) -> Iterator[Figure]:
    with styled():
        figure = draw_spectrum(spectrum)
        figure.draw_without_rendering()
        yield figure


def lines(figure: Figure, label: str) -> dict[float, float]:
    """Tops of the stems in the upper panel, by place in Hz."""
    axes = figure.axes[0]
    factor = 1e3 if "kHz" in axes.get_xlabel() else 1.0
    found = [
        one
        for one in axes.collections
        if isinstance(one, LineCollection) and str(one.get_label()).startswith(label)
    ]
    assert len(found) == 1
    segments = np.array(found[0].get_segments())
    return dict(zip(segments[:, 1, 0] * factor, segments[:, 1, 1], strict=True))


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_overlaps_or_leaves_the_page_and_axes_have_units(name: str) -> None:
    with drawn(Spectrum.of_plan(make_plan(REQUESTS[name]), 0.01)) as figure:
        boxes = [axes.get_tightbbox() for axes in figure.axes]
        boxes += [legend.get_window_extent() for legend in figure.legends]
        assert len(boxes) == 3
        for one, other in itertools.combinations(boxes, 2):
            assert one is not None
            assert other is not None
            width = min(one.x1, other.x1) - max(one.x0, other.x0)
            height = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert width < 1 or height < 1
        for box in boxes:
            assert box is not None
            assert min(box.x0, box.y0) >= -1
            assert box.x1 <= figure.bbox.width + 1
        for axes in figure.axes:
            assert axes.get_xlabel().endswith("Hz)")
            assert "dB" in axes.get_ylabel()
            labels = [text.get_window_extent() for text in axes.texts]
            for one, other in itertools.combinations(labels, 2):
                width = min(one.x1, other.x1) - max(one.x0, other.x0)
                height = min(one.y1, other.y1) - max(one.y0, other.y0)
                assert width <= 1 or height <= 1


def test_products_lie_where_sums_put_them_at_the_levels_of_the_curvature() -> None:
    plan = make_plan(REQUESTS["five"])
    assert plan.frequencies_hz.tolist() == [700.0, 1100.0, 1600.0, 1700.0, 1900.0]
    with drawn(Spectrum.of_plan(plan, 0.02)) as figure:
        second = lines(figure, "second-order products, 2 %")
        third = lines(figure, "third-order products, 0.04 %")
        carriers = lines(figure, "carriers")
    level = 20 * np.log10(0.02)
    tones = plan.frequencies_hz.tolist()
    expected = {2 * tone: level + 20 * np.log10(0.5) for tone in tones}
    for one, other in itertools.combinations(tones, 2):
        expected[one + other] = expected[other - one] = level
    top_hz = 2.06 * 1900
    assert second == pytest.approx({k: v for k, v in expected.items() if k <= top_hz})
    assert third[2 * 700.0 - 1100.0] == pytest.approx(2 * level + 20 * np.log10(0.75))
    assert third[1100.0 + 1600.0 - 700.0] == pytest.approx(2 * level + 20 * np.log10(1.5))
    assert carriers == dict.fromkeys(tones, 0.0)
    assert not carriers.keys() & (second.keys() | third.keys())


def test_products_fold_at_the_sample_rate() -> None:
    tones = np.array([900.0, 2000.0])
    lock_in = listening("gate", 0.01, signal_a=1e-9)
    collisions = find_collisions(tones, sample_rate_hz=5e3)
    spectrum = Spectrum(tones, 0.01, lock_in, 3, collisions, ExcludedBands(), 5e3, 0.01)
    with drawn(spectrum) as figure:
        places = sorted(lines(figure, "second-order"))
        assert places == pytest.approx([1000.0, 1100.0, 1800.0, 2100.0])
        assert figure.axes[0].get_xlim()[1] == 2500


def test_products_on_carriers_are_marked() -> None:
    tones = np.array([400.0, 500.0, 600.0])
    lock_in = listening("gate", 0.01, signal_a=1e-9)
    spectrum = Spectrum(
        tones, 0.01, lock_in, 3, find_collisions(tones), ExcludedBands(), None, 0.01
    )
    with drawn(spectrum) as figure:
        assert "3 products up to order 3 on a carrier" in figure.axes[0].get_title("left")
        marked = [
            line for line in figure.axes[0].lines if line.get_label() == "products on a carrier"
        ]
        assert len(marked) == 1
        assert np.asarray(marked[0].get_xdata()).tolist() == [400.0, 500.0, 600.0]
        level = 20 * np.log10(1e-4)
        expected = [level + 20 * np.log10(weight) for weight in (0.75, 1.5, 0.75)]
        assert np.asarray(marked[0].get_ydata()).tolist() == pytest.approx(expected)


def test_skirts_are_the_window_s_and_noise_its_own() -> None:
    plan = make_plan(REQUESTS["five"])
    with drawn(Spectrum.of_plan(plan, 0.01)) as figure:
        skirts = [line for line in figure.axes[1].lines if len(line.get_xdata()) > 300]
        skirt = next(line for line in skirts if "skirt" in str(line.get_label()))
        noise = next(line for line in figure.axes[0].lines if "noise" in str(line.get_label()))
    place = np.asarray(skirt.get_xdata(), float)
    level = np.asarray(skirt.get_ydata(), float)
    carrier = place[np.argmax(level)]
    sinc = np.abs(np.sinc((place - carrier) * 0.01))
    visible = sinc > 1e-6
    np.testing.assert_allclose(level[visible], 20 * np.log10(sinc[visible]), atol=1e-6)
    at_hz = np.asarray(noise.get_xdata(), float)
    power = 100.0 * 1e-23 * (1e3 / at_hz) ** 1.5 / 0.8e-9**2
    np.testing.assert_allclose(np.asarray(noise.get_ydata()), 10 * np.log10(power))


def test_excluded_bands_are_shaded() -> None:
    plan = make_plan(REQUESTS["mains"])
    with drawn(Spectrum.of_plan(plan, 0.01)) as figure:
        shaded = [patch.get_window_extent() for patch in figure.axes[0].patches]
        carriers = figure.axes[0].transData.transform(
            np.column_stack([plan.frequencies_hz, np.zeros(7)])
        )[:, 0]
    top_hz = 2.06 * float(plan.frequencies_hz[-1])
    assert len(shaded) == 1 + int((top_hz + 1) // 50)
    for box in shaded:
        assert not ((carriers > box.x0) & (carriers < box.x1)).any()


def test_too_many_products_are_left_out() -> None:
    with drawn(Spectrum.of_plan(make_plan(REQUESTS["crowd"]), 0.01)) as figure:
        labels = {str(one.get_label()) for one in figure.axes[0].collections}
        assert "carriers" in labels
        assert not any("products" in label for label in labels)
