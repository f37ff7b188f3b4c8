"""Every command and program in the README and the docs runs as written."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hgecircuit import Learner, load_device, verify_to_folder

pytestmark = pytest.mark.ngspice
ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# They make the environment that the others run in; the fresh-machine check runs them.
MADE_BY_HAND = ("git clone", "make ")


def _blocks(language: str) -> list[str]:
    return [
        body
        for page in PAGES
        for found, body in BLOCK.findall(page.read_text(encoding="utf-8"))
        if found == language
    ]


def _commands() -> list[str]:
    lines = "".join(_blocks("console")).replace("\\\n", " ").splitlines()
    commands = [line[2:].split(" #")[0].strip() for line in lines if line.startswith("$ ")]
    return [command for command in commands if not command.startswith(MADE_BY_HAND)]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of circuits/xor.toml, short, as the examples that read one expect it."""
    folder = tmp_path_factory.mktemp("readme") / "xor"
    learner = Learner.from_file(ROOT / "circuits" / "xor.toml", overrides={"loop.epochs": 2})
    verify_to_folder(learner, folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path, run_folder: Path) -> Path:
    """A folder with the circuits and the files that the examples speak of."""
    shutil.copytree(run_folder, tmp_path / "runs" / "xor")
    (tmp_path / "circuits").symlink_to(ROOT / "circuits")
    (tmp_path / "netlists").symlink_to(ROOT / "netlists")
    (tmp_path / "xor.net").symlink_to(ROOT / "netlists" / "xor.cir")
    model, generator = load_device("rnpu-compact"), np.random.default_rng(1)
    header = ",".join(f"e{n}" for n in range(model.electrodes))
    span_v = model.voltage_max_v - model.voltage_min_v
    rows = model.voltage_min_v + span_v * generator.random((500, model.electrodes))
    current_na = model.current_a(rows) * 1e9
    csv = {"delimiter": ",", "comments": ""}
    np.savetxt(tmp_path / "points.csv", rows, header=header, **csv)
    table = np.column_stack([rows, current_na])
    np.savetxt(tmp_path / "iv-table.csv", table, header=header + ",current_nA", **csv)
    layers = {f"W{n}": weights for n, weights in enumerate(model.weights)}
    layers |= {f"b{n}": biases for n, biases in enumerate(model.biases)}
    ranges = {"voltage_min": model.voltage_min_v, "voltage_max": model.voltage_max_v}
    for name in ("lab.npz", "rnpu_surrogate_2019.npz"):
        np.savez(tmp_path / name, **layers, **ranges, current_scale_nA=19.0)
    return tmp_path


def test_there_are_examples() -> None:
    assert len(_commands()) >= 6
    assert _blocks("python")


@pytest.mark.parametrize("program", _blocks("python"))
def test_python_examples_run(program: str, folder: Path) -> None:
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, check=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", _commands())
def test_commands_run_as_written(command: str, folder: Path) -> None:
    words = shlex.split(command)
    if words[0] == ".venv/bin/hgecircuit":
        words[:1] = [sys.executable, "-m", "hgecircuit.cli"]
    # A full fit takes minutes; one pass over few samples shows that the options are right.
    if "fit" in words:
        words += ["--epochs", "1", "--starts", "1", "--samples", "1000"]
    if "regress" in words:
        words += ["--starts", "1", "--repeats", "2"]
    answer = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    # A start that is not solved is an answer too (1); bad input or a broken run is not.
    assert answer.returncode in {0, 1}, answer.stdout + answer.stderr


def test_links_between_pages_are_alive() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
