import numpy as np
import pytest

from hgecircuit.devices.table import read_table, read_voltages, write_columns
from hgecircuit.errors import InputError


def write_rows(path, header, rows):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_table_in_either_unit(tmp_path):
    rows = [f"{k / 10}, {-k / 20},{k}" for k in range(12)]
    in_nano = read_table(write_rows(tmp_path / "n.csv", "e0, e1,current_nA", rows))
    in_amperes = read_table(write_rows(tmp_path / "a.csv", "e0,e1,current_A", rows))
    np.testing.assert_allclose(in_nano.voltages_v[3], [0.3, -0.15])
    np.testing.assert_allclose(in_nano.currents_a, np.arange(12) * 1e-9)
    np.testing.assert_allclose(in_amperes.currents_a, np.arange(12))
    assert len(in_nano.sha256) == 64


def test_blank_lines_and_a_byte_order_mark_are_accepted(tmp_path):
    path = tmp_path / "v.csv"
    path.write_bytes("\ufeffe0,e1\r\n0.1,0.2\r\n\r\n0.3,0.4\r\n".encode())
    np.testing.assert_array_equal(read_voltages(path, 2), [[0.1, 0.2], [0.3, 0.4]])


@pytest.mark.parametrize("cell", ["", "abc", "nan", "inf", "-Infinity", "1e999", "0.1 V", "1,5"])
def test_a_bad_cell_is_named_by_file_row_and_column(tmp_path, cell):
    rows = [f"{k},{k},{k}" for k in range(12)]
    rows[4] = f'0.1,"{cell}",3'
    path = write_rows(tmp_path / "bad.csv", "e0,e1,current_nA", rows)
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert caught.value.file == str(path)
    assert caught.value.key == "row 6, column e1"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("e0,e1,current", "current_nA or current_A"),
        ("current_nA", "current_nA or current_A"),
        ("e1,e0,current_nA", "in order"),
        ("e0,e2,current_nA", "in order"),
        ("e0,e0,current_nA", "in order"),
    ],
)
def test_another_header_is_refused(tmp_path, header, message):
    rows = [",".join(str(k + c) for c in range(header.count(",") + 1)) for k in range(12)]
    with pytest.raises(InputError, match=message):
        read_table(write_rows(tmp_path / "bad.csv", header, rows))


def test_unusable_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="can't read"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match="empty"):
        read_table(tmp_path / "empty.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="not a text file"):
        read_table(tmp_path / "binary.csv")
    short = write_rows(tmp_path / "short.csv", "e0,current_nA", ["1,2"])
    with pytest.raises(InputError, match="too few rows"):
        read_table(short)
    constant = write_rows(
        tmp_path / "c.csv", "e0,e1,current_nA", [f"{k},0.5,{k}" for k in range(12)]
    )
    with pytest.raises(InputError, match="never changes") as caught:
        read_table(constant)
    assert caught.value.key == "e1"


def test_row_length_and_number_of_electrodes(tmp_path):
    path = write_rows(tmp_path / "v.csv", "e0,e1", ["0,0", "1"])
    with pytest.raises(InputError, match="row 3"):
        read_voltages(path, 2)
    with pytest.raises(InputError, match="e0,e1,e2"):
        read_voltages(write_rows(tmp_path / "w.csv", "e0,e1", ["0,0"]), 3)
    with pytest.raises(InputError, match="no rows"):
        read_voltages(write_rows(tmp_path / "x.csv", "e0,e1", []), 2)


def test_written_numbers_read_back_exactly(tmp_path):
    values = np.random.default_rng(0).normal(size=(20, 3)) * 1e-9
    write_columns(tmp_path / "out.csv", ["e0", "e1", "e2"], values)
    np.testing.assert_array_equal(read_voltages(tmp_path / "out.csv", 3), values)
    with pytest.raises(InputError, match="can't write"):
        write_columns(tmp_path / "none" / "out.csv", ["e0"], values[:, :1])
