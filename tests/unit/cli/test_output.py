"""Files that commands write: whole or not at all, and never over one another or an input."""

import os
from pathlib import Path

import pytest

from hgecircuit.cli.output import check_output, refuse_inputs, refuse_same, write_text
from hgecircuit.errors import InputError


def test_equal_outputs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("1")
    os.link("a.csv", "b.csv")
    (tmp_path / "link.csv").symlink_to("new.csv")
    for same in (
        (Path("x.png"), Path("x.png")),
        (Path("x.png"), None, Path("y.png"), Path("./x.png")),
        (Path("x.png"), tmp_path / "x.png"),
        (Path("a.csv"), Path("b.csv")),
        (Path("new.csv"), Path("link.csv")),
    ):
        with pytest.raises(InputError, match="two outputs are the same file"):
            refuse_same(*same)
    refuse_same(None, None)
    refuse_same(Path("a.csv"), Path("x.png"), None)


def test_inputs_are_refused_under_the_options_own_name(tmp_path: Path) -> None:
    file = tmp_path / "device.json"
    file.write_text("{}")
    with pytest.raises(InputError, match=r"--csv: the output would overwrite an input"):
        refuse_inputs(file, "rnpu-compact", file, key="--csv")
    refuse_inputs(tmp_path / "new.json", file, key="--csv")
    refuse_inputs(file, "rnpu-compact")


def test_a_folder_is_no_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--csv: a folder"):
        check_output(tmp_path, "--csv")
    with pytest.raises(InputError, match="--csv: no such folder"):
        check_output(tmp_path / "nowhere" / "x.csv", "--csv")
    check_output(tmp_path / "x.csv", "--csv")
    folder = tmp_path / "adir"
    folder.mkdir()
    with pytest.raises(InputError, match="--csv: the file can't be written"):
        write_text(folder, "text", "--csv")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_file_named_part_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "x.csv.part"
    mine.write_text("mine")
    write_text(tmp_path / "x.csv", "new")
    assert mine.read_text() == "mine"
    assert (tmp_path / "x.csv").read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 2
