from pathlib import Path

import numpy as np
import pytest

from hgecircuit.errors import SimulatorError
from hgecircuit.run.engines.rawfile import read_raw, recover_raw

TIMES = np.linspace(0.0, 1.0, 5)


def write_raw(
    path: Path,
    rows: np.ndarray,
    names: list[str],
    points: int | None = None,
    kind: str = "Transient Analysis",
    extra: str = "",
    tail: bytes = b"",
) -> Path:
    table = "".join(f"\t{n}\t{name}\tvoltage{extra}\n" for n, name in enumerate(names))
    flags = "complex" if np.iscomplexobj(rows) else "real"
    count = len(rows) if points is None else points
    path.write_bytes(
        f"Title: * a Binary: title\nDate: today\nPlotname: {kind}\nFlags: {flags}\n"
        f"No. Variables: {len(names)}\nNo. Points: {count}       \nVariables:\n{table}"
        "Binary:\n".encode()
        + rows.tobytes()
        + tail
    )
    return path


def make_rows(times: np.ndarray = TIMES) -> np.ndarray:
    return np.column_stack([times, 2 * times, -times])


def test_vectors_come_back_exactly(tmp_path):
    plot = read_raw(write_raw(tmp_path / "a.raw", make_rows(), ["time", "V(a)", "i(v1)"]))
    assert plot.kind == "Transient Analysis"
    assert plot.names == ("time", "v(a)", "i(v1)")
    assert "V(A)" in plot
    assert "v(b)" not in plot
    np.testing.assert_array_equal(plot.scale, TIMES)
    np.testing.assert_array_equal(plot["v(a)"], 2 * TIMES)
    np.testing.assert_array_equal(plot["i(V1)"], -TIMES)


def test_vectors_are_copies_that_outlive_the_file(tmp_path):
    path = write_raw(tmp_path / "a.raw", make_rows(), ["time", "v(a)", "i(v1)"])
    plot = read_raw(path)
    vector = plot["v(a)"]
    path.write_bytes(b"")
    vector[0] = 7.0
    assert vector[0] == 7.0
    assert vector[-1] == 2.0


def test_complex_rows_keep_phase_and_drop_the_noise_in_the_frequency(tmp_path):
    rows = np.array([[1 + 9e99j, 0.5 - 0.5j], [10 + 1e-300j, 0.1j]])
    path = write_raw(tmp_path / "a.raw", rows, ["frequency", "v(b)"], kind="AC Analysis",
                     extra=" grid=3")  # fmt: skip
    plot = read_raw(path)
    np.testing.assert_array_equal(plot.scale, [1.0, 10.0])
    assert plot.scale.dtype == np.float64
    np.testing.assert_array_equal(plot["v(b)"], [0.5 - 0.5j, 0.1j])


def test_operating_point_has_no_axis(tmp_path):
    path = write_raw(tmp_path / "a.raw", np.array([[1.0, 2.0]]), ["v(a)", "v(b)"],
                     kind="Operating Point")  # fmt: skip
    plot = read_raw(path)
    np.testing.assert_array_equal(plot.scale, [0.0])
    np.testing.assert_array_equal(plot["v(a)"], [1.0])


@pytest.mark.parametrize(
    ("points", "tail", "told"),
    [
        (0, b"", "holds no finished analysis.*5 rows"),
        (4, b"", "damaged"),
        (6, b"", "damaged"),
        (5, b"\0" * 7, "damaged"),
        (5, b"Title: a second plot\n" * 9, "damaged"),
    ],
)
def test_rows_that_do_not_fit_the_header_are_refused(tmp_path, points, tail, told):
    path = write_raw(
        tmp_path / "a.raw", make_rows(), ["time", "v(a)", "i(v1)"], points=points, tail=tail
    )
    with pytest.raises(SimulatorError, match=told) as caught:
        read_raw(path)
    assert caught.value.folder == str(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Title: x\nValues:\n0 1\n",
        b"Title: x\nNo. Variables: two\nNo. Points: 1\nVariables:\n\t0\ttime\ttime\nBinary:\n",
        b"No. Variables: 2\nNo. Points: 1\nVariables:\n\t0\ttime\ttime\nBinary:\n" + bytes(16),
        b"No. Variables: 0\nNo. Points: 1\nVariables:\nBinary:\n",
        b"No. Variables: 1\nVariables:\n\t0\ttime\ttime\nBinary:\n" + bytes(8),
    ],
)
def test_what_is_no_raw_file_is_refused(tmp_path, content):
    path = tmp_path / "a.raw"
    path.write_bytes(content)
    with pytest.raises(SimulatorError, match=r"a\.raw"):
        read_raw(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(SimulatorError, match=r"no raw file a\.raw was written"):
        read_raw(tmp_path / "a.raw")


def test_recover_reads_complete_rows_of_an_interrupted_run(tmp_path):
    path = write_raw(
        tmp_path / "a.raw", make_rows(), ["time", "v(a)", "i(v1)"], points=0, tail=b"\1" * 20
    )
    plot = recover_raw(path)
    np.testing.assert_array_equal(plot.scale, TIMES)
    np.testing.assert_array_equal(plot["i(v1)"], -TIMES)


@pytest.mark.parametrize("bad_time", [0.1, np.nan])
def test_recover_stops_where_time_stops_rising(tmp_path, bad_time):
    times = TIMES.copy()
    times[3] = bad_time
    path = write_raw(tmp_path / "a.raw", make_rows(times), ["time", "v(a)", "i(v1)"], points=0)
    np.testing.assert_array_equal(recover_raw(path).scale, TIMES[:3])


def test_recover_needs_a_row(tmp_path):
    path = write_raw(
        tmp_path / "a.raw", make_rows()[:0], ["time", "v(a)", "i(v1)"], tail=b"\1" * 20
    )
    with pytest.raises(SimulatorError, match="no complete row"):
        recover_raw(path)
