"""The budget of a sized circuit: terms, bounds and expected errors."""

import dataclasses

import numpy as np
import pytest
from lock_in_simulation import sampled_window

from hgecircuit import Learner
from hgecircuit.design.budget import gradient_budget, reference_budget
from hgecircuit.design.design import CoherentDesign, ContinuousDesign
from hgecircuit.design.error_model.budget import LEVERS
from hgecircuit.design.error_model.circuit import circuit_budget, full_answer
from hgecircuit.design.size import operating_points_v
from hgecircuit.devices.noise import NoiseSpec

TERMS = {
    "settling",
    "phase lag",
    "second harmonic",
    "parallel channels",
    "curvature",
    "intermodulation",
    "pattern step",
}


@pytest.fixture(scope="module")
def points_v(continuous: Learner) -> np.ndarray:
    return operating_points_v(continuous.design, continuous.spec.verification)


def test_verify_takes_its_bounds_from_the_same_terms(
    coherent: Learner, continuous: Learner, points_v: np.ndarray
) -> None:
    for learner in (coherent, continuous):
        budget = circuit_budget(learner.design, points_v)
        limits = gradient_budget(learner.design, points_v)
        assert set(limits.terms_a_per_v) == TERMS | {"parts"}
        np.testing.assert_allclose(limits.bound_a_per_v, budget.bound_a_per_v, rtol=1e-12)
        assert all(term.name in LEVERS and term.lever for term in budget.terms)
    reference = reference_budget(coherent.design, points_v, 0.1, "first").terms_a_per_v
    assert set(reference) == TERMS - {"phase lag", "pattern step"}


def test_no_term_is_expected_to_exceed_its_bound(
    coherent: Learner, continuous: Learner, points_v: np.ndarray
) -> None:
    for learner in (coherent, continuous):
        noise = NoiseSpec(white_a2_per_hz=1e-24, flicker_a2_per_hz=1e-24)
        budget = circuit_budget(dataclasses.replace(learner.design, noise=noise), points_v)
        for term in budget.terms:
            rms = np.sqrt(term.mean_square_a2_per_v2)
            assert np.all(rms <= term.bound_a_per_v * (1 + 1e-9)), term.name
        assert np.all(np.sqrt(budget.mean_square_a2_per_v2) <= budget.bound_a_per_v)


def test_a_product_can_lie_closer_than_the_carriers_to_each_other(
    continuous: Learner, points_v: np.ndarray
) -> None:
    """Carriers of 1, 1.4 and 2.2 kHz are 400 Hz apart, but 2 x 1 kHz lies 200 Hz from 2.2 kHz and
    2.2 kHz - 1 kHz as far from two more, where |W| is 14 times as large: a bound that puts all
    products one beat away is none. With 3.3 kHz in the place of 2.2 kHz all of the second order
    keep 500 Hz."""
    design = continuous.design
    assert isinstance(design, ContinuousDesign)
    assert sorted(set(design.bank.frequencies_hz)) == [1000.0, 1400.0, 2200.0]
    moved_hz = tuple(3300.0 if f == 2200.0 else f for f in design.bank.frequencies_hz)
    moved = dataclasses.replace(
        design, bank=dataclasses.replace(design.bank, frequencies_hz=moved_hz)
    )
    term = circuit_budget(design, points_v).term("intermodulation")
    apart = circuit_budget(moved, points_v).term("intermodulation")
    rms, apart_rms = np.sqrt(term.variance_a2_per_v2), np.sqrt(apart.variance_a2_per_v2)
    assert np.linalg.norm(apart_rms) < 0.3 * np.linalg.norm(rms)
    window = sampled_window(
        design.timing.settle_s,
        lambda t: design.lowpass.prototype.impulse_per_s(design.timing.settle_s - t),
        4000,
    )
    one_beat_a = full_answer(design, points_v).residual_a * window.at(400.0)
    amplitudes_v = np.array(design.amplitudes_v)
    assert np.linalg.norm(2 * one_beat_a[:, None] / amplitudes_v) < np.linalg.norm(rms)
    assert np.linalg.norm(apart.bound_a_per_v) < 0.5 * np.linalg.norm(term.bound_a_per_v)


def test_offsets_of_multiplier_and_integrator_are_told_apart(
    coherent: Learner, points_v: np.ndarray
) -> None:
    design = coherent.design
    assert isinstance(design, CoherentDesign)
    multiplier = dataclasses.replace(design.multiplier, output_offset_v=2e-3)
    accumulators = tuple(dataclasses.replace(a, offset_v=-1e-3) for a in design.accumulators)
    changed = dataclasses.replace(design, multiplier=multiplier, accumulators=accumulators)
    budget = circuit_budget(changed, points_v)
    one, other = budget.term("multiplier offset"), budget.term("integrator offset")
    np.testing.assert_allclose(one.bound_a_per_v, 2 * other.bound_a_per_v)
    # Data sheets give a size without a sign: it adds to every sum as a power.
    plain = circuit_budget(design, points_v)
    for term in (one, other):
        assert not term.bias_a_per_v.any()
        np.testing.assert_allclose(term.variance_a2_per_v2, term.bound_a_per_v**2)
    added = one.variance_a2_per_v2 + other.variance_a2_per_v2
    np.testing.assert_allclose(
        budget.mean_square_a2_per_v2, plain.mean_square_a2_per_v2 + added, rtol=1e-9
    )
    parts = gradient_budget(changed, points_v).terms_a_per_v["parts"]
    rest = budget.term("gain of the parts").bound_a_per_v
    np.testing.assert_allclose(parts, one.bound_a_per_v + other.bound_a_per_v + rest)


def test_a_gain_error_of_either_sign_never_lowers_the_sum(
    continuous: Learner, points_v: np.ndarray
) -> None:
    """The low-pass overshoots by 2 % at T, which a multiplier that is 2 % low must not cancel."""
    design = continuous.design
    plain = circuit_budget(design, points_v).mean_square_a2_per_v2
    sums = []
    for scale_error in (0.02, -0.02):
        multiplier = dataclasses.replace(design.multiplier, scale_error=scale_error)
        changed = circuit_budget(dataclasses.replace(design, multiplier=multiplier), points_v)
        sums.append(changed.mean_square_a2_per_v2)
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-9)
    assert np.all(sums[0] > plain)


def test_detuned_oscillators_lag_in_the_chain(continuous: Learner, points_v: np.ndarray) -> None:
    """References trail by the chain's lag at the nominal carriers; 5 % off, by the difference."""
    design = continuous.design
    assert isinstance(design, ContinuousDesign)
    bank = dataclasses.replace(design.bank, frequency_error=0.05)
    budget = circuit_budget(dataclasses.replace(design, bank=bank), points_v)
    f = np.array(design.bank.frequencies_hz)
    ratio = design.chain_response(1.05 * f) / design.chain_response(f)
    lag = budget.term("phase lag").bias_a_per_v / budget.exact_a_per_v
    settled = 1 + budget.term("settling").bias_a_per_v / budget.exact_a_per_v
    np.testing.assert_allclose(lag, (ratio.real - 1) * settled, rtol=1e-9)
    nominal = circuit_budget(design, points_v).term("phase lag")
    assert np.abs(nominal.bias_a_per_v / budget.exact_a_per_v).max() < 1e-12
