import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hgecircuit.report.plain import format_json, format_share, format_value, to_plain

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3.2e-9, "A", "3.2 nA"),
        (0.35, "s", "350 ms"),
        (0.0, "V", "0 V"),
        (0.01392, "1", "0.01392"),
        (0.9999912, "1", "0.999991"),
        (1.0, "1", "1"),
        (0, "1", "0"),
        (0.0018, "dB", "0.0018 dB"),
        ("0110", "bits", "0110"),
        (None, "s", "not measured"),
        (math.nan, "A", "not a number"),
    ],
)
def test_format_value(value: float | str | None, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


@pytest.mark.parametrize(("share", "text"), [(0.0112, "1.12 %"), (1.0, "100 %"), (4e-16, "0 %")])
def test_format_share(share: float, text: str) -> None:
    assert format_share(share) == text


def test_to_plain_has_no_numpy_and_no_nan() -> None:
    data = to_plain({"a": np.array([[1.0, np.nan]]), "b": np.bool_(True), 3: (np.int64(2), np.inf)})
    assert data == {"a": [[1.0, None]], "b": True, "3": [2, None]}
    assert type(data["b"]) is bool
    assert type(data["3"][0]) is int


def test_to_plain_refuses_objects() -> None:
    with pytest.raises(TypeError, match="not plain"):
        to_plain({"a": object()})


@given(_PLAIN)
def test_format_json_is_json(data: object) -> None:
    assert json.loads(format_json(data)) == data


def test_format_json_keeps_lists_on_one_line() -> None:
    assert format_json({"a": [1.0, 2.0], "b": [[1], [2]]}) == (
        '{\n  "a": [1.0, 2.0],\n  "b": [\n    [1],\n    [2]\n  ]\n}'
    )


def test_format_json_refuses_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        format_json([math.nan])
