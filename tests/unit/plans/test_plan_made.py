"""Whole plans: constraints, proofs, determinism and spectra of a cubic device."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_requests import MAINS, QUICK, requested, slots_of
from plan_truth import all_free, collisions, lowest_top

from hgecircuit.design.plans import (
    Effort,
    ExcludedBands,
    FrequencyPlan,
    PlanRequest,
    check_frequencies,
    make_plan,
)
from hgecircuit.errors import InputError


@st.composite
def requests(draw: st.DrawFn) -> PlanRequest:
    """Requests of all kinds, possible or not."""
    time_s = draw(st.sampled_from([0.01, 0.02, 0.1, 0.125, 1 / 30]))
    rate_hz = draw(st.sampled_from([None, None, 10e3, 12e3, 5760.0]))
    if rate_hz is not None:
        time_s = round(time_s * rate_hz) / rate_hz
    bands = ExcludedBands(
        draw(st.sampled_from([(), (50.0,), (60.0,), (50.0, 60.0)])),
        draw(st.sampled_from([0.0, 2.0, 6.0])),
        draw(st.sampled_from([(), ((100.0, 420.0),), ((300.0, 310.0), (700.0, 900.0))])),
    )
    objective = draw(st.sampled_from(["top", "top", "error", "time"]))
    highest_hz = draw(st.sampled_from([None, 1e3, 2e3, 8e3]))
    if objective != "top" and highest_hz is None and rate_hz is None:
        highest_hz = 4e3
    response = draw(st.sampled_from(["gate", "gate", "butterworth", "bessel"]))
    grids = [None, 1 / time_s] if objective == "time" else [None, None, 2 / time_s, 1.5 / time_s]
    return PlanRequest(
        draw(st.integers(1, 12)),
        time_s=time_s,
        lowest_hz=draw(st.sampled_from([None, 150.0, 500.0])),
        highest_hz=highest_hz,
        grid_hz=None if objective == "time" else draw(st.sampled_from(grids)),
        quadrature=draw(st.booleans()),
        order=draw(st.sampled_from([2, 3])),
        bands=bands,
        sample_rate_hz=rate_hz,
        objective=objective,
        response=response,
        allow_collisions=draw(st.booleans()) and objective != "time",
        effort=Effort(nodes=2000, tries=500, seed=draw(st.integers(0, 3))),
    )


def made(request: PlanRequest) -> FrequencyPlan | InputError:
    try:
        return make_plan(request)
    except InputError as error:
        return error


@given(requests())
@settings(max_examples=100, deadline=None)
def test_every_plan_keeps_every_rule(request: PlanRequest) -> None:
    plan = made(request)
    if isinstance(plan, InputError):
        assert plan.expected
        return
    tones = np.unique(plan.frequencies_hz)
    times = np.bincount(np.searchsorted(tones, plan.frequencies_hz))
    assert len(plan.frequencies_hz) == len(plan.phases_rad) == request.channels
    assert times.max() == (2 if request.quadrature and request.channels > 1 else 1)
    assert len(tones) == request.carriers
    if request.quadrature:
        pairs = plan.phases_rad[: request.channels // 2 * 2].reshape(-1, 2)
        assert (np.abs(pairs[:, 1] - pairs[:, 0]) == math.pi / 2).all()
    assert not request.bands.blocked(tones).any()
    assert tones[0] >= (request.lowest_hz or 0.0) * (1 - 1e-9)
    assert tones[0] * plan.time_s >= 1 - 1e-9
    assert tones[-1] <= (request.highest_hz or math.inf) * (1 + 1e-9)
    assert tones[-1] <= (request.sample_rate_hz or math.inf) / 2.5 * (1 + 1e-9)
    if request.sample_rate_hz and request.response == "gate":
        samples = plan.time_s * request.sample_rate_hz
        assert abs(samples - round(samples)) < 1e-6
    if request.objective == "time":
        assert plan.time_s <= request.time_s * (1 + 1e-9)
    else:
        assert plan.time_s == request.time_s
    check = check_frequencies(
        plan.frequencies_hz.tolist(),
        order=request.order,
        sample_rate_hz=request.sample_rate_hz,
        bands=request.bands,
    )
    assert not check.breaks
    assert check.collisions.counts == plan.collisions.counts
    # Counted one by one as well, in steps so fine that the sample rate is a whole number of them.
    unit_hz = plan.grid_hz / 64
    rate = request.sample_rate_hz
    modulus = None if rate is None else round(rate / unit_hz)
    if modulus is None or abs(rate / unit_hz - modulus) < 1e-6:
        whole = np.round(tones / unit_hz).astype(int).tolist()
        if len(whole) <= 6:
            assert plan.collisions.total == len(collisions(whole, request.order, modulus))
    assert plan.collisions.total == 0 or request.allow_collisions
    assert plan.optimum.bound <= plan.optimum.value * (1 + 1e-9)


@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize("order", [2, 3])
def test_a_plan_of_up_to_six_channels_is_optimal(count: int, order: int) -> None:
    plan = requested(count, order=order)
    assert plan.optimum.is_optimal
    assert plan.optimum.gap == 0.0
    assert plan.frequencies_hz[-1] == pytest.approx(10.0 * lowest_top(count, order))


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"bands": MAINS},
        {"objective": "error", "highest_hz": 4e6},
        {"objective": "time", "highest_hz": 1e6, "time_s": None},
        {"sample_rate_hz": 10e6},
        {"allow_collisions": True, "highest_hz": 1e6},
    ],
)
def test_a_thousand_channels_take_less_than_ten_seconds(more: dict[str, object]) -> None:
    """Of this process alone, whatever else the machine does."""
    start_s = time.process_time()
    plan = requested(1000, **{"time_s": 1.0, "effort": Effort(), **more})
    assert time.process_time() - start_s < 10
    assert len(np.unique(plan.frequencies_hz)) == 1000
    if not more.get("allow_collisions"):
        assert plan.collisions.total == 0
        assert plan.optimum.gap < 0.8


def test_five_channels_between_mains() -> None:
    plan = requested(5, bands=MAINS)
    places = [place for place in range(1, 20) if place % 5]
    best = min(one[-1] for one in all_free(places, 5, 3))
    assert slots_of(plan)[-1] == best
    assert plan.optimum.is_optimal


def test_quadrature_pairs_use_half_the_carriers() -> None:
    plan = requested(7, quadrature=True)
    assert slots_of(plan) == slots_of(requested(4))
    assert np.bincount(np.round(plan.frequencies_hz).astype(int)).max() == 2
    assert plan.phases_rad.tolist() == [0, math.pi / 2] * 3 + [0]


@pytest.mark.parametrize("rate_hz", [None, 10e3])
def test_the_shortest_time_is_the_one_that_trying_finds(rate_hz: float | None) -> None:
    """Between 300 Hz and 1 kHz, every time of a millisecond or of a sample in turn."""
    plan = requested(
        4, time_s=None, objective="time", lowest_hz=300.0, highest_hz=1e3, sample_rate_hz=rate_hz
    )
    ticks = itertools.count(1)
    tick_s = 1e-3 if rate_hz is None else 1 / rate_hz
    for tick in ticks:
        time_s = tick * tick_s
        places = range(math.ceil(300.0 * time_s - 1e-9), math.floor(1e3 * time_s + 1e-9) + 1)
        modulus = None if rate_hz is None else tick
        if next(all_free(places, 4, 3, modulus), None) is not None:
            break
    assert plan.time_s == pytest.approx(time_s)
    assert plan.optimum.is_optimal


def test_no_time_between_the_ticks_is_shorter() -> None:
    """Without bands: places come in at the upper end only at whole ticks."""
    best_s = requested(4, time_s=None, objective="time", lowest_hz=300.0, highest_hz=1e3).time_s
    for time_s in np.linspace(0.2 * best_s, best_s * 0.9999, 700):
        places = range(math.ceil(300.0 * time_s), math.floor(1e3 * time_s) + 1)
        assert next(all_free(places, 4, 3), None) is None


def test_the_shortest_time_of_many_channels_is_consistent_with_the_lowest_top() -> None:
    top = requested(30)
    plan = requested(30, time_s=None, objective="time", highest_hz=float(top.frequencies_hz[-1]))
    assert plan.time_s <= 0.1 * (1 + 1e-9)
    assert plan.frequencies_hz[-1] <= top.frequencies_hz[-1] * (1 + 1e-9)
    assert not plan.optimum.is_optimal
    assert 0 < plan.optimum.gap < 1


def test_the_least_error_beats_the_lowest_top_and_a_low_pass_keeps_carriers_apart() -> None:
    high = requested(5, objective="error", highest_hz=1e3)
    low = requested(5, highest_hz=1e3)
    assert high.expected.mean_square < low.expected.mean_square
    assert high.optimum.is_optimal
    assert high.optimum.value == pytest.approx(math.sqrt(high.expected.mean_square))
    passed = requested(5, objective="error", highest_hz=1e3, response="butterworth", grid_hz=10.0)
    assert np.diff(passed.frequencies_hz).min() > np.diff(high.frequencies_hz).min()


def cubic_spectrum(plan_hz: np.ndarray, time_s: float, seed: int) -> np.ndarray:
    """Amplitudes at multiples of 1/T of x + x^2 / 5 + x^3 / 5 over one gate, without the carriers.

    What the carriers themselves make on their own frequency has their phase; a product has a phase
    of its own, so random phases tell them apart: twice, once with each carrier's phase turned.
    """
    rng = np.random.default_rng(seed)
    samples = 8 * round(plan_hz[-1] * time_s) + 1
    moment = np.arange(samples) / samples
    phases = rng.uniform(0, 2 * np.pi, len(plan_hz))
    cycles = np.round(plan_hz * time_s)
    x = np.sin(2 * np.pi * cycles[:, None] * moment + phases[:, None]).sum(axis=0)
    spectrum = 2 * np.fft.rfft(x + x**2 / 5 + x**3 / 5) / samples
    return spectrum[cycles.astype(int)] * np.exp(-1j * phases)


@pytest.mark.parametrize("count", [3, 5, 8, 20])
def test_a_cubic_device_leaves_carriers_clean(count: int) -> None:
    """Free: every carrier reads 1 + 3/5 (1/4 + (M - 1)/2) = slope plus compression, no more."""
    plan = requested(count)
    found = cubic_spectrum(plan.frequencies_hz, plan.time_s, 7)
    expected = 1 + 3 / 5 * (1 / 4 + (count - 1) / 2)
    np.testing.assert_allclose(found, -1j * expected, rtol=0, atol=1e-9)


def test_a_cubic_device_shows_the_products_of_equal_spacing() -> None:
    equal_hz = np.array([400.0, 500.0, 600.0])
    found = cubic_spectrum(equal_hz, 0.1, 7)
    expected = -1j * (1 + 3 / 5 * (1 / 4 + 1))
    # 2 f2 - f1 on f3: 3/4 of 1/5; f1 + f3 - f2 on f2: 3/2 of 1/5 (Collision.weight).
    assert np.abs(found - expected) == pytest.approx([0.15, 0.3, 0.15])


def test_a_plan_of_the_second_order_shows_only_third_order_products() -> None:
    plan = requested(5, order=2)
    rng = np.random.default_rng(3)
    cycles = np.round(plan.frequencies_hz * plan.time_s).astype(int)
    samples = 8 * cycles[-1] + 1
    moment = np.arange(samples) / samples
    phases = rng.uniform(0, 2 * np.pi, 5)
    x = np.sin(2 * np.pi * cycles[:, None] * moment + phases[:, None]).sum(axis=0)
    assert np.abs(np.fft.rfft(x**2)[cycles]).max() < 1e-9 * samples
    assert np.abs(np.fft.rfft(x**3)[cycles]).max() > 0.1 * samples


def test_a_sampled_plan_stays_clean_after_aliasing() -> None:
    """60 samples per gate: products fold, and with 500 samples the same carriers are clean too."""
    plan = requested(4, time_s=0.006, sample_rate_hz=10e3)
    cycles = np.round(plan.frequencies_hz * plan.time_s).astype(int)
    rng = np.random.default_rng(11)
    phases = rng.uniform(0, 2 * np.pi, 4)
    moment = np.arange(60) / 60
    x = np.sin(2 * np.pi * cycles[:, None] * moment + phases[:, None]).sum(axis=0)
    found = 2 * np.fft.rfft(x + x**2 / 5 + x**3 / 5)[cycles] / 60 * np.exp(-1j * phases)
    np.testing.assert_allclose(found, -1j * (1 + 3 / 5 * (1 / 4 + 3 / 2)), atol=1e-9)


def test_the_same_request_gives_the_same_plan_in_every_process() -> None:
    code = (
        "from hgecircuit.design.plans import *;"
        "r = PlanRequest(14, time_s=0.1, effort=Effort(nodes=8000, tries=2000));"
        "print(make_plan(r).frequencies_hz.tolist())"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": "", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    plan = requested(14, effort=Effort(nodes=8000, tries=2000))
    assert texts == {f"{plan.frequencies_hz.tolist()}\n"}


def test_the_seed_changes_only_what_is_random() -> None:
    one, other = (requested(40, effort=replace(QUICK, seed=seed)) for seed in (1, 2))
    assert one.frequencies_hz.tolist() != other.frequencies_hz.tolist()
    assert one.optimum.bound == other.optimum.bound
    small, same = (requested(5, effort=replace(QUICK, seed=seed)) for seed in (1, 2))
    assert small.frequencies_hz.tolist() == same.frequencies_hz.tolist()


def test_more_effort_is_never_worse() -> None:
    quick, long = (requested(40, effort=QUICK * share) for share in (0.5, 3))
    assert long.optimum.value <= quick.optimum.value
