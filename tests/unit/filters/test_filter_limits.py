"""Numbers that no real filter has are refused by name; the limits themselves end well."""

import dataclasses
import json
import math
import re

import pytest
from click.testing import CliRunner, Result

from hgecircuit.cli.filter import filter_command
from hgecircuit.design.filters.design import design_filter
from hgecircuit.design.filters.request import FilterRequest
from hgecircuit.errors import InputError
from hgecircuit.units import FREQUENCY, TIME, parse_quantity

# Least and largest accepted value, and one below and above those.
NUMBERS = {
    "--cutoff": ("1uHz", "1GHz", "0.99uHz", "1.01GHz"),
    "--reject": ("1uHz", "1GHz", "0Hz", "1e300Hz"),
    "--settle-time": ("1ps", "1e6s", "1e-300s", "1e300s"),
    "--settle-error": ("1e-7%", "50%", "0%", "1e300%"),
    "--attenuation": ("0.001dB", "200dB", "0dB", "1e300dB"),
    "--tolerance": ("0%", "50%", "-1%", "1e300%"),
    "--capacitor-tolerance": ("0%", "50%", "-1%", "51%"),
    "--resistor-min": ("10mohm", "1Mohm", "1e-300ohm", "1e300ohm"),
    "--resistor-max": ("1kohm", "100Gohm", "999ohm", "1e300ohm"),
    "--capacitor-min": ("10fF", "1uF", "1e-300F", "1e300F"),
    "--capacitor-max": ("100pF", "1F", "99pF", "1e300F"),
    "--amplitude": ("1nV", "1kV", "1e-300V", "1e300V"),
    "--offset-budget": ("1nV", "1kV", "0V", "1e300V"),
    "--supply": ("0.1V", "1kV", "-30V", "1e300V"),
    "--opamp-error": ("1e-7%", "50%", "1e-300%", "1e300%"),
    "--output-resistance": ("0ohm", "1Mohm", "-1ohm", "1e300ohm"),
    "--builds": ("1", "2", "0", "100001"),
    "--seed": ("0", str(2**63), "-1", str(2**63 + 1)),
    "--order": ("1", "6", "0", "7"),
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(filter_command, list(arguments))


def command(name: str, value: str) -> tuple[str, ...]:
    base = {"--cutoff": "1kHz", "--builds": "3", "--reject": "10kHz"}
    if name == "--settle-time":
        del base["--cutoff"]
    return tuple(part for pair in {**base, name: value}.items() for part in pair)


def refusal(*arguments: str) -> InputError:
    error = run(*arguments).exception
    assert isinstance(error, InputError), error
    assert error.exit_code == 2
    return error


def offered(message: str, pattern: str) -> str:
    match = re.search(pattern, message.partition("expected")[2])
    assert match, message
    return match[1]


def test_every_number_is_tried() -> None:
    words = {"--response", "--topology", "--settled", "--series", "--capacitor-series", "--opamp"}
    files = {"--plot", "--netlist", "--json"}
    assert {one.opts[0] for one in filter_command.params} == {*NUMBERS, *words, *files}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("end", [2, 3])
def test_a_value_beyond_the_limits_is_refused_by_name(name: str, end: int) -> None:
    error = refusal(*command(name, NUMBERS[name][end]))
    assert error.key is not None
    assert name in error.key
    assert error.expected
    assert error.value is not None


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("end", [0, 1])
def test_the_limits_end_well(name: str, end: int) -> None:
    """With a filter, or with an error that names what can be done; never with a warning."""
    result = run(*command(name, NUMBERS[name][end]), "--json")
    if result.exit_code == 0:
        assert json.loads(result.stdout)["performance"]["cutoff_hz"] > 0
    else:
        assert isinstance(result.exception, InputError)
        assert result.exception.expected


def test_a_huge_output_resistance_beside_tiny_resistors() -> None:
    request = FilterRequest(
        cutoff_hz=10.0,
        resistor_range_ohm=(0.1, 1.0),
        capacitor_range_f=(1e-3, 1.0),
        output_ohm=1e6,
        opamp="ideal",
    )
    assert design_filter(request).needs.gain_bandwidth_hz > 1e9


def test_a_thousand_interfering_frequencies_and_no_more() -> None:
    many = tuple(2e3 + k for k in range(1000))
    assert FilterRequest(cutoff_hz=1e3, reject_hz=many)
    with pytest.raises(InputError, match="--reject"):
        FilterRequest(cutoff_hz=1e3, reject_hz=(*many, 1e4))


def test_far_interference_is_no_matter_for_the_opamps() -> None:
    """Their gain is gone at 1 MHz, and so is the signal: 100 Hz must not ask for a fast op-amp."""
    near = design_filter(FilterRequest(cutoff_hz=100.0))
    far = design_filter(FilterRequest(cutoff_hz=100.0, reject_hz=(1e6,)))
    assert far.needs.gain_bandwidth_hz < 2 * near.needs.gain_bandwidth_hz
    assert far.chosen is not None


@pytest.mark.parametrize("settled", ["first", "stay"])
@pytest.mark.parametrize("extra", [{}, {"order": 2, "family": "bessel"}, {"opamp": "OPA333"}])
def test_the_shortest_settling_time_is_named(settled: str, extra: dict[str, object]) -> None:
    request = FilterRequest(settle_time_s=1e-12, settled=settled, **extra)  # pyright: ignore
    with pytest.raises(InputError) as caught:
        design_filter(request)
    message = str(caught.value)
    assert caught.value.key == "--settle-time"
    assert caught.value.value == "1 ps"
    assert "--cutoff" not in message
    shortest = parse_quantity(offered(message, r"from --settle-time (\S+)"), TIME)
    ideal = parse_quantity(offered(message, r"\((\S+) with --opamp ideal"), TIME)
    longest = parse_quantity(offered(message, r"to --settle-time ([\d.]+\w+)"), TIME)
    assert ideal < shortest < longest
    assert design_filter(dataclasses.replace(request, settle_time_s=shortest)).chosen
    without = dataclasses.replace(request, opamp="ideal")
    for time_s in (ideal, longest):
        assert design_filter(dataclasses.replace(without, settle_time_s=time_s))
    for time_s in (0.998 * ideal, 1.002 * longest):
        with pytest.raises(InputError, match="--settle-time"):
            design_filter(dataclasses.replace(without, settle_time_s=time_s))
    # Real op-amps can't do it far faster, at any rate not in general.
    faster = [dataclasses.replace(request, settle_time_s=shortest / k) for k in (4, 6, 8)]
    for one in faster:
        with pytest.raises(InputError):
            design_filter(one)


def test_a_settling_time_that_is_too_long() -> None:
    with pytest.raises(InputError) as caught:
        design_filter(FilterRequest(settle_time_s=1e5))
    assert caught.value.key == "--settle-time"
    longest = parse_quantity(offered(str(caught.value), r"to --settle-time ([\d.]+\w+)"), TIME)
    assert design_filter(FilterRequest(settle_time_s=longest, opamp="ideal"))


def test_a_speed_that_the_opamps_can_do_is_named() -> None:
    for request, name, dimension in (
        (FilterRequest(settle_time_s=1e-6), "--settle-time", TIME),
        (FilterRequest(cutoff_hz=300e3), "--cutoff", FREQUENCY),
    ):
        with pytest.raises(InputError, match="no op-amp of the table") as caught:
            design_filter(request)
        value = parse_quantity(offered(str(caught.value), rf"{name} ([\d.]+\w+)"), dimension)
        field = "settle_time_s" if name == "--settle-time" else "cutoff_hz"
        assert design_filter(dataclasses.replace(request, **{field: value})).chosen


def test_both_given_says_what_is_true() -> None:
    arguments = ("--cutoff", "100Hz", "--settle-time", "0.1s", "--builds", "20")
    text = " ".join(run(*arguments).stdout.split())
    settles = re.search(r"settles to 2 % \(first\) after (\S+ ms) \(100 ms asked for\)", text)
    assert settles, text
    data = json.loads(run(*arguments, "--json").stdout)
    real_s = data["performance"]["settling_s"]["first"]
    assert parse_quantity(settles[1], TIME) == pytest.approx(real_s, rel=1e-3)
    assert real_s == pytest.approx(3.663 / (2 * math.pi * 100), rel=0.02)
    assert "at 100 ms" not in text
    assert "100 % of 20 random builds are settled in time" in text


def test_late_builds_ask_for_the_option_that_helps() -> None:
    arguments = ("--cutoff", "100Hz", "--settle-time", "5.85ms", "--json")
    data = json.loads(run(*arguments).stdout)
    assert data["tolerances"]["share_settled_in_time"] < 0.9
    text = run(*arguments[:-1]).stdout
    higher = re.search(r"with about\s+--cutoff\s+([\d.]+)Hz", text)
    assert higher, text
    better = json.loads(run("--cutoff", f"{higher[1]}Hz", *arguments[2:]).stdout)
    assert better["tolerances"]["share_settled_in_time"] > 0.9


def test_hints_stay_within_the_limits() -> None:
    message = str(refusal("--cutoff", "1uHz", "--reject", "1uHz"))
    assert message.endswith("expected a frequency above the cut-off")
    message = str(
        refusal(
            "--cutoff", "1kHz", "--settle-time", "1s", "--reject", "2kHz", "--attenuation", "60"
        )
    )
    assert "--cutoff 200Hz" in message
    assert "--settle-time" not in message
