"""The search over time, filter, spacing and amplitude against the error model point by point."""

import dataclasses

import numpy as np
import pytest

from hgecircuit.design.error_model import (
    LockIn,
    Surroundings,
    equal_spacing_hz,
    error_budget,
    taylor_of_device,
)
from hgecircuit.design.error_model.noise import noise_variance
from hgecircuit.design.error_model.points import spread_points_v
from hgecircuit.design.error_model.responses import Filter, all_filters
from hgecircuit.design.error_model.tradeoff import (
    PARTS,
    OperatingPoint,
    Space,
    Tradeoff,
    paper_point,
    tradeoff,
)
from hgecircuit.devices.formats import load_device
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError

POINTS = 64
NOISE = NoiseSpec(white_a2_per_hz=1e-23)
FLICKER = NoiseSpec(flicker_a2_per_hz=1e-23, exponent=1.5)
FILTER_2 = Filter("butterworth", 2, "first")
FILTERS = (
    Filter("butterworth", 3, "first"),
    Filter("bessel", 4, "first"),
    Filter("critically-damped", 2, "first"),
    Filter("gate"),
)


def _space(**changes) -> Space:
    space = Space(
        FILTERS,
        np.geomspace(0.01, 0.3, 7),
        np.array([12.0, 40.0, 90.0, 150.0]),
        np.geomspace(2e-3, 0.15, 9),
        noise=NOISE,
        points=POINTS,
    )
    return dataclasses.replace(space, **changes)


@pytest.fixture(scope="module")
def device():
    return load_device("rnpu-compact")


@pytest.fixture(scope="module")
def result(device) -> Tradeoff:
    return tradeoff(device, _space())


def _error(device, point: OperatingPoint, space: Space) -> float:
    """The same error from the error model itself."""
    channels = space.channels
    amplitudes_v = np.full(channels, point.amplitude_v)
    points_v = spread_points_v(device, POINTS, channels, point.amplitude_v)
    taylor = taylor_of_device(device, points_v, tuple(range(channels)), amplitudes_v)
    window = point.filter.window(point.time_s)
    frequencies_hz = equal_spacing_hz(channels, point.top_hz, point.spacing_hz)
    lock_in = LockIn(frequencies_hz, amplitudes_v, window)
    budget = error_budget(lock_in, taylor, Surroundings(noise=space.noise))
    if not space.calibrated:
        return budget.relative_rms(budget.mean_square_a2_per_v2)
    settled = window.settled_share
    bias = np.sum([term.bias_a_per_v for term in budget.terms], axis=0)
    bias = bias - (settled - 1) * budget.exact_a_per_v
    variance = np.sum([term.variance_a2_per_v2 for term in budget.terms], axis=0)
    mean_square = (bias**2 + variance + budget.covariance_a2_per_v2) / settled**2
    return budget.relative_rms(mean_square)


@pytest.mark.parametrize(
    ("noise", "calibrated", "tolerance"),
    # 1/f^n noise is tabulated over carriers, to 1 %; all else is the same sum in another order.
    [(NOISE, True, 1e-6), (NOISE, False, 1e-6), (FLICKER, True, 1e-2)],
    ids=["calibrated", "as read", "1/f^1.5"],
)
def test_every_error_is_the_error_models(
    device, noise: NoiseSpec, calibrated: bool, tolerance: float
) -> None:
    space = _space(calibrated=calibrated, noise=noise)
    result = tradeoff(device, space)
    rng = np.random.default_rng(1)
    seen = 0
    for choice in range(len(FILTERS)):
        shape = result.errors[choice].relative.shape
        for _ in range(6):
            k, s, a = (int(rng.integers(size)) for size in shape)
            point = result.point(choice, k, s, a)
            if not np.isfinite(point.error):
                continue
            seen += 1
            assert point.error == pytest.approx(_error(device, point, space), rel=tolerance)
    assert seen >= 18


def test_short_times_hear_the_noise_near_0_hz(device) -> None:
    """T = 5 ms, order 2, 1/f^1.5: the window lets through what S(f_m) 2 B leaves out."""
    space = _space(
        filters=(FILTER_2,),
        times_s=np.array([5e-3]),
        spacings_hz=np.array([140.0]),
        amplitudes_v=np.array([0.03]),
        noise=FLICKER,
    )
    result = tradeoff(device, space)
    lock_in = LockIn(equal_spacing_hz(7, 1e3, 140.0), np.full(7, 0.03), FILTER_2.window(5e-3))
    power = result.combs.at(space.amplitudes_v).power_a2_per_v2[0]
    settled = lock_in.window.settled_share
    expected = noise_variance(lock_in, FLICKER).mean() / settled**2 / power
    point = result.point(0, 0, 0, 0)
    assert point.parts["noise"] ** 2 == pytest.approx(expected, rel=1e-2)
    density = FLICKER.density_a2_per_hz(lock_in.frequencies_hz).mean()
    alone = 2 * lock_in.window.noise_bandwidth_hz * density / 0.03**2 / settled**2 / power
    assert expected > 1.5 * alone


def test_the_front_is_what_brute_force_finds(result: Tradeoff) -> None:
    everything = [
        (float(result.space.times_s[k]), float(errors.relative[k].min()))
        for errors in result.errors
        for k in range(len(result.space.times_s))
    ]
    front = result.front()
    for point in front:
        assert not any(time < point.time_s and error <= point.error for time, error in everything)
        assert not any(
            time <= point.time_s and error < point.error * (1 - 1e-12) for time, error in everything
        )
        total = np.sqrt(sum(part**2 for part in point.parts.values()))
        assert set(point.parts) == set(PARTS)
        assert total == pytest.approx(point.error, rel=1e-2)
    assert [point.time_s for point in front] == sorted(point.time_s for point in front)
    lowpass = result.front(["butterworth"])
    assert {point.filter.response for point in lowpass} == {"butterworth"}


def test_amplitude_has_an_optimum_between_noise_and_curvature(result: Tradeoff) -> None:
    point = result.front()[-1]
    parts = dict(zip(PARTS, result.over_amplitude(point), strict=True))
    amplitudes_v = result.space.amplitudes_v
    # Of the gradient at points inside the ranges, which larger amplitudes leave smaller.
    power = result.combs.at(amplitudes_v).power_a2_per_v2
    assert np.all(np.diff(power) < 0)
    slope = np.polyfit(np.log(amplitudes_v), np.log(parts["noise"] * np.sqrt(power)), 1)[0]
    assert slope == pytest.approx(-1, abs=1e-9)
    tiny_v = np.geomspace(1e-4, 4e-4, 4)  # the points hardly move
    gain = np.sqrt(result.combs.at(tiny_v).bias)
    small = np.polyfit(np.log(tiny_v), np.log(gain), 1)[0]
    assert small == pytest.approx(2, abs=0.02)
    best = int(np.argmin(np.sqrt(sum(part**2 for part in parts.values()))))
    assert 0 < best < len(amplitudes_v) - 1


def test_a_gate_with_whole_periods_hears_no_other_carrier(result: Tradeoff) -> None:
    gate = FILTERS.index(Filter("gate"))
    carriers = result.errors[gate].parts[PARTS.index("carriers")]
    assert np.nanmax(np.where(np.isfinite(carriers), carriers, 0)) < 1e-25
    cycles = result.errors[gate].spacings_hz * result.space.times_s[:, None]
    finite = cycles[np.isfinite(cycles)]
    np.testing.assert_allclose(finite, np.round(finite), atol=1e-9)
    assert np.all(result.errors[gate].top_hz <= 1e3 * (1 + 1e-9))


def test_the_papers_point(device) -> None:
    found = paper_point(tradeoff(device, _space()))
    assert found is not None
    point = found.point
    assert (point.time_s, point.spacing_hz, point.amplitude_v) == (0.1, 40.0, 8e-3)
    assert point.cutoff_hz == pytest.approx(5.83, abs=0.01)
    assert point.error == pytest.approx(_error(device, point, _space()), rel=1e-6)
    narrow = _space(top_hz=200.0, spacings_hz=np.array([12.0]))
    assert paper_point(tradeoff(device, narrow)) is None


def test_what_does_not_fit(device) -> None:
    with pytest.raises(InputError, match="1 to 7"):
        tradeoff(device, _space(channels=8))
    with pytest.raises(InputError, match=r"below 166\.7 Hz"):
        tradeoff(device, _space(spacings_hz=np.array([170.0])))
    with pytest.raises(InputError, match="below 500 mV"):
        tradeoff(device, _space(amplitudes_v=np.array([0.5])))


def test_gates_that_are_too_short_name_the_shortest_that_fits(device) -> None:
    gates = _space(filters=(Filter("gate"),), times_s=np.array([1e-3, 6e-3]))
    with pytest.raises(InputError, match=r"--longest.*at least 7 ms"):
        tradeoff(device, gates)
    fits = tradeoff(device, dataclasses.replace(gates, times_s=np.array([1e-3, 7e-3])))
    assert [point.time_s for point in fits.front()] == [7e-3]
    assert fits.front()[0].spacing_hz == pytest.approx(1 / 7e-3)


def test_amplitudes_are_computed_once(device, monkeypatch) -> None:
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return taylor_of_device(*arguments)

    monkeypatch.setattr("hgecircuit.design.error_model.comb.taylor_of_device", counted)
    result = tradeoff(device, _space())
    paper_point(result)
    assert len(calls) == len(result.space.amplitudes_v) + 1  # 8 mV is not among them


@pytest.mark.slow
def test_the_whole_search_is_quick(device) -> None:
    """22 filters, 41 times, 80 spacings, 40 amplitudes: 2.9 million points."""
    import time

    space = Space(
        all_filters(),
        np.geomspace(0.005, 1, 41),
        np.geomspace(5, 160, 80),
        np.geomspace(1e-3, 0.2, 40),
        noise=FLICKER,
    )
    start = time.process_time()
    assert len(tradeoff(device, space).front()) > 20
    assert time.process_time() - start < 20  # 6 s on a core that is shared, 2 s on an idle one
