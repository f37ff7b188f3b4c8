import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from hgecircuit.compare.study import Study, study_verdicts, wilson_interval
from hgecircuit.compare.verdict import Status
from hgecircuit.report.plain import to_plain


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (0, 20), (1, 3), (16, 20), (20, 20)])
def test_interval_is_scipys(successes: int, trials: int) -> None:
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes, trials) == pytest.approx(tuple(expected), abs=1e-12)


def test_interval_stays_within_a_share() -> None:
    assert wilson_interval(0, 7)[0] == 0.0
    assert wilson_interval(7, 7)[1] == 1.0


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (-1, 3), (4, 3)])
def test_interval_refuses_what_is_no_share(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(successes, trials)


def test_shares(study: Study) -> None:
    assert study.solved_share == 0.5
    assert study.solved.tolist() == [True, False, True, False]
    expected = study.reference.solved(study.limits.loss, study.limits.margin_a)
    assert study.reference_share == expected.mean()


def test_reference_share_follows_the_limits(study: Study) -> None:
    generous = study.limits.model_copy(update={"loss": 1e9, "margin_a": -1.0})
    assert replace(study, limits=generous).reference_share == 1.0
    strict = study.limits.model_copy(update={"loss": 1e-12})
    assert replace(study, limits=strict).reference_share == 0.0


@pytest.mark.parametrize(
    ("required", "status"), [(0.49, Status.PASS), (0.5, Status.PASS), (0.51, Status.FAIL)]
)
def test_verdict(study: Study, required: float, status: Status) -> None:
    (verdict,) = study_verdicts(study, required)
    assert verdict.name == "learning.solved_share"
    assert (verdict.value, verdict.limit, verdict.status) == (0.5, required, status)
    assert "command line" in verdict.source
    assert "2 of 4 starts" in verdict.note


def test_no_verdict_without_a_required_share(study: Study) -> None:
    assert study_verdicts(study, None) == []


def test_json_holds_every_start_beside_the_reference(study: Study) -> None:
    data = json.loads(json.dumps(to_plain(study.to_json()), allow_nan=False))
    assert data["starts"] == len(data["results"]) == 4
    assert data["results"][1]["solved_s"] is None
    assert data["results"][2]["start_V"] == study.results[2].start_v.tolist()
    loss = data["results"][3]["reference"]["loss"]
    assert loss == pytest.approx(float(study.reference.final_losses[3]))


def test_reference_must_have_had_the_same_starts(study: Study) -> None:
    with pytest.raises(ValueError, match="same voltages"):
        replace(study, results=study.results[::-1])
    with pytest.raises(ValueError, match="same voltages"):
        replace(study, results=study.results[:2])
    with pytest.raises(ValueError, match="needs a start"):
        replace(study, results=())


def test_start_order_is_kept(study: Study) -> None:
    starts_v = np.stack([result.start_v for result in study.results])
    assert np.allclose(starts_v, study.reference.voltages_v[:, 0])
