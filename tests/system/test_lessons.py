"""What physics says no to: a circuit fails by the verdict that names it, and its remedy passes.

docs/physics-says-no.md explains them.
"""

from pathlib import Path

import pytest

from hgecircuit import Learner, verify_to_folder
from hgecircuit.compare.blocks import built_oscillator_verdicts
from hgecircuit.pipeline import start_oscillators
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice
ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "circuits" / "lessons"


def _rows(circuit: Path, folder: Path, **overrides: object) -> dict[str, dict]:
    report = verify_to_folder(Learner.from_file(circuit, overrides=overrides), folder)
    return {row["name"]: row for row in report.data["verdicts"]}


def _differences(first: str, second: str) -> set[str]:
    """Lines of two circuit files, without comments and title, that only one of them has."""
    found = [
        {
            line.split("#")[0].strip()
            for line in (LESSONS / name).read_text(encoding="utf-8").splitlines()
            if not line.startswith("title")
        }
        for name in (first, second)
    ]
    return found[0] ^ found[1]


def test_offsets_integrate_the_weights_away(tmp_path: Path) -> None:
    rows = _rows(LESSONS / "offset.toml", tmp_path / "out")
    share = rows["learning.offset_share"]
    assert share["status"] == "fail"
    # 5 mV times 48 ms between reset and transfer over tau = 0.1 ms.
    assert "leave 2.4 V" in share["note"]
    assert rows["learning.loss"]["status"] == "fail"
    assert rows["learning.truth_table"]["status"] == "fail"


def test_chopping_takes_the_same_offsets_away(tmp_path: Path) -> None:
    rows = _rows(LESSONS / "offset_chopped.toml", tmp_path / "out")
    assert {row["status"] for row in rows.values()} == {"pass"}
    assert rows["learning.offset_share"]["value"] < 0.02
    assert _differences("offset.toml", "offset_chopped.toml") == {"chopping = true"}


def test_an_oscillator_locks_to_its_neighbour(tmp_path: Path) -> None:
    """The oscillators by themselves: two of three at one frequency, as Adler's equation says."""
    learner = Learner.from_file(LESSONS / "pulling.toml")
    _, record = start_oscillators(learner, tmp_path, Ngspice())
    verdicts = {one.name: one for one in built_oscillator_verdicts(learner.design, record)}
    locked = verdicts["block.oscillator.locked_pairs"]
    assert locked.status == "fail"
    assert locked.value == 1
    assert "(locks by Adler)" in locked.note
    assert verdicts["block.oscillator.amplitude_error"].status == "fail"


def test_a_stray_of_100_megohm_locks_nothing(tmp_path: Path) -> None:
    """The remedy of a clean board or a guard ring: range 0.16 Hz, all figures as they should be."""
    change = {"components.oscillator_coupling": "100 Mohm"}
    learner = Learner.from_file(LESSONS / "pulling.toml", overrides=change)
    _, record = start_oscillators(learner, tmp_path, Ngspice())
    verdicts = built_oscillator_verdicts(learner.design, record)
    assert {one.status for one in verdicts} == {"pass"}
    assert any(one.name == "block.oscillator.locked_pairs" for one in verdicts)


@pytest.mark.slow
def test_a_locked_oscillator_leaves_no_gradient(tmp_path: Path) -> None:
    rows = _rows(LESSONS / "pulling.toml", tmp_path / "out", **{"loop.epochs": 3})
    assert rows["block.oscillator.locked_pairs"]["status"] == "fail"
    assert rows["gradient.vs_model.relative_error"]["status"] == "not_measured"


@pytest.mark.slow
def test_divided_carriers_learn_where_free_ones_lock(tmp_path: Path) -> None:
    rows = _rows(LESSONS / "pulling_divided.toml", tmp_path / "out")
    assert {row["status"] for row in rows.values()} == {"pass"}
    assert _differences("pulling.toml", "pulling_divided.toml") == {
        'oscillator = "wien"',
        'oscillator_coupling = "160 kohm"',
        "replay = false",
        "[simulation]",
        "steps_per_cycle = 32",
        'oscillator = "divider"',
    }
