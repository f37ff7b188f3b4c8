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
from hgecircuit.design.error_model.quantities import spread_points_v
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

NOISE = NoiseSpec(white_a2_per_hz=1e-23)
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
    points_v = spread_points_v(device, 32)
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


@pytest.mark.parametrize("calibrated", [True, False])
def test_every_error_is_the_error_models(device, calibrated: bool) -> None:
    space = _space(calibrated=calibrated)
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
            assert point.error == pytest.approx(_error(device, point, space), rel=1e-6)
    assert seen >= 18


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
    slope = np.polyfit(np.log(amplitudes_v), np.log(parts["noise"]), 1)[0]
    assert slope == pytest.approx(-1, abs=1e-9)
    small = np.polyfit(np.log(amplitudes_v[:4]), np.log(parts["gain"][:4]), 1)[0]
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
    found = paper_point(device, _space())
    assert found is not None
    point = found.point
    assert (point.time_s, point.spacing_hz, point.amplitude_v) == (0.1, 40.0, 8e-3)
    assert point.cutoff_hz == pytest.approx(5.83, abs=0.01)
    assert point.error == pytest.approx(_error(device, point, _space()), rel=1e-6)
    assert paper_point(device, _space(top_hz=200.0, spacings_hz=np.array([12.0]))) is None


def test_what_does_not_fit(device) -> None:
    with pytest.raises(InputError, match="1 to 7"):
        tradeoff(device, _space(channels=8))
    with pytest.raises(InputError, match=r"below 166\.7 Hz"):
        tradeoff(device, _space(spacings_hz=np.array([170.0])))


def test_the_whole_search_is_quick(device) -> None:
    """22 filters, 41 times, 80 spacings, 40 amplitudes: 2.9 million points."""
    import time

    space = Space(
        all_filters(),
        np.geomspace(0.005, 1, 41),
        np.geomspace(5, 160, 80),
        np.geomspace(1e-3, 0.2, 40),
        noise=NOISE,
    )
    start = time.process_time()
    assert len(tradeoff(device, space).front()) > 20
    assert time.process_time() - start < 10  # 0.9 s on an idle core
