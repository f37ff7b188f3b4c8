"""The independent check: products of any list of frequencies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_truth import collisions

from hgecircuit.design.plans import find_collisions
from hgecircuit.errors import InputError


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6, unique=True),
    st.sampled_from([2, 3]),
    st.none() | st.integers(85, 200),
    st.floats(0.01, 1e5),
)
@settings(deadline=None)
def test_every_product_on_a_carrier_is_found_once(
    carriers: list[int], order: int, modulus: int | None, unit_hz: float
) -> None:
    rate_hz = None if modulus is None else modulus * unit_hz
    found = find_collisions(np.array(carriers) * unit_hz, order=order, sample_rate_hz=rate_hz)
    truth = collisions(carriers, order, modulus)
    assert found.total == len(truth) == len(found.listed)
    listed = set()
    for one in found.listed:
        tones = [round(tone_hz / unit_hz) for tone_hz in one.tones_hz]
        name = tuple(sorted(zip(tones, one.counts, strict=True)))
        mirrored = tuple(sorted((tone, -count) for tone, count in name))
        listed.add((min(name, mirrored), round(one.carrier_hz / unit_hz)))
        product = sum(tone * count for tone, count in name)
        assert one.product_hz == pytest.approx(product * unit_hz)
        assert one.order == sum(abs(count) for count in one.counts)
    assert listed == truth


def test_equal_spacing_puts_two_times_the_second_minus_the_first_on_the_third() -> None:
    found = find_collisions([400.0, 500.0, 600.0])
    assert found.counts == {2: 0, 3: 3}
    assert [(one.formula, one.carrier_hz, one.weight) for one in found.listed] == [
        ("2 x 500 Hz - 600 Hz", 400.0, 0.75),
        ("400 Hz + 600 Hz - 500 Hz", 500.0, 1.5),
        ("2 x 500 Hz - 400 Hz", 600.0, 0.75),
    ]


def test_an_alias_says_where_it_comes_from() -> None:
    found = find_collisions([2500.0], sample_rate_hz=10e3)
    assert [(one.formula, one.is_alias, one.product_hz) for one in found.listed] == [
        ("3 x 2.5 kHz", True, 7500.0)
    ]
    assert find_collisions([2500.0]).total == 0


def test_quadrature_pairs_are_one_tone() -> None:
    assert find_collisions([400.0, 400.0, 500.0, 500.0, 700.0, 700.0]).total == 0


def test_a_tolerance_catches_near_products() -> None:
    near = [1000.0, 2000.5]
    assert find_collisions(near).total == 0
    found = find_collisions(near, tolerance_hz=1.0)
    assert [one.formula for one in found.listed] == ["2.0005 kHz - 1 kHz", "2 x 1 kHz"]
    assert not any(one.is_alias for one in found.listed)
    assert find_collisions([1000.0, 2001.0], tolerance_hz=1.0).total == 0


def test_thousands_of_collisions_are_counted_and_some_listed() -> None:
    """1, 2, ... M: each f1 + f2 = f3 puts three products on carriers, each 2 f1 = f2 puts two."""
    count = 100
    found = find_collisions(np.arange(1.0, count + 1), order=2, listed=7)
    pairs = sum((total - 1) // 2 for total in range(1, count + 1))
    assert found.counts == {2: 3 * pairs + 2 * (count // 2)}
    assert len(found.listed) == 7
    third = find_collisions(np.arange(1.0, 13.0))
    assert third.total == len(collisions(range(1, 13), 3))


def test_weights_are_those_of_a_cubic_device() -> None:
    """The Fourier amplitude of every product of x^2 and x^3, from 256 samples of one period."""
    tones = (4.0, 9.0, 31.0)
    phase = 2 * np.pi * np.arange(256) / 256
    x = sum(np.cos(tone * phase) for tone in tones)
    spectra = {order: 2 * np.abs(np.fft.rfft(x**order)) / 256 for order in (2, 3)}
    products = [
        (2, (8.0, 4.0)),
        (2, (13.0, 4.0, 9.0)),
        (3, (12.0, 4.0)),
        (3, (22.0, 9.0, 4.0)),
        (3, (44.0, 4.0, 9.0, 31.0)),
    ]
    for order, (place, *members) in products:
        found = find_collisions([*tones, place], order=order)
        made = [
            one
            for one in found.listed
            if one.order == order
            and one.carrier_hz == place
            and sorted(one.tones_hz) == sorted(members)
            and min(one.counts) > 0
            and one.product_hz == place
        ]
        assert len(made) == 1
        assert made[0].weight == pytest.approx(spectra[order][int(place)], rel=1e-9)


@pytest.mark.parametrize("frequencies_hz", [[], [0.0], [-5.0], [float("nan")], [float("inf")]])
def test_bad_carriers_are_refused(frequencies_hz: list[float]) -> None:
    with pytest.raises(InputError, match="frequencies above 0 Hz"):
        find_collisions(frequencies_hz)


def test_carriers_closer_than_the_tolerance_are_refused() -> None:
    with pytest.raises(InputError, match=r"400 Hz, 400\.5 Hz.*more than 1 Hz apart"):
        find_collisions([400.0, 400.5], tolerance_hz=1.0)


def test_too_many_carriers_are_refused() -> None:
    with pytest.raises(InputError, match="at most 2048"):
        find_collisions(np.arange(1.0, 2050.0))
