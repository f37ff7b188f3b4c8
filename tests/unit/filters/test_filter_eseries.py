"""Preferred numbers against the tables of IEC 60063."""

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.parts.filters.eseries import SERIES, nearest, series_values

# IEC 60063:2015, Tables 1 and 2.
E12 = (1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2)
E48 = (
    1.00, 1.05, 1.10, 1.15, 1.21, 1.27, 1.33, 1.40, 1.47, 1.54, 1.62, 1.69,
    1.78, 1.87, 1.96, 2.05, 2.15, 2.26, 2.37, 2.49, 2.61, 2.74, 2.87, 3.01,
    3.16, 3.32, 3.48, 3.65, 3.83, 4.02, 4.22, 4.42, 4.64, 4.87, 5.11, 5.36,
    5.62, 5.90, 6.19, 6.49, 6.81, 7.15, 7.50, 7.87, 8.25, 8.66, 9.09, 9.53,
)  # fmt: skip
E192_FROM_9 = (9.09, 9.20, 9.31, 9.42, 9.53, 9.65, 9.76, 9.88)


def test_values_of_a_decade() -> None:
    assert SERIES["E12"] == E12
    assert SERIES["E6"] == E12[::2]
    assert SERIES["E48"] == E48
    assert SERIES["E96"][::2] == E48
    assert SERIES["E192"][::2] == SERIES["E96"]
    assert SERIES["E192"][-8:] == E192_FROM_9
    assert [len(values) for values in SERIES.values()] == [6, 12, 24, 48, 96, 192]


def test_ranges_hold_both_ends_and_exact_floats() -> None:
    values = series_values("E12", 4.7e-9, 1e-7)
    assert values[0] == 4.7e-9
    assert values[-1] == 1e-7
    assert values.tolist() == [
        4.7e-9, 5.6e-9, 6.8e-9, 8.2e-9, 1e-8, 1.2e-8, 1.5e-8, 1.8e-8, 2.2e-8, 2.7e-8, 3.3e-8,
        3.9e-8, 4.7e-8, 5.6e-8, 6.8e-8, 8.2e-8, 1e-7,
    ]  # fmt: skip
    assert len(series_values("E24", 1e3, 1e6)) == 73
    assert len(series_values("E96", 1.01e3, 1.015e3)) == 0


def test_nearest_is_by_ratio() -> None:
    values = np.array([1.0, 10.0])
    np.testing.assert_array_equal(nearest(values, np.array([3.1, 3.2])), [1.0, 10.0])


def test_an_unknown_series_is_refused() -> None:
    with pytest.raises(InputError, match="E24"):
        series_values("E13", 1, 10)
