"""What can't be built is refused, and what the message offers instead can."""

import dataclasses
import math
import re

import numpy as np
import pytest

from hgecircuit.design.filters.design import design_filter
from hgecircuit.design.filters.hints import option
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.design.filters.targets import choose_prototype
from hgecircuit.errors import InputError
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.units import FRACTION, FREQUENCY, TIME, VOLTAGE, parse_quantity


def message_of(request: FilterRequest) -> str:
    with pytest.raises(InputError) as caught:
        design_filter(request)
    return str(caught.value)


def offered(message: str, name: str) -> str:
    """The value behind an option in a message."""
    match = re.search(rf"{name} ([\w.%-]+)", message.partition("expected")[2])
    assert match, message
    return match[1]


def test_cutoff_from_the_settling_time() -> None:
    for settled, angle in (("first", 3.663), ("stay", 6.637)):
        prototype = choose_prototype(FilterRequest(settle_time_s=0.1, settled=settled))
        assert prototype.cutoff_hz == pytest.approx(angle / (2 * math.pi * 0.1), rel=1e-4)


def test_a_cutoff_that_settles_in_time_is_kept() -> None:
    prototype = choose_prototype(FilterRequest(settle_time_s=0.1, cutoff_hz=8.0))
    assert prototype.cutoff_hz == 8.0
    # What gave the cut-off may be said as well.
    exact_hz = choose_prototype(FilterRequest(settle_time_s=0.1)).cutoff_hz
    assert choose_prototype(FilterRequest(settle_time_s=0.1, cutoff_hz=exact_hz))


@pytest.mark.parametrize("settled", ["first", "stay"])
def test_a_cutoff_that_settles_too_late(settled: str) -> None:
    request = FilterRequest(settle_time_s=0.1, cutoff_hz=3.0, settled=settled)
    message = message_of(request)
    assert "contradict" in message
    faster = parse_quantity(offered(message, "--cutoff"), FREQUENCY)
    later = parse_quantity(offered(message, "--settle-time"), TIME)
    assert choose_prototype(dataclasses.replace(request, cutoff_hz=faster))
    assert choose_prototype(dataclasses.replace(request, settle_time_s=later))
    # Both are as near as four digits allow.
    with pytest.raises(InputError):
        choose_prototype(dataclasses.replace(request, cutoff_hz=faster * 0.999))
    with pytest.raises(InputError):
        choose_prototype(dataclasses.replace(request, settle_time_s=later * 0.999))


def test_an_attenuation_out_of_reach_of_the_order() -> None:
    request = FilterRequest(settle_time_s=0.1, reject_hz=(40.0,), attenuation_db=60.0)
    message = message_of(request)
    order, family = int(offered(message, "--order")), offered(message, "--response")
    better = dataclasses.replace(request, order=order, family=family)
    assert design_filter(better).prototype.attenuation_db(40.0) >= 60
    later = parse_quantity(offered(message, "--settle-time"), TIME)
    prototype = choose_prototype(dataclasses.replace(request, settle_time_s=later))
    assert 60 <= prototype.attenuation_db(40.0) < 60.1


def test_an_attenuation_out_of_reach_of_every_order() -> None:
    request = FilterRequest(settle_time_s=0.1, reject_hz=(40.0,), attenuation_db=150.0)
    message = message_of(request)
    assert "at most 77.7 dB" in message
    best = max(
        float(
            choose_prototype(
                FilterRequest(settle_time_s=0.1, order=order, family=family)
            ).attenuation_db(40.0)
        )
        for order in range(1, 7)
        for family in ("butterworth", "bessel", "critically-damped")
    )
    assert best == pytest.approx(77.7, abs=0.05)


def test_an_attenuation_without_a_settling_time() -> None:
    request = FilterRequest(cutoff_hz=30.0, reject_hz=(40.0,), attenuation_db=60.0)
    lower = parse_quantity(offered(message_of(request), "--cutoff"), FREQUENCY)
    assert choose_prototype(dataclasses.replace(request, cutoff_hz=lower))


def test_an_interfering_frequency_in_the_pass_band() -> None:
    request = FilterRequest(settle_time_s=0.1, reject_hz=(400.0, 4.0))
    message = message_of(request)
    assert "4 Hz" in message
    later = parse_quantity(offered(message, "--settle-time"), TIME)
    assert choose_prototype(dataclasses.replace(request, settle_time_s=later))


def test_rc_sections_have_real_poles() -> None:
    message = message_of(FilterRequest(cutoff_hz=100.0, topology="rc"))
    family = offered(message, "--response").rstrip(",")
    assert design_filter(FilterRequest(cutoff_hz=100.0, topology="rc", family=family))
    assert design_filter(FilterRequest(cutoff_hz=100.0, topology="rc", order=1))


@pytest.mark.parametrize("cutoff_hz", [1e-3, 5e7])
@pytest.mark.parametrize("topology", ["sallen-key", "multiple-feedback"])
def test_components_out_of_the_practical_range(cutoff_hz: float, topology: str) -> None:
    request = FilterRequest(cutoff_hz=cutoff_hz, topology=topology, opamp="ideal")
    message = message_of(request)
    match = re.search(r"from --cutoff (.+Hz) to --cutoff (.+?Hz)", message)
    assert match, message
    low_hz, high_hz = (parse_quantity(text, FREQUENCY) for text in match.groups())
    for inside in (low_hz, high_hz):
        assert design_filter(dataclasses.replace(request, cutoff_hz=inside))
    for outside in (low_hz * 0.998, high_hz * 1.002):
        assert "build a cut-off of" in message_of(dataclasses.replace(request, cutoff_hz=outside))


def test_too_few_values() -> None:
    request = FilterRequest(
        cutoff_hz=1e3, resistor_range_ohm=(10e3, 10.05e3), resistor_series="E12"
    )
    assert "more values" in message_of(request)
    message = message_of(dataclasses.replace(request, resistor_range_ohm=(10.1e3, 10.2e3)))
    assert "no E12 value" in message


@pytest.mark.parametrize(
    "changes",
    [
        {"opamp_error": 1e-5},
        {"cutoff_hz": 300e3},
        {"amplitude_v": 40.0},
        {"offset_budget_v": 1e-6},
        {"cutoff_hz": 100e3, "amplitude_v": 15.0},
        {"supply_v": 48.0},
        {"supply_v": 1.0, "amplitude_v": 2.0},
        {"supply_v": 3.0, "amplitude_v": 3.0},
    ],
    ids=["gain", "fast", "swing", "offset", "slew", "supply", "low supply", "room"],
)
def test_no_opamp_can_do_it(changes: dict[str, float]) -> None:
    request = FilterRequest(**{"cutoff_hz": 1e3, **changes})
    message = message_of(request)
    assert "no op-amp of the table" in message
    part = re.search(r"then ([\w-]+) fits", message)
    assert part
    relaxed = _relax(request, message)
    named = dataclasses.replace(relaxed, opamp=part[1])
    assert design_filter(named).chosen is not None
    assert design_filter(dataclasses.replace(request, opamp="ideal")).chosen is None


def _relax(request: FilterRequest, message: str) -> FilterRequest:
    changes = {}
    for name, key, dimension in (
        ("--opamp-error", "opamp_error", FRACTION),
        ("--amplitude", "amplitude_v", VOLTAGE),
        ("--offset-budget", "offset_budget_v", VOLTAGE),
        ("--supply", "supply_v", VOLTAGE),
    ):
        if name in message.partition("expected")[2]:
            changes[key] = parse_quantity(offered(message, name), dimension)
    assert changes
    return dataclasses.replace(request, **changes)


def test_far_too_fast_for_any_opamp() -> None:
    request = FilterRequest(
        cutoff_hz=5e6, capacitor_range_f=(1e-12, 1e-6), resistor_range_ohm=(100.0, 1e6)
    )
    message = message_of(request)
    slower = parse_quantity(offered(message, "--cutoff"), FREQUENCY)
    assert design_filter(dataclasses.replace(request, cutoff_hz=slower)).chosen is not None


def test_an_opamp_that_does_not_fit() -> None:
    request = FilterRequest(cutoff_hz=100.0, opamp="LM358B")
    message = message_of(request)
    assert "8.63 mV at the output" in message
    assert "OPA140" in message
    design = design_filter(_relax(request, message))
    assert design.chosen is not None
    assert design.chosen.part.name == "LM358B"
    assert design_filter(dataclasses.replace(request, opamp="OPA140"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"cutoff_hz": None}, "--settle-time"),
        ({"cutoff_hz": -1.0}, "--cutoff"),
        ({"cutoff_hz": math.nan}, "--cutoff"),
        ({"cutoff_hz": math.inf}, "--cutoff"),
        ({"settle_time_s": 0.0}, "--settle-time"),
        ({"settle_error": 0.0}, "--settle-error"),
        ({"settle_error": 0.9}, "--settle-error"),
        ({"settled": "soon"}, "--settled"),
        ({"family": "chebyshev"}, "--response"),
        ({"order": 0}, "--order"),
        ({"order": 7}, "--order"),
        ({"order": 2.5}, "--order"),
        ({"order": True}, "--order"),
        ({"topology": "biquad"}, "--topology"),
        ({"reject_hz": (math.nan,)}, "--reject"),
        ({"reject_hz": (-4.0,)}, "--reject"),
        ({"attenuation_db": 40.0}, "--reject"),
        ({"attenuation_db": 400.0, "reject_hz": (5e3,)}, "--attenuation"),
        ({"resistor_series": "E13"}, "--series"),
        ({"capacitor_series": ""}, "--capacitor-series"),
        ({"resistor_range_ohm": (1e6, 1e3)}, "--resistor-min"),
        ({"resistor_range_ohm": (0.0, 1e3)}, "--resistor-min"),
        ({"capacitor_range_f": (math.nan, 1e-6)}, "--capacitor-min"),
        ({"capacitor_range_f": (1e-9, math.inf)}, "--capacitor-min"),
        ({"resistor_tolerance": -0.01}, "--tolerance"),
        ({"resistor_tolerance": math.nan}, "--tolerance"),
        ({"capacitor_tolerance": 0.6}, "--capacitor-tolerance"),
        ({"amplitude_v": 0.0}, "--amplitude"),
        ({"offset_budget_v": 0.0}, "--offset-budget"),
        ({"supply_v": 0.0}, "--supply"),
        ({"opamp": "741"}, "--opamp"),
        ({"opamp_error": 0.0}, "--opamp-error"),
        ({"builds": 0}, "--builds"),
        ({"builds": 10**6}, "--builds"),
        ({"seed": -1}, "--seed"),
        ({"seed": 1.5}, "--seed"),
    ],
)
def test_bad_values_are_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word):
        FilterRequest(**{"cutoff_hz": 1e3, **changes})


def test_parts_must_take_the_supply() -> None:
    design = design_filter(FilterRequest(cutoff_hz=100.0, supply_v=30.0))
    for fit in design.fits:
        if fit.part.supply_v[1] < 30:
            assert any("takes a supply" in reason for reason in fit.reasons)
    assert design.chosen is not None
    assert design.chosen.part.supply_v[1] >= 30


def test_hints_are_on_the_safe_side() -> None:
    generator = np.random.default_rng(1)
    for value in 10 ** generator.uniform(-9, 6, 200):
        up = parse_quantity(option("--x", float(value), "s", up=True).split()[1], TIME)
        down = parse_quantity(option("--x", float(value), "s", up=False).split()[1], TIME)
        assert value * (1 - 1e-9) <= up <= value * 1.0011
        assert value * (1 + 1e-9) >= down >= value * 0.9989


def test_attenuation_of_a_prototype_is_enough_at_every_frequency() -> None:
    request = FilterRequest(settle_time_s=0.1, reject_hz=(400.0, 60.0), attenuation_db=55.0)
    prototype = choose_prototype(request)
    assert isinstance(prototype, Prototype)
    assert prototype.attenuation_db(60.0) >= 55
