"""Pairs of preferred numbers."""

import numpy as np
import pytest

from hgecircuit.parts.filters.eseries import SERIES
from hgecircuit.parts.ratios import ratio_pair


@pytest.mark.parametrize(
    ("series", "largest", "median"), [("E96", 84e-4, 8e-4), ("E192", 15e-4, 4e-5)]
)
def test_pairs_are_of_the_series_and_as_close_as_documented(
    series: str, largest: float, median: float
) -> None:
    ratios = np.geomspace(0.01, 100, 501)
    pairs = np.array([ratio_pair(ratio, 10e3, series) for ratio in ratios])
    errors = np.abs(pairs[:, 1] / pairs[:, 0] / ratios - 1)
    assert errors.max() < largest
    assert np.median(errors) < 1.1 * median
    mantissas = pairs / 10 ** np.floor(np.log10(pairs) + 1e-9)
    assert np.isclose(mantissas[..., None], SERIES[series], rtol=1e-9).any(axis=-1).all()
    assert np.all((pairs[:, 0] >= 10e3 / np.sqrt(10)) & (pairs[:, 0] <= 10e3 * np.sqrt(10)))


def test_no_other_pair_is_closer() -> None:
    first, second = ratio_pair(0.37, 5e3, "E24")
    decades = np.multiply.outer([1e2, 1e3, 1e4, 1e5], SERIES["E24"]).ravel()
    firsts = decades[(decades >= 5e3 / np.sqrt(10)) & (decades <= 5e3 * np.sqrt(10))]
    errors = np.abs(np.log(decades / firsts[:, None] / 0.37))
    assert abs(np.log(second / first / 0.37)) == pytest.approx(errors.min(), rel=1e-9)
