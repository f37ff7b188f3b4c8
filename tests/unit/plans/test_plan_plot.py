"""The spectrum plot: what is drawn is what was computed, and nothing overlaps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from hgecircuit.design.plans import (
    Effort,
    ExcludedBands,
    PlanRequest,
    find_collisions,
    make_plan,
)
from hgecircuit.design.plans.expected import listening
from hgecircuit.report.plan_plot import draw_spectrum
from hgecircuit.report.plan_spectrum import (
    Spectrum,
    collision_levels,
    product_heights,
    product_lines,
    products_near,
)
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
    "crowd": PlanRequest(70, time_s=1.0, effort=QUICK),
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
        assert len(boxes) == 4
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
            texts = [one for one in axes.get_children() if isinstance(one, Text)]
            labels = [text.get_window_extent() for text in texts if text.get_text()]
            assert all(label.x1 <= figure.bbox.width + 1 for label in labels)
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
        assert "\n3 products up to order 3 on a carrier" in figure.axes[0].get_title("left")
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
        skirt = next(line for line in skirts if "filter of" in str(line.get_label()))
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


def test_products_too_many_for_lines_are_areas_and_exact_lines_around_the_closest() -> None:
    plan = make_plan(REQUESTS["crowd"])
    spectrum = Spectrum.of_plan(plan, 0.01)
    with drawn(spectrum) as figure:
        names = [str(patch.get_label()) for patch in figure.axes[0].patches]
        assert names == ["second-order products, 1 %", "third-order products, 0.01 %"]
        lower = figure.axes[1].collections
        assert {"second-order products, 1 %", "carriers"} <= {str(one.get_label()) for one in lower}


@pytest.mark.parametrize("rate_hz", [None, 4e4])
def test_heights_and_near_lines_are_those_of_all_products(rate_hz: float | None) -> None:
    """For few carriers the ways for many must give what every product one by one gives."""
    rng = np.random.default_rng(4)
    tones = np.sort(rng.choice(np.arange(1, 1500), 12, replace=False)) * 10.0
    lock_in = listening("gate", 0.1, signal_a=1e-9)
    found = find_collisions(tones, sample_rate_hz=rate_hz)
    spectrum = Spectrum(tones, 0.1, lock_in, 3, found, ExcludedBands(), rate_hz, 0.02)
    everything = product_lines(spectrum)
    for span_hz in ((0.0, 300.0), (2000.0, 2400.0), (14e3, 15e3)):
        near = products_near(spectrum, span_hz)
        for order in (2, 3):
            wanted = everything[order].within(span_hz)
            np.testing.assert_allclose(near[order].place_hz, wanted.place_hz, atol=1e-6)
            np.testing.assert_allclose(near[order].level_db, wanted.level_db)
    edges_hz = np.linspace(0, spectrum.end_hz, 41)
    heights = product_heights(spectrum, edges_hz)
    for order in (2, 3):
        lines = everything[order].within((0, spectrum.end_hz * 0.999))
        column = np.searchsorted(edges_hz, lines.place_hz, "right") - 1
        assert (heights[order][column] >= lines.level_db - 1e-9).all()
    assert np.isneginf(heights[2]).any()


def test_heights_are_nowhere_else() -> None:
    tones = np.array([10e3, 11e3, 14e3])
    lock_in = listening("gate", 0.1, signal_a=1e-9)
    spectrum = Spectrum(tones, 0.1, lock_in, 3, find_collisions(tones), ExcludedBands(), None, 0.01)
    edges_hz = np.linspace(0, spectrum.end_hz, 401)
    middle_hz = (edges_hz[1:] + edges_hz[:-1]) / 2
    # f1 + f2 - f2 counts too when sums are only counted.
    places = {2: product_lines(spectrum)[2].place_hz}
    places[3] = np.concatenate([product_lines(spectrum)[3].place_hz, tones])
    for order, height in product_heights(spectrum, edges_hz).items():
        nearest = np.abs(middle_hz[:, None] - places[order]).min(axis=1)
        assert np.isneginf(height[nearest > 1.6 * edges_hz[1]]).all()
        assert np.isfinite(height[nearest < 0.4 * edges_hz[1]]).any()


def test_a_thousand_bands_are_not_drawn_one_by_one() -> None:
    request = PlanRequest(3, time_s=0.1, lowest_hz=9e3, bands=ExcludedBands((50.0,)), effort=QUICK)
    with drawn(Spectrum.of_plan(make_plan(request), 0.01)) as figure:
        assert not figure.axes[0].patches
        assert "too close" in figure.axes[0].get_title("right")
        assert figure.axes[1].patches


def test_images_lie_at_differences_and_sums_and_leave_what_the_window_lets_through() -> None:
    plan = make_plan(REQUESTS["low-pass"])
    spectrum = Spectrum.of_plan(plan, 0.01)
    tones = plan.frequencies_hz
    channel = int(np.argmin(np.diff(tones)))
    with drawn(spectrum) as figure:
        axes = figure.axes[2]
        assert f"channel {channel + 1}:" in axes.get_title("left")
        places = {
            str(one.get_label()): np.array(one.get_segments())[:, 1, 0]
            for one in axes.collections
            if isinstance(one, LineCollection)
        }
        left = next(line for line in axes.lines if "leaves" in str(line.get_label()))
        curve = next(line for line in axes.lines if "behind the mixer" in str(line.get_label()))
    others = np.delete(tones, channel)
    differences, sums = np.abs(others - tones[channel]), tones + tones[channel]
    np.testing.assert_allclose(places["images at differences"], differences)
    np.testing.assert_allclose(places["images at sums"], sums)
    window = spectrum.lock_in.window
    level = 20 * np.log10(window.at(np.concatenate([differences, sums])))
    np.testing.assert_allclose(np.asarray(left.get_ydata()), level)
    exact = np.asarray(curve.get_xdata()) * plan.time_s < 6
    at_hz = np.asarray(curve.get_xdata())[exact]
    np.testing.assert_allclose(
        np.asarray(curve.get_ydata())[exact], 20 * np.log10(window.at(at_hz)), atol=1e-9
    )


def test_a_gate_leaves_nothing_of_the_images() -> None:
    with drawn(Spectrum.of_plan(make_plan(REQUESTS["five"]), 0.01)) as figure:
        assert not any("leaves" in str(line.get_label()) for line in figure.axes[2].lines)


def test_more_collisions_than_the_check_lists_are_all_marked() -> None:
    tones = np.arange(1.0, 41.0) * 100.0
    found = find_collisions(tones, listed=10)
    lock_in = listening("gate", 0.01, signal_a=1e-9)
    spectrum = Spectrum(tones, 0.01, lock_in, 3, found, ExcludedBands(), None, 0.01)
    assert list(collision_levels(spectrum)) == tones.tolist()
    with drawn(spectrum) as figure:
        assert f"{found.total:,} products" in figure.axes[0].get_title("left")


def test_carriers_far_up_are_counted_from_one_of_them() -> None:
    request = PlanRequest(3, time_s=1.0, lowest_hz=1e6, effort=QUICK)
    with drawn(Spectrum.of_plan(make_plan(request), 0.01)) as figure:
        assert figure.axes[1].get_xlabel() == "frequency above 1 MHz (Hz)"
        assert figure.axes[1].get_xlim()[0] < 0 < figure.axes[1].get_xlim()[1] < 20
