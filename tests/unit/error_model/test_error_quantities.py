"""The paper's own quantities, and its design figures."""

import numpy as np
import pytest

from hgecircuit.design.error_model.figures import CLAIMED_HZ, MEDIAN, MEETS, figure_2d, figure_3b
from hgecircuit.design.error_model.model import Offsets
from hgecircuit.design.error_model.quantities import (
    Quantities,
    coherence_note,
    quantities_budget,
)
from hgecircuit.devices.formats import load_device
from hgecircuit.errors import InputError
from hgecircuit.run.reference import LockIn as ReferenceLockIn
from hgecircuit.run.reference import mean_square_error


def _reference(spacing_hz: float, settled: str, ratio: float) -> tuple[float, float]:
    """Parallel and sequential error of the weak middle channel, by the independent reference."""
    lock_in = ReferenceLockIn(
        tuple(1e3 - spacing_hz * np.arange(7)),
        (0.0,) * 7,
        (8e-3,) * 7,
        0.1,
        settled="first" if settled == "first" else "stay",
    )
    weak = 1e-7 / 2.05
    responses_a = np.full(7, weak * ratio * 8e-3)
    responses_a[3] = weak * 8e-3
    together = mean_square_error(lock_in, responses_a, 1e-23)[3]
    alone = mean_square_error(lock_in, responses_a, 1e-23, sequential=True)[3]
    return float(together), float(alone)


@pytest.mark.parametrize("settled", ["first", "stay"])
@pytest.mark.parametrize("spacing_hz", [10.0, 40.0, 75.0])
def test_mean_squared_errors_are_the_references(settled: str, spacing_hz: float) -> None:
    result = quantities_budget(Quantities(spacing_hz=spacing_hz, settled=settled))
    together, alone = _reference(spacing_hz, settled, 2.05)
    assert result.channels.tolist() == [3]
    assert result.paper.together[0, 0] / together == pytest.approx(1, rel=1e-9)
    assert result.paper.sequential[0, 0] / alone == pytest.approx(1, rel=1e-9)


def test_parallel_meets_sequential_at_40_hz_in_the_first_reading() -> None:
    data = figure_3b()
    assert data.agrees
    assert data.meets_hz["first", MEDIAN] == pytest.approx(CLAIMED_HZ, rel=0.01)
    assert data.meets_hz["stay", MEDIAN] == pytest.approx(65.9, abs=0.1)
    for (settled, ratio), found_hz in data.meets_hz.items():
        together, alone = _reference(found_hz, settled, ratio)
        assert together / alone == pytest.approx(MEETS, rel=1e-6)
    for (settled, ratio), found_hz in data.dominates_hz.items():
        together, alone = _reference(found_hz, settled, ratio)
        assert together / alone == pytest.approx(2.0, rel=1e-6)


def test_the_error_falls_with_one_over_t() -> None:
    data = figure_2d()
    assert data.agrees
    at = int(np.argmin(np.abs(data.times_s - 0.1)))
    # 2 f_enbw S / a^2 with f_enbw = 1.0472 f_c (the paper) and f_c = 3.663 / (2 pi T)
    by_hand = 2 * 1.0472 * 3.663 / (2 * np.pi * data.times_s[at]) * 1e-23 / 8e-3**2
    assert data.settled["first"][at] / by_hand == pytest.approx(1, rel=1e-3)


def test_a_device_in_place_of_derivatives() -> None:
    device = load_device("rnpu-compact")
    result = quantities_budget(Quantities(), device, points=300)
    assert result.channels.tolist() == list(range(7))
    assert result.parallel.exact_a_per_v.shape == (300, 7)
    names = {term.name for term in result.parallel.terms}
    assert {"curvature", "second-order products", "third-order products", "noise"} <= names
    alone = result.sequential.mean_square_a2_per_v2.mean()
    assert alone < result.parallel.mean_square_a2_per_v2.mean()
    with pytest.raises(InputError, match="1 to 7"):
        quantities_budget(Quantities(channels=8, spacing_hz=20.0), device)
    with pytest.raises(InputError, match=r"--amplitude.*below 500 mV"):
        quantities_budget(Quantities(amplitude_v=10.0), device)


def test_points_in_parts_are_the_same_points() -> None:
    """Operating points are taken 256 at a time; the first 256 of 300 are those of 256."""
    device = load_device("rnpu-compact")
    many = quantities_budget(Quantities(), device, points=300)
    few = quantities_budget(Quantities(), device, points=256)
    for whole, part in ((many.parallel, few.parallel), (many.sequential, few.sequential)):
        np.testing.assert_allclose(
            whole.mean_square_a2_per_v2[:256], part.mean_square_a2_per_v2, rtol=1e-9
        )


def test_a_low_pass_that_runs_on_hears_the_noise_of_the_pattern_before() -> None:
    """White noise: f_enbw = 1.0472 f_c in Eq. 7, not the bandwidth from rest, 4 % smaller."""
    rest, on = (quantities_budget(Quantities(runs_on=runs_on)) for runs_on in (False, True))
    shares = [
        one.parallel.term("noise").variance_a2_per_v2[0, 0] / rest.paper.noise[0, 0]
        for one in (rest, on)
    ]
    assert shares[1] == pytest.approx(1, rel=1e-9)
    assert shares[0] < 0.97


def test_an_offset_of_either_sign_never_lowers_the_sum() -> None:
    """Settling leaves -0.98 nA/V; an offset of +0.98 nA/V must not cancel it."""
    without = quantities_budget(Quantities(noise=None)).parallel
    settling = without.term("settling").bias_a_per_v[0, 0]
    size_v = abs(settling) * 1e8 * 8e-3 / 2 / 0.98
    sums = []
    for sign in (1, -1):
        offsets = Offsets(1e8, multiplier_v=sign * size_v)
        found = quantities_budget(Quantities(noise=None, offsets=offsets)).parallel
        term = found.term("multiplier offset")
        assert term.variance_a2_per_v2[0, 0] / settling**2 == pytest.approx(1, rel=1e-3)
        assert term.bound_a_per_v[0, 0] / abs(settling) == pytest.approx(1, rel=1e-3)
        sums.append(found.mean_square_a2_per_v2[0, 0])
    assert sums[0] == sums[1]
    added = sums[0] - without.mean_square_a2_per_v2[0, 0]
    assert added / settling**2 == pytest.approx(1, rel=1e-3)


def test_every_lever_moves_its_term() -> None:
    """Each disturbance appears as its own term, and goes with it."""
    base = Quantities()
    cases = {
        "direct current": {"direct_current_a": 2e-8},
        "previous pattern": {"runs_on": True},
        "phase lag": {"bandwidth_hz": 2e4},
        "pattern step": {"coupling_hz": 33.0, "step_a": 2e-8, "blank_s": 1e-3},
        "multiplier offset": {"offsets": Offsets(1e8, multiplier_v=1e-3)},
        "integrator offset": {"offsets": Offsets(1e8, integrator_v=1e-3)},
        "curvature": {"third_a_per_v3": 1e-6},
        "second-order products": {"second_a_per_v2": 3e-7},
    }
    without = {
        term.name for term in quantities_budget(base).parallel.terms if term.bound_a_per_v.max() > 0
    }
    for name, change in cases.items():
        found = quantities_budget(Quantities(**change)).parallel
        assert name not in without
        assert found.term(name).bound_a_per_v.min() > 0


def test_a_gate_says_which_carriers_would_fit() -> None:
    assert coherence_note(Quantities()) is None
    assert coherence_note(Quantities(response="gate")) is None
    note = coherence_note(Quantities(response="gate", spacing_hz=44.0))
    assert note is not None
    assert "spacing 40 Hz" in note
    assert "top 1 kHz" in note


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"step_a": 1e-8}, "--coupling"),
        ({"coupling_hz": 30.0, "direct_current_a": 1e-8}, "not both"),
        ({"response": "gate", "runs_on": True}, "no --runs-on"),
    ],
)
def test_quantities_that_do_not_fit_together(changes: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        quantities_budget(Quantities(**changes))
