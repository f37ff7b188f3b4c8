"""Quick versions of the figures in which something is trained: files, claims, and their numbers."""

import json
from pathlib import Path

import pytest
import xarray
from click.testing import CliRunner

from hgecircuit.cli import main
from hgecircuit.cli.reproduce import reproduce

FIGURES = [
    "fig4b-d",
    "layers",
    pytest.param("fig4a", marks=pytest.mark.slow),
    pytest.param("ga", marks=pytest.mark.slow),
    pytest.param("spsa", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("name", FIGURES)
def test_a_quick_figure_has_all_its_files_and_judges_every_claim(name: str, tmp_path: Path) -> None:
    group = type(main)(name="hgecircuit", commands={"reproduce": reproduce})
    arguments = ["reproduce", name, "--quick", "--out", str(tmp_path), "--json"]
    answer = CliRunner().invoke(group, arguments)
    facts = json.loads(answer.stdout)
    differs = any(claim["status"] == "differs" for claim in facts["claims"])
    assert answer.exit_code == int(differs), answer.output
    assert facts["quick"] is True
    assert facts["claims"]
    for claim in facts["claims"]:
        assert claim["status"] in {"agrees", "differs", "not judged"}
        assert claim["source"].startswith("Boon 2025")
        assert all(claim[key] for key in ("text", "claimed", "found", "criterion"))
    for kind in ("png", "svg", "nc", "json"):
        assert (tmp_path / f"{name}.{kind}").stat().st_size > 1000
    with xarray.open_dataset(tmp_path / f"{name}.nc") as data:
        assert data.attrs["title"] == facts["title"]
        for variable in data.variables.values():
            assert "units" in variable.attrs
            assert variable.attrs["long_name"]


def test_the_spheres_accuracy_is_that_of_its_data(tmp_path: Path) -> None:
    """Counted again from the outputs, the targets and the threshold in the data file."""
    group = type(main)(name="hgecircuit", commands={"reproduce": reproduce})
    arguments = ["reproduce", "fig4b-d", "--quick", "--out", str(tmp_path), "--json"]
    facts = json.loads(CliRunner().invoke(group, arguments).stdout)
    values = facts["claims"][0]["values"]
    with xarray.open_dataset(tmp_path / "fig4b-d.nc") as data:
        above = data["test_output"].to_numpy() > values["threshold_A"]
        right = above == (data["test_target"].to_numpy() > 0.5)
    assert len(right) == 200
    share, low, high = values["accuracy"]
    assert share == pytest.approx(float(right.mean()))
    assert low < share < high
