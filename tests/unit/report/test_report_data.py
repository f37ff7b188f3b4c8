import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_builders import CIRCUITS, NOT_MEASURED, make_learner, make_study, make_verification

from hgecircuit.compare.verdict import Sense, Status, Verdict
from hgecircuit.compare.verification import Verification
from hgecircuit.devices.layers import two_layer
from hgecircuit.report import Report, write_report
from hgecircuit.report.data import build_data
from hgecircuit.report.markdown import build_markdown
from hgecircuit.report.provenance import build_provenance, device_sha256
from hgecircuit.report.rows import headline, verdict_json, verdict_row

DOCUMENT = Path(__file__).parents[3] / "docs" / "report.md"
# What is below these is documented as a whole: names of libraries, runs and settings.
FOREIGN = {"spec", "options", "versions", "wall_s"}


def load(report: Report) -> dict[str, Any]:
    def refuse(text: str) -> float:
        raise AssertionError(f"{text} in report.json")

    text = (report.folder / "report.json").read_text(encoding="utf-8")
    return json.loads(text, parse_constant=refuse)


def keys_of(data: object) -> set[str]:
    if isinstance(data, list):
        return set().union(*map(keys_of, data))
    if not isinstance(data, dict):
        return set()
    return set(data).union(*(keys_of(data[key]) for key in data.keys() - FOREIGN))


def documented_keys(report: Report) -> set[str]:
    data = load(report)
    data["provenance"]["device"]["provenance"] = {}
    for name, run in data["provenance"]["runs"].items():
        assert name in {"learner", "gradient", "lowpass"}
        data[name] = run
    data["provenance"]["runs"] = {}
    return keys_of(data) - {"learner", "lowpass"}


def test_file_is_the_data_that_is_returned(report: Report) -> None:
    data = load(report)
    assert data == report.data
    assert (data["format"], data["version"]) == ("hgecircuit-report", 1)
    assert data["passed"] is report.passed is False


def test_every_verdict_has_what_is_documented(report: Report) -> None:
    verdicts = load(report)["verdicts"]
    keys = {"name", "value", "limit", "unit", "source", "status", "sense", "note"}
    assert all(set(verdict) == keys for verdict in verdicts)
    assert {verdict["status"] for verdict in verdicts} <= {"pass", "fail", "not_measured"}
    names = {verdict["name"] for verdict in verdicts}
    assert {
        "gradient.vs_model.relative_error",
        "gradient.vs_reference.relative_error",
        "gradient.cosine",
        "learning.loss",
        "learning.margin_A",
        "learning.truth_table",
        "learning.time_s",
    } <= names
    (missing,) = [verdict for verdict in verdicts if verdict["name"] == NOT_MEASURED.name]
    assert (missing["value"], missing["status"]) == (None, "not_measured")


def test_every_key_is_documented(
    report: Report, plain_report: Report, sphere_report: Report
) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    keys = documented_keys(report) | documented_keys(plain_report)
    keys |= documented_keys(sphere_report)
    assert len(keys) > 60
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def test_every_verdict_name_is_documented(report: Report, sphere_report: Report) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    verdicts = [*load(report)["verdicts"], *load(sphere_report)["verdicts"]]
    names = {verdict["name"] for verdict in verdicts} - {NOT_MEASURED.name}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_learning_and_reference(report: Report, verification: Verification) -> None:
    data = load(report)
    learning, reference = data["learning"], data["reference"]
    assert learning["final_V"] == pytest.approx(verification.learning.weights_v[-1])
    assert learning["simulated_s"] == pytest.approx(verification.learning.epoch_end_s[-1])
    assert len(learning["losses"]) == learning["epochs"] + 1
    assert reference["start_V"] == pytest.approx(learning["start_V"], abs=1e-6)
    assert len(reference["losses"]) == reference["iterations"] == 5


def test_solved_run_tells_after_how_many_epochs(verification: Verification) -> None:
    ends_s = verification.learning.epoch_end_s
    solved = replace(verification.learning, solved=True, solved_s=float(ends_s[3]))
    data = build_data(replace(verification, learning=solved), None, None, "")
    assert data["learning"]["epochs_to_solution"] == 3


def test_budget_is_sorted_and_adds_up(report: Report, verification: Verification) -> None:
    for side in load(report)["budget"].values():
        shares = [term["relative_error"] for term in side["terms"]]
        assert shares == sorted(shares, reverse=True)
        # Norms of sums: between the largest term and the sum of all.
        assert max(shares) <= side["sum"] <= sum(shares) * (1 + 1e-12)
    assert load(report)["budget"]["circuit"]["measured"] == pytest.approx(0.002)
    assert load(report)["budget"]["reference"]["measured"] == pytest.approx(0.01)


def test_worst_points_come_first(verification: Verification) -> None:
    measured = verification.gradient.measured.copy()
    measured[13] *= -1
    wrong = replace(verification.gradient, measured=measured)
    gradient = build_data(replace(verification, gradient=wrong), None, None, "")["gradient"]
    assert gradient["worst"][0]["point"] == 13
    assert gradient["worst"][0]["cosine"] == pytest.approx(-1)
    assert len(gradient["worst"]) == 5
    assert gradient["sign_errors"] > 0


def test_errors_over_their_bound_are_told(verification: Verification) -> None:
    result = verification.gradient
    measured = result.exact + 0.5 * result.budget.bound_a_per_v
    measured[4, 2] += 2 * result.budget.bound_a_per_v[4, 2]
    changed = replace(verification, gradient=replace(result, measured=measured))
    data = build_data(changed, None, None, "")
    assert data["gradient"]["over_bound"] == 1
    assert data["gradient"]["largest_share_of_bound"] == pytest.approx(2.5, rel=1e-6)
    assert "1 of 100 derivatives miss" in build_markdown(changed, None, data, ())


def test_provenance_of_the_circuit(report: Report, plain_report: Report) -> None:
    made = load(report)["provenance"]
    file = CIRCUITS / "xor.toml"
    assert made["circuit"]["file"] == "xor.toml"
    assert made["circuit"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert made["circuit"]["overrides"] == sorted(made["circuit"]["overrides"])
    assert "loop.epochs" in made["circuit"]["overrides"]
    assert made["circuit"]["spec"]["loop"]["epochs"] == 6
    assert made["seeds"]["starts"] == 7
    assert made["versions"]["ngspice"] == "39"
    assert made["runs"]["learner"]["netlist_sha256"] == b"learner".hex().ljust(64, "0")
    assert set(made["runs"]) == {"learner", "gradient", "lowpass"}
    assert load(plain_report)["provenance"]["circuit"]["file"] is None


def test_noise_seed_is_recorded(verification: Verification) -> None:
    noisy = make_learner("xor", **{"device.noise": {"white": "1e-5 nA^2/Hz", "seed": 99}})
    made = build_provenance(replace(verification, learner=noisy), None, None, "")
    assert made["seeds"]["noise"] == 99


def test_device_hash_depends_on_parameters_only(verification: Verification) -> None:
    device: Any = verification.learner.device
    same = replace(device, name="other", provenance={"note": "new"})
    assert device_sha256(same) == device_sha256(device)
    biases = (*device.biases[:-1], device.biases[-1] + 1e-12)
    assert device_sha256(replace(device, biases=biases)) != device_sha256(device)
    layered = two_layer("two", [device, device], device, [2, 3])
    assert device_sha256(layered) == device_sha256(two_layer("2", [device, device], same, [2, 3]))
    assert device_sha256(layered) != device_sha256(two_layer("two", [device], device, [2]))
    others = two_layer("two", [device, device], device, [2, 4])
    assert device_sha256(layered) != device_sha256(others)


def test_value_that_is_not_finite_fails_and_says_so() -> None:
    verdict = Verdict("a", math.nan, 1.0, Sense.AT_MOST, "1", "b", "c")
    data = verdict_json(verdict)
    assert (data["value"], data["status"]) == (None, "fail")
    assert data["note"] == "c; the value was nan"


def test_rows_are_for_people() -> None:
    row = verdict_row(Verdict("margin", 5.4e-9, 1e-9, Sense.AT_LEAST, "A", "file", "note"))
    assert row == ("margin", "5.4 nA", "≥ 1 nA", Status.PASS, "file", "note")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((1.0, 1.0), "PASS: all 2 verdicts hold"),
        ((1.0, 3.0), "FAIL: 1 of 2 failed (v1)"),
        ((None, 1.0), "NOT PASSED: 1 of 2 not measured (v0)"),
        ((None, 3.0), "FAIL: 1 of 2 failed (v1); 1 of 2 not measured (v0)"),
    ],
)
def test_headline_names_what_did_not_pass(values: tuple[float | None, ...], text: str) -> None:
    verdicts = [
        Verdict(f"v{n}", value, 2.0, Sense.AT_MOST, "1", "") for n, value in enumerate(values)
    ]
    assert headline(verdicts) == text


def test_json_of_a_run_that_produced_nan(verification: Verification) -> None:
    losses = np.full_like(verification.learning.losses, np.nan)
    broken = replace(verification, learning=replace(verification.learning, losses=losses))
    assert build_data(broken, None, None, "")["learning"]["losses"] == [None] * 7


def test_a_constant_gate_has_a_report(tmp_path: Path) -> None:
    """It has a loss and a margin of its own; the digital reference has none."""
    verification = make_verification(make_learner("xor", **{"task.targets": "1111"}))
    study = make_study(verification)
    report = write_report(verification, tmp_path, circuit_file=None, command="", study=study)
    data = load(report)
    assert data["learning"]["targets"] == "1111"
    assert data["reference"]["solved"] is True
    assert data["reference"]["margin_A"] is None
    assert data["reference"]["losses"] == [0.0]
    assert report.summary[1] == "digital reference: any outputs are a constant gate; not trained"
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "half of `loop.separation_min` from the mean output" in text
    assert "nan" not in text
