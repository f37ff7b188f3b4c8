"""Random builds in blocks: the same figures as all at once, in bounded memory, with progress."""

import tracemalloc

import numpy as np
import pytest

from hgecircuit.design.filters import tolerance
from hgecircuit.design.filters.data import design_data, share_settled
from hgecircuit.design.filters.design import FilterDesign, design_filter
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.design.filters.tolerance import Builds, Spread
from hgecircuit.report import filter_plots

REQUEST = FilterRequest(cutoff_hz=100.0, order=2, reject_hz=(900.0, 5e3), builds=60)


@pytest.fixture(scope="module")
def design() -> FilterDesign:
    return design_filter(REQUEST)


def draw(design: FilterDesign, builds: int) -> Builds:
    return Builds.draw(design.analysis, 0.01, 0.05, builds, 1)


def test_blocks_give_what_all_at_once_gives(
    design: FilterDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = draw(design, 60)
    frequency_hz = np.array(REQUEST.reject_hz)
    monkeypatch.setattr(tolerance, "_BLOCK", 7)
    figures = builds.figures(0.02, frequency_hz)
    np.testing.assert_allclose(figures.gains, builds.gains, rtol=1e-12)
    np.testing.assert_allclose(figures.cutoffs_hz, builds.cutoffs_hz, rtol=1e-12)
    levels_db = builds.attenuations_db(frequency_hz)
    np.testing.assert_allclose(figures.attenuations_db, levels_db, rtol=1e-12)
    for (pole_hz, q), (other_hz, other) in zip(figures.sections, builds.sections(), strict=True):
        np.testing.assert_allclose(pole_hz, other_hz, rtol=1e-12)
        assert q is not None
        assert other is not None
        np.testing.assert_allclose(q, other, rtol=1e-12)
    for reading in ("first", "stay"):
        nominal_s = design.analysis.settling_s(0.02, reading)
        settled_s = builds.settling_s(0.02, reading, nominal_s)
        np.testing.assert_allclose(figures.settling_s[reading], settled_s, rtol=1e-9)


def test_many_frequencies_are_solved_in_parts(
    design: FilterDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds, frequency_hz = draw(design, 3), np.geomspace(1, 1e4, 25)
    whole = builds.responses(frequency_hz)
    monkeypatch.setattr(tolerance, "_FREQUENCIES", 4)
    np.testing.assert_array_equal(builds.responses(frequency_hz), whole)
    assert builds.responses(np.array([])).shape == (3, 0)


def peak_bytes(builds: Builds) -> int:
    tracemalloc.start()
    builds.figures(0.02, np.array(REQUEST.reject_hz))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_builds(
    design: FilterDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four times as many builds add their results only: some numbers of 8 bytes per build."""
    monkeypatch.setattr(tolerance, "_BLOCK", 50)
    few, many = (peak_bytes(draw(design, builds)) for builds in (100, 400))
    numbers = 2 + 2 + 2 + 2  # gain and cut-off, section, attenuations, settling
    # Results of blocks and their concatenation exist at once.
    assert many - few < 2 * 300 * 8 * numbers + 50_000


def test_memory_is_less_than_one_table_of_all_step_responses(design: FilterDesign) -> None:
    assert peak_bytes(draw(design, 3000)) < 3000 * tolerance._POINTS * 8


def test_progress_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tolerance, "_BLOCK", 20)
    heard: dict[str, list[float]] = {}

    def report(stage: str, share: float) -> None:
        heard.setdefault(stage, []).append(share)

    design = design_filter(REQUEST, report)
    assert heard.keys() == {"values"}
    design_data(design)
    assert heard["random builds"] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    filter_plots.render_filter(design, "png")
    assert heard["bands of the Bode plot"] == heard["bands of the step plot"]
    for shares in heard.values():
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_bands_are_the_ends_of_all_blocks(
    design: FilterDesign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tolerance, "_BLOCK", 7)
    frequency_hz = np.geomspace(10, 1e4, 9)
    levels_db = -design.builds.attenuations_db(frequency_hz)
    band = filter_plots._bode_bands(design, frequency_hz)[0]
    np.testing.assert_allclose(band, [levels_db.min(0), levels_db.max(0)], atol=1e-9)


def test_builds_that_never_settle_are_left_out(design: FilterDesign) -> None:
    values = np.array([np.nan, 3.0, 1.0, 2.0])
    assert Spread("settling (stay)", "s", values).percentiles[::2] == (1.0, 2.0, 3.0)
    nothing = Spread("settling (stay)", "s", np.full(3, np.nan))
    assert np.isnan(nothing.percentiles).all()
    # A tenth of the nominal time as the nominal one: no build is settled by 2.5 times that.
    late_s = draw(design, 20).settling_s(0.02, "stay", design.analysis.settling_s(0.02, "stay") / 9)
    assert np.isnan(late_s).all()
    assert share_settled(design) is None
