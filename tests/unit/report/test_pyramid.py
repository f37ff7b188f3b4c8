"""Spans of waveforms: no window of them hides or invents a peak."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hgecircuit.report.run_page.pyramid import Spans, halve, make_spans, pack, unpack

COUNT = 64
VALUES = st.floats(-1e3, 1e3, allow_subnormal=False)


@st.composite
def records(draw) -> tuple[np.ndarray, np.ndarray]:
    """Uneven time points from 0 on, some closer than a span and some farther apart."""
    gaps = draw(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=80))
    values = draw(st.lists(VALUES, min_size=len(gaps) + 1, max_size=len(gaps) + 1))
    return np.concatenate([[0.0], np.cumsum(gaps)]), np.array(values)


def of_record(time_s: np.ndarray, values: np.ndarray, start_s: float, stop_s: float) -> Spans:
    """Least and greatest value of the straight lines between time points in a window."""
    inside = values[(time_s >= start_s) & (time_s <= stop_s)]
    ends = np.interp([start_s, stop_s], time_s, values)
    every = np.concatenate([inside, ends])
    return Spans(every.min(), every.max())


@given(records(), st.integers(0, COUNT - 1), st.integers(1, COUNT))
def test_any_window_has_the_records_extremes(record, first: int, length: int) -> None:
    time_s, values = record
    spans = make_spans(time_s, values, COUNT)
    edges_s = np.linspace(time_s[0], time_s[-1], COUNT + 1)
    last = min(COUNT, first + length)
    expected = of_record(time_s, values, edges_s[first], edges_s[last])
    assert spans.lows[first:last].min() == expected.lows
    assert spans.highs[first:last].max() == expected.highs


@given(records())
def test_packed_spans_hide_nothing_and_add_at_most_a_step(record) -> None:
    spans = make_spans(*record, COUNT)
    packed = pack(spans)
    found = unpack(packed, COUNT)
    # The last bits of the sum of offset and steps.
    dust = 4 * np.finfo(float).eps * (abs(packed.offset) + packed.step * 65535)
    assert (found.lows <= spans.lows + dust).all()
    assert (found.highs >= spans.highs - dust).all()
    assert (spans.lows - found.lows).max() <= packed.step + dust
    assert (found.highs - spans.highs).max() <= packed.step + dust


@given(records())
def test_coarser_levels_keep_every_peak(record) -> None:
    fine = make_spans(*record, COUNT)
    coarse = halve(fine)
    expected = make_spans(*record, COUNT // 2)
    assert np.array_equal(coarse.lows, expected.lows)
    assert np.array_equal(coarse.highs, expected.highs)


def test_a_needle_between_two_spans_is_seen() -> None:
    time_s = np.array([0.0, 0.50001, 0.500011, 0.500012, 1.0])
    spans = make_spans(time_s, np.array([0.0, 0.0, 7.0, 0.0, 0.0]), COUNT)
    assert spans.highs.max() == 7.0
    assert (spans.highs > 0).sum() == 1


def test_a_constant_trace_is_packed_exactly() -> None:
    packed = pack(make_spans(np.array([0.0, 1.0]), np.array([0.3, 0.3]), COUNT))
    assert packed.step == 0
    assert unpack(packed, COUNT).lows == pytest.approx(0.3, abs=0)
