import os
import subprocess
import sys
from pathlib import Path

import pytest

from hgecircuit.compare.study import Study
from hgecircuit.compare.verification import Verification
from hgecircuit.errors import InputError
from hgecircuit.report import Report, folder, write_report
from hgecircuit.report.plots import PLOTS, Plot
from hgecircuit.report.staging import staged


def contents(place: Path) -> dict[str, bytes]:
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


@pytest.fixture
def quick_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the right names, nothing in them, in the place of plots, which take seconds."""

    def write(_: Verification, study: Study | None, place: Path) -> list[Plot]:
        missing = {"accuracy", "exam", "batch"} | ({"starts"} if study is None else set())
        shown = [plot for plot in PLOTS if plot.name not in missing]
        for plot in shown:
            for kind in ("png", "svg"):
                text = '<svg viewBox="0 0 1 1"/>' if kind == "svg" else ""
                (place / f"{plot.name}.{kind}").write_text(text)
        return shown

    monkeypatch.setattr(folder, "write_plots", write)


def test_files_named_are_the_files_written(report: Report) -> None:
    written = {Path(name) for name in contents(report.folder)}
    assert written == set(report.files)
    names = {"report.json", "report.md", "report.html", "waveforms.nc", "gradients.nc"}
    assert names <= {str(file) for file in report.files}


@pytest.mark.usefixtures("quick_plots")
def test_report_replaces_an_earlier_one(
    verification: Verification, study: Study, tmp_path: Path
) -> None:
    first = write_report(verification, tmp_path, circuit_file=None, command="a", study=study)
    second = write_report(verification, tmp_path, circuit_file=None, command="b")
    assert Path("plots/starts.png") in first.files
    # A plot that the second report does not have would belong to no report.
    assert {Path(name) for name in contents(tmp_path)} == set(second.files)
    assert '"command": "b"' in (tmp_path / "report.json").read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick_plots")
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interrupted_report_leaves_the_folder_as_it_was(
    verification: Verification,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    (tmp_path / "report.json").write_text("old")
    (tmp_path / "learner.cir").write_text("deck")

    def interrupt(*_: object) -> None:
        raise error

    monkeypatch.setattr(folder, "write_gradients", interrupt)
    with pytest.raises(error):
        write_report(verification, tmp_path, circuit_file=None, command="")
    assert contents(tmp_path) == {"report.json": b"old", "learner.cir": b"deck"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["learner.cir", "report.json"]


@pytest.mark.usefixtures("quick_plots")
def test_full_disk_is_one_clear_error(
    verification: Verification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(folder, "write_waveforms", fill)
    with pytest.raises(InputError, match="No space left") as caught:
        write_report(verification, tmp_path, circuit_file=None, command="")
    assert str(tmp_path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_one_clear_error(verification: Verification, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written"):
        write_report(verification, tmp_path / "none", circuit_file=None, command="")
    assert not (tmp_path / "none").exists()


def test_last_file_moves_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[str] = []
    replace = os.replace

    def watch(source: Path, target: Path) -> None:
        moved.append(Path(target).name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", watch)
    with staged(tmp_path, last="a.json") as scratch:
        for name in ("a.json", "b.md", "c.nc"):
            (scratch / name).write_text(name)
    assert moved == ["b.md", "c.nc", "a.json"]
    assert contents(tmp_path) == {"a.json": b"a.json", "b.md": b"b.md", "c.nc": b"c.nc"}


def test_only_owned_files_are_removed(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_text("")
    (tmp_path / "mine.png").write_text("")
    with staged(tmp_path, owned=("old.png", "new.png")) as scratch:
        (scratch / "new.png").write_text("")
    assert set(contents(tmp_path)) == {"mine.png", "new.png"}


def test_heavy_libraries_load_only_when_a_report_is_written() -> None:
    code = (
        "import sys, hgecircuit.report\n"
        "print(*({'matplotlib', 'xarray', 'pandas', 'h5netcdf'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
