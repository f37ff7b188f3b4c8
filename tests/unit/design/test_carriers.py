"""Frequency plans: the known sets, no products on carriers, the same on every machine."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import pytest

from hgecircuit.design.carriers import (
    collision_free_hz,
    golomb_carriers,
    plan_carriers,
    quadrature_carriers,
)
from hgecircuit.design.checks import checked_carriers
from hgecircuit.errors import InputError
from hgecircuit.spec import CircuitSpec
from hgecircuit.spec.document import MINIMAL_CIRCUIT

EXPLICIT = {
    "plan": "explicit",
    "frequencies": ["400 Hz", "400 Hz", "700 Hz", "800 Hz", "1 kHz"],
    "phases": ["0 deg", "90 deg", "0 deg", "10 deg", "0 deg"],
}


def test_five_controls_in_quadrature():
    carriers = quadrature_carriers(5, 400.0, 100.0)
    assert carriers.frequencies_hz == (400.0, 400.0, 500.0, 500.0, 700.0)
    assert carriers.phases_rad == (0.0, math.pi / 2, 0.0, math.pi / 2, 0.0)


def test_five_controls_with_a_golomb_ruler():
    carriers = golomb_carriers(5, 1200.0, 100.0)
    assert carriers.frequencies_hz == (1200.0, 1300.0, 1600.0, 2100.0, 2300.0)
    assert carriers.phases_rad == (0.0,) * 5


def products(tones: tuple[float, ...]) -> set[float]:
    """Second and third order, up to three tones; no outcome of the code under test is used."""
    signed = [*tones, *(-tone for tone in tones)]
    found = {a + b for a, b in itertools.product(signed, repeat=2)}
    for a, b, c in itertools.product(signed, repeat=3):
        # a + b - b is the tone a itself: compression, not a collision.
        if a + b and b + c and a + c:
            found.add(a + b + c)
    return {abs(each) for each in found}


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("lowest", [1, 2, 4, 7, 12, 40])
def test_second_order_and_two_tone_products_miss_every_carrier(count, lowest):
    tones = collision_free_hz(count, float(lowest), 1.0)
    assert len(set(tones)) == count
    assert tones[0] == lowest
    assert list(tones) == sorted(tones)
    for a, b in itertools.product(tones, repeat=2):
        assert a + b not in tones
        assert abs(a - b) not in tones
        if a != b:
            assert abs(2 * a - b) not in tones
    differences = [b - a for a, b in itertools.combinations(tones, 2)]
    assert len(set(differences)) == len(differences)


def test_the_default_sets_have_no_product_of_third_order_on_a_carrier():
    for tones in (collision_free_hz(3, 4.0, 1.0), collision_free_hz(5, 12.0, 1.0)):
        assert not products(tones) & set(tones)


def test_no_shorter_set_of_five_exists():
    """Brute force over every set of five that starts at 12 and ends below 23."""
    for steps in itertools.combinations(range(13, 23), 4):
        differences = [b - a for a, b in itertools.combinations((12, *steps), 2)]
        assert len(set(differences)) < len(differences)


def test_an_uneven_ratio_of_lowest_to_spacing_keeps_half_a_spacing_of_distance():
    tones = [each / 37.0 for each in collision_free_hz(5, 401.3, 37.0)]
    for a, b, tone in itertools.product(tones, repeat=3):
        assert abs(a + b - tone) > 0.49
        assert abs(abs(a - b) - tone) > 0.49


def test_many_controls_are_planned_quickly_and_the_smaller_set_comes_first():
    small, large = collision_free_hz(12, 12.0, 1.0), collision_free_hz(40, 12.0, 1.0)
    assert large[:12] == small


def test_the_plan_does_not_depend_on_the_hash_seed():
    code = "from hgecircuit.design.carriers import *; print(collision_free_hz(9, 12., 1.))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert texts == {f"{collision_free_hz(9, 12.0, 1.0)}\n"}


def test_a_lowest_carrier_below_the_spacing_is_refused():
    with pytest.raises(InputError, match=r"perturbation\.lowest: .* below the spacing .*50 Hz"):
        collision_free_hz(3, 50.0, 100.0)


def test_explicit_carriers_are_taken_as_they_are():
    spec = CircuitSpec.from_text(MINIMAL_CIRCUIT, overrides={"perturbation": EXPLICIT})
    carriers = plan_carriers(spec)
    assert carriers.frequencies_hz == (400.0, 400.0, 700.0, 800.0, 1000.0)
    assert carriers.phases_rad == pytest.approx((0, math.pi / 2, 0, math.pi / 18, 0))
    assert checked_carriers(spec) == carriers


@pytest.mark.parametrize(
    ("overrides", "key", "problem", "expected"),
    [
        (
            {"lock_in.time": "1 ms"},
            "perturbation.spacing",
            "the carrier of electrode 3 is above what reference.sample_rate = 10 kHz can carry "
            "(got '5 kHz')",
            "at most 4 kHz, or a higher reference.sample_rate",
        ),
        (
            {"perturbation.lowest": "440 Hz"},
            "perturbation.lowest",
            "the carrier of electrode 0 is not a whole number of cycles in the gate (got '440 Hz')",
            "a multiple of 1/lock_in.time, which is 100 Hz",
        ),
        (
            {"perturbation.spacing": "30 Hz"},
            "perturbation.spacing",
            "the carrier of electrode 3 is not a whole number of cycles in the gate (got '430 Hz')",
            "a multiple of 1/lock_in.time, which is 100 Hz",
        ),
        (
            {"reference.time": "2 ms", "perturbation.plan": "golomb"},
            "perturbation.spacing",
            "the carrier of electrode 2 is only 100 Hz from another: reference.time can't tell "
            "them apart (got '1.3 kHz')",
            "equal frequencies in quadrature, or 500 Hz apart",
        ),
    ],
)
def test_planned_carriers_are_checked(overrides, key, problem, expected):
    spec = CircuitSpec.from_text(MINIMAL_CIRCUIT, "x.toml", overrides=overrides)
    with pytest.raises(InputError) as caught:
        checked_carriers(spec)
    assert key in {each.key for each in getattr(caught.value, "problems", ())}
    assert problem.partition(" (got")[0] in str(caught.value)
    assert "(got" + problem.partition("(got")[2] in str(caught.value)
    assert f"expected {expected}" in str(caught.value)


def test_the_default_plans_of_both_loops_pass():
    for kind in ("coherent", "continuous"):
        for plan in ("quadrature", "golomb"):
            overrides = {
                "loop.kind": kind,
                "perturbation.plan": plan,
                "reference.sample_rate": "50 kHz",
            }
            spec = CircuitSpec.from_text(MINIMAL_CIRCUIT, overrides=overrides)
            assert len(checked_carriers(spec).frequencies_hz) == 5
