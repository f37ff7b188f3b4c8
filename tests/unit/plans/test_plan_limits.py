"""What a plan refuses and names instead, and plans at the limits of what is possible."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plan_requests import MAINS, QUICK, requested

from hgecircuit.design.plans import (
    ExcludedBands,
    PlanRequest,
    check_frequencies,
    make_plan,
)
from hgecircuit.errors import InputError


def test_what_is_impossible_names_what_is_possible() -> None:
    with pytest.raises(InputError) as caught:
        requested(6, time_s=0.01, highest_hz=1e3)
    text = str(caught.value)
    assert "exists" in text
    assert "at most 3 channels" in text
    assert "--highest 2.9 kHz" in text
    assert "--time 29 ms" in text
    assert "--quadrature" in text
    # Each of them is indeed possible, and the next better is not.
    assert requested(3, time_s=0.01, highest_hz=1e3).collisions.total == 0
    assert requested(6, time_s=0.01, highest_hz=2900.0).collisions.total == 0
    assert requested(6, time_s=0.029, highest_hz=1e3).collisions.total == 0
    assert requested(6, time_s=0.01, highest_hz=1e3, quadrature=True).collisions.total == 0
    for worse in ({"channels": 4}, {"highest_hz": 2800.0}, {"time_s": 0.028}):
        given = {"channels": 6, "time_s": 0.01, "highest_hz": 1e3, **worse}
        with pytest.raises(InputError):
            requested(given.pop("channels"), **given)


def test_too_many_channels_for_the_samples_of_a_gate() -> None:
    """D^2 + D folded frequencies must fit below half of 100 samples: 6 fit by count, 7 do not."""
    with pytest.raises(InputError, match=r"exists.*sample rate's limit.*at most 5 channels"):
        requested(7, time_s=0.01, sample_rate_hz=10e3)


def test_fewest_collisions_only_when_asked_for() -> None:
    plan = requested(4, time_s=0.01, lowest_hz=400.0, highest_hz=800.0, allow_collisions=True)
    assert plan.collisions.total == 6 == plan.optimum.value
    assert plan.optimum.is_optimal
    assert len(plan.collisions.listed) == 6
    free = requested(3, time_s=0.01, lowest_hz=400.0, highest_hz=900.0, allow_collisions=True)
    assert free.collisions.total == 0
    assert free.optimum.unit == "Hz"


def test_a_time_that_is_too_short_names_one_that_is_enough() -> None:
    with pytest.raises(InputError) as caught:
        requested(6, time_s=0.02, highest_hz=1e3, objective="time")
    assert "within 20 ms" in str(caught.value)
    for proposal in ("at most 5 channels", "--quadrature", "--highest 1.45 kHz", "--time 29 ms"):
        assert proposal in str(caught.value.expected)


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({"channels": 0}, "--channels", "1 to 2048"),
        ({"channels": 3000}, "--channels", "1 to 2048"),
        ({"time_s": 0.0}, "--time", "above 0 s"),
        ({"time_s": math.nan}, "--time", "above 0 s"),
        ({"time_s": None}, "--time", "--time 10ms"),
        ({"lowest_hz": -1.0}, "--lowest", "above 0 Hz"),
        ({"lowest_hz": 2e3, "highest_hz": 1e3}, "--lowest", "at most 1 kHz"),
        ({"lowest_hz": 5e3, "sample_rate_hz": 10e3}, "--lowest", "at most 4 kHz"),
        ({"highest_hz": 5.0}, "--grid", "wider limits"),
        ({"grid_hz": 3.0}, "--grid", "at least 10 Hz, or --time 333.333 ms"),
        ({"grid_hz": 10.07, "sample_rate_hz": 10e3}, "--grid", "a whole part of 10 kHz"),
        ({"time_s": 0.10005, "sample_rate_hz": 10e3}, "--time", "100 ms at 10 kHz"),
        ({"order": 4}, "--order", "2 or 3"),
        ({"objective": "cost"}, "--objective", "top or error or time"),
        ({"objective": "error"}, "--highest", "--highest or --sample-rate"),
        ({"objective": "time"}, "--highest", "--highest or --sample-rate"),
        ({"objective": "time", "highest_hz": 1e3, "grid_hz": 10.0}, "--grid", "no --grid"),
        ({"filter_order": 2}, "--poles", "no --poles"),
        ({"filter_order": 9, "response": "bessel"}, "--poles", "1 to 6"),
        ({"time_s": 1e300}, "--time", "1 Ts"),
        ({"signal_a": 1e-300}, "--amplitude", "1 kA"),
        ({"response": "brickwall"}, "--response", "butterworth"),
        ({"bands": MAINS, "time_s": 0.01}, "--avoid", "another time, such as --time 10.1 ms"),
        ({"bands": MAINS, "grid_hz": 100.0}, "--avoid", "another grid, such as 99.0099 Hz"),
        (
            {"bands": ExcludedBands((), 2.0, ((0.0, 5e3),)), "highest_hz": 4e3},
            "--exclude",
            "narrower",
        ),
    ],
)
def test_bad_requests_are_refused(changes: dict[str, object], key: str, expected: str) -> None:
    given = {"channels": 3, "time_s": 0.1, **changes}
    with pytest.raises(InputError) as caught:
        make_plan(PlanRequest(**given))
    assert caught.value.key == key
    assert expected in str(caught.value.expected)


def test_the_other_grid_that_is_proposed_works() -> None:
    with pytest.raises(InputError) as caught:
        requested(3, time_s=0.01, bands=MAINS)
    time_text = str(caught.value.expected).partition("--time ")[2].partition(",")[0]
    from hgecircuit.units import TIME, parse_quantity

    plan = requested(3, time_s=parse_quantity(time_text, TIME), bands=MAINS)
    assert plan.collisions.total == 0


def test_limits_and_bands_without_a_place_name_a_time_that_has_one() -> None:
    """A gate of one sample has no place; 1.3 ms are 13 samples, in which two carriers fit."""
    with pytest.raises(InputError, match="no multiple of the grid lies") as caught:
        requested(2, time_s=1e-4, sample_rate_hz=10e3)
    assert str(caught.value.expected).startswith("--time 1.3 ms; or ")
    assert requested(2, time_s=1.3e-3, sample_rate_hz=10e3).collisions.total == 0
    with pytest.raises(InputError):
        requested(2, time_s=1.2e-3, sample_rate_hz=10e3)


@pytest.mark.parametrize("quadrature", [False, True])
def test_no_time_is_enough_when_both_limits_are_one(quadrature: bool) -> None:
    given = {"time_s": None, "objective": "time", "lowest_hz": 1e3, "highest_hz": 1e3}
    possible = 2 if quadrature else 1
    with pytest.raises(InputError, match=rf"at most {possible} channel"):
        requested(possible + 1, quadrature=quadrature, **given)
    assert requested(possible, quadrature=quadrature, **given).time_s == pytest.approx(1e-3)


def test_wide_bands_take_neither_memory_nor_the_plan() -> None:
    bands = ExcludedBands((), 2.0, ((0.0, 0.9e9),))
    plan = requested(5, time_s=1.0, bands=bands)
    assert (plan.frequencies_hz - 0.9e9).tolist() == [1, 2, 5, 10, 12] or plan.optimum.is_optimal
    assert plan.frequencies_hz[-1] - plan.frequencies_hz[0] == 11
    # Above half the top only distances count, a hertz apart of a billion; no carrier is shared.
    assert plan.expected.crosstalk.max() < 1e-12
    between = ExcludedBands((), 2.0, ((10.0, 0.9e9),))
    assert requested(30, time_s=1.0, bands=between).frequencies_hz[0] > 0.9e9
    assert requested(3, time_s=1.0, bands=between).frequencies_hz.tolist() == [4, 6, 7]


def test_mains_that_leave_little_are_searched_to_the_end() -> None:
    """Below 20 Hz there are five carriers at most, and no more above."""
    bands = ExcludedBands((50.0,), 60.0)
    assert requested(5, time_s=1.0, bands=bands).frequencies_hz[-1] == 19
    with pytest.raises(InputError, match=r"exists.*at most 5 channels"):
        requested(6, time_s=1.0, bands=bands)


@pytest.mark.parametrize(
    ("changes", "finest"),
    [
        ({"lowest_hz": 1e10, "time_s": 1.0}, "at least 10 Hz"),
        ({"highest_hz": 1e10, "time_s": 1.0, "objective": "error"}, "at least 10 Hz"),
        ({"sample_rate_hz": 1e9, "time_s": 1.0}, "at least 10 Hz"),
    ],
)
def test_grids_too_fine_to_count_are_refused(changes: dict[str, object], finest: str) -> None:
    with pytest.raises(InputError, match="too fine a grid") as caught:
        requested(3, **changes)
    assert finest in str(caught.value.expected)
    plan = requested(3, **{**changes, "time_s": 0.01})
    assert plan.collisions.total == 0


def test_a_crowded_plan_is_as_good_as_its_bound_says() -> None:
    plan = requested(40, time_s=0.01, highest_hz=5e3, allow_collisions=True)
    assert plan.optimum.unit == "collisions"
    assert plan.optimum.value == plan.collisions.total
    assert 0.5 * plan.collisions.total < plan.optimum.bound <= plan.collisions.total


def test_the_shortest_time_of_many_channels_has_the_lowest_top_that_is_found() -> None:
    plan = requested(50, time_s=None, objective="time", highest_hz=1e4, effort=QUICK * 3)
    lowest = requested(50, effort=QUICK * 3).frequencies_hz[-1] / 10.0
    assert plan.time_s * 1e4 == pytest.approx(lowest, rel=0.01)


@pytest.mark.parametrize(("count", "top"), [(5, 19), (7, 40), (12, 133)])
def test_the_shortest_time_of_a_slow_rig_lets_products_fold(count: int, top: int) -> None:
    """Without folding, 4 f stays below the rate: over four times the lowest top in samples."""
    rate_hz = 2.6e3
    plan = requested(count, time_s=None, objective="time", sample_rate_hz=rate_hz)
    assert plan.time_s * rate_hz < 4 * top + 1
    again = check_frequencies(plan.frequencies_hz.tolist(), sample_rate_hz=rate_hz)
    assert not again.breaks
    assert again.collisions.total == 0


def test_a_narrow_band_far_up_needs_the_time_of_its_ruler() -> None:
    plan = requested(12, time_s=None, objective="time", lowest_hz=999.0, highest_hz=1e3)
    assert plan.time_s == pytest.approx(85.0)
    assert plan.optimum.is_optimal


def test_a_low_pass_with_many_channels_keeps_neighbours_apart() -> None:
    given = {"response": "bessel", "highest_hz": 1e5, "time_s": 1.0, "objective": "error"}
    plan = requested(60, **given)
    assert np.diff(plan.frequencies_hz).min() > plan.grid_hz * 1.5
    assert plan.expected.crosstalk.max() < 5e-3


def test_a_gate_takes_whole_cycles_however_many() -> None:
    """A relative tolerance alone would take half a cycle of a million as none."""
    assert check_frequencies([1_000_000.5], time_s=1.0).breaks
    assert not check_frequencies([1e6], time_s=1.0).breaks
    assert not check_frequencies([1e6 / 3], time_s=0.3).breaks


def test_a_checked_list_names_every_broken_rule() -> None:
    check = check_frequencies(
        [95.0, 100.0, 100.0, 100.0, 4100.0, 1005.0],
        time_s=0.01,
        lowest_hz=96.0,
        highest_hz=4e3,
        bands=MAINS,
        sample_rate_hz=10.05e3,
    )
    text = "\n".join(check.breaks)
    for part in (
        "95 Hz is below 96 Hz",
        "4.1 kHz is above 4 kHz",
        "100 Hz lies in an excluded band",
        "4.1 kHz has fewer than 2.5 samples per cycle",
        "more than two channels on 100 Hz",
        "95 Hz makes less than one cycle in T",
        "1.005 kHz makes 10.05 cycles in the gate",
        "95 Hz and 100 Hz are closer than 1/T = 100 Hz",
        "10 ms is not a whole number of samples at 10.05 kHz",
    ):
        assert part in text
    assert not check_frequencies([700.0, 1100.0, 1600.0], time_s=0.01).breaks
    # A low-pass needs no whole cycles.
    assert not check_frequencies([705.0], time_s=0.01, response="butterworth").breaks


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"sample_rate_hz": 10e3}, "below 5 kHz"),
        ({"sample_rate_hz": -1.0}, "above 0 Hz"),
        ({"response": "brickwall"}, "butterworth"),
        ({"lowest_hz": 9e3, "highest_hz": 3e3}, "at most 3 kHz"),
        ({"time_s": 0.0}, "above 0 s"),
        ({"order": 4}, "2 or 3"),
    ],
)
def test_a_check_refuses_limits_that_nothing_keeps(given: dict, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        check_frequencies([6e3], **given)


def test_near_products_count_within_t() -> None:
    near = [1000.0, 2004.0]
    assert check_frequencies(near).collisions.total == 0
    assert check_frequencies(near, time_s=0.1, response="bessel").collisions.total == 2
