"""Units in and out."""

import math

import pytest

from hgecircuit import units
from hgecircuit.errors import InputError


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("10 kHz", units.FREQUENCY, 1e4),
        ("8 mV", units.VOLTAGE, 8e-3),
        ("-1.2 V", units.VOLTAGE, -1.2),
        ("100 nF", units.CAPACITANCE, 1e-7),
        ("100 Mohm", units.RESISTANCE, 1e8),
        ("4.7 kΩ", units.RESISTANCE, 4.7e3),
        ("90 deg", units.PHASE, math.pi / 2),
        ("1.5 rad", units.PHASE, 1.5),
        ("5 %", units.FRACTION, 0.05),
        ("1 nA", units.CURRENT, 1e-9),
        ("10 ms", units.TIME, 1e-2),
        ("1e-5 nA^2/Hz", units.CURRENT_DENSITY, 1e-23),
    ],
)
def test_quantities_are_read_into_si(text: str, dimension: units.Dimension, value: float) -> None:
    assert units.parse_quantity(text, dimension) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "10 kV",
        "10",
        "nan Hz",
        "inf Hz",
        "1e999 Hz",
        "",
        "kHz",
        "10 kHz\n.shell",
        "$10",
        "1,000 Hz",
        "f = 10 kHz",
        "10 kHz too",
        10.0,
        None,
    ],
)
def test_what_is_no_frequency_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(InputError) as caught:
        units.parse_quantity(text, units.FREQUENCY)
    assert '"10 kHz"' in str(caught.value)


def test_quantities_are_written_with_a_prefix() -> None:
    assert units.format_quantity(1e4, "Hz") == "10 kHz"
    assert units.format_quantity(-2.5e-3, "V") == "-2.5 mV"
