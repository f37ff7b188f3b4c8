"""Options that describe a lock-in experiment in the paper's terms, and how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.amounts import Amount
from hgecircuit.errors import InputError
from hgecircuit.units import (
    CURRENT,
    CURRENT_DENSITY,
    FREQUENCY,
    RESISTANCE,
    TIME,
    VOLTAGE,
    Dimension,
    format_quantity,
    parse_quantity,
)

if TYPE_CHECKING:
    from hgecircuit.design.error_model.quantities import Quantities
    from hgecircuit.devices.noise import NoiseSpec

_DERIVATIVE = Dimension("a derivative", "A/V", "100 nA/V", {"A/V": 1.0, "S": 1.0})
_SECOND = Dimension("a second derivative", "A/V^2", "300 nA/V^2", {"A/V^2": 1.0})
_THIRD = Dimension("a third derivative", "A/V^3", "1 uA/V^3", {"A/V^3": 1.0})
_MOST_CHANNELS = 2000
_RATIO = (1e-6, 1e6)
# More periods than this in T, and a float no longer holds their phase to a millionth of a turn.
_MOST_PERIODS = 1e9
_NANO = 1e-9
# Where a noise density with an exponent holds (Boon 2025, Fig. 2c).
_NOISE_AT = "1 kHz"


_RESPONSE_HELP = (
    "butterworth, bessel, critically-damped (equal real poles) or gate (an integrator);"
)


def _option(flag: str, kind: Any, text: str) -> Any:
    return click.option(flag, type=kind, help=text)


# Without a circuit; each is None when not given, so that it can be told apart from its default.
_QUANTITY_OPTIONS = (
    _option(
        "--channels",
        click.IntRange(1, _MOST_CHANNELS),
        "Electrodes perturbed at once; 7 without it.",
    ),
    _option("--top-frequency", Amount(FREQUENCY), "Highest carrier; 1 kHz without it."),
    _option("--spacing", Amount(FREQUENCY), "Distance between carriers; 40 Hz without it."),
    _option("--time", Amount(TIME), "Measurement time T; 0.1 s without it."),
    _option("--response", str, f"{_RESPONSE_HELP} butterworth without it."),
    _option("--order", int, "Poles of the low-pass, 1 to 6; 3 without it."),
    _option("--settled", str, 'Reading of "98 % settled at T", first or stay; first without it.'),
    _option("--amplitude", Amount(VOLTAGE), "Perturbation amplitude; 8 mV without it."),
    _option(
        "--derivative", Amount(_DERIVATIVE, bare=_NANO), "Of the neighbours; 100 nA/V without it."
    ),
    _option("--ratio", float, "How many times weaker the middle channel is; 2.05 without it."),
    _option(
        "--second-derivative",
        Amount(_SECOND, bare=_NANO, signed=True),
        "Size of all second derivatives, in nA/V^2; none without it.",
    ),
    _option(
        "--third-derivative",
        Amount(_THIRD, bare=_NANO, signed=True),
        "Size of all third derivatives, in nA/V^3; none without it.",
    ),
    _option("--device", str, "Take all derivatives from this model, over its ranges."),
    _option(
        "--noise-density",
        Amount(CURRENT_DENSITY, bare=1e-18, zero=True),
        "One-sided noise density, in nA^2/Hz; 1e-5 without it.",
    ),
    _option(
        "--noise-exponent",
        float,
        "n of 1/f^n noise, 0 to 2; the density then holds at 1 kHz. White without it.",
    ),
    _option(
        "--output-current",
        Amount(CURRENT, signed=True),
        "Output current that nothing removes in front of the mixer; none without it.",
    ),
    click.option(
        "--runs-on",
        is_flag=True,
        default=None,
        help="The low-pass runs on from pattern to pattern instead of starting from rest.",
    ),
    _option(
        "--bandwidth",
        Amount(FREQUENCY),
        "A pole in front of the mixer that the references don't follow.",
    ),
    _option(
        "--coupling", Amount(FREQUENCY), "Cut-off of an AC coupling that they don't follow either."
    ),
    _option("--step", Amount(CURRENT), "The output's step at a pattern switch; needs --coupling."),
    _option(
        "--blank",
        Amount(TIME, zero=True),
        "Time from that step to the measurement; 0 s without it.",
    ),
    _option("--gain", Amount(RESISTANCE), "Current-to-voltage gain; the offsets count against it."),
    _option(
        "--multiplier-offset",
        Amount(VOLTAGE, signed=True),
        "Offset of the multiplier's output; needs --gain.",
    ),
    _option(
        "--integrator-offset",
        Amount(VOLTAGE, signed=True),
        "Offset of the integrator or low-pass; needs --gain.",
    ),
)
_SAME_NAMES = {
    "top_frequency": "top_hz",
    "spacing": "spacing_hz",
    "time": "time_s",
    "amplitude": "amplitude_v",
    "derivative": "derivative_a_per_v",
    "second_derivative": "second_a_per_v2",
    "third_derivative": "third_a_per_v3",
    "output_current": "direct_current_a",
    "bandwidth": "bandwidth_hz",
    "coupling": "coupling_hz",
    "step": "step_a",
    "blank": "blank_s",
}
_KEPT_NAMES = ("channels", "response", "order", "settled", "ratio", "runs_on")


def quantity_options(command: Any) -> Any:
    """Add the options of the paper's quantities."""
    for option in reversed(_QUANTITY_OPTIONS):
        command = option(command)
    return command


def read_quantities(given: dict[str, Any]) -> Quantities:
    """The paper's quantities with what was given on the command line in their place.

    Raises:
        InputError: Quantities that don't fit together.
    """
    from hgecircuit.design.error_model.model import Offsets
    from hgecircuit.design.error_model.quantities import Quantities

    ratio = given.get("ratio", 1.0)
    if not _RATIO[0] <= ratio <= _RATIO[1]:
        raise InputError(
            "not a ratio",
            key="--ratio",
            value=ratio,
            expected=f"{_RATIO[0]:g} to {_RATIO[1]:g}, a number above 0",
        )
    values = {_SAME_NAMES[name]: given[name] for name in given if name in _SAME_NAMES}
    values |= {name: given[name] for name in given if name in _KEPT_NAMES}
    if "blank" in given and "step" not in given:
        raise InputError("blanks no step", key="--blank", expected="--step with --blank")
    offsets = {
        name: given[f"{name[:-2]}_offset"]
        for name in ("multiplier_v", "integrator_v")
        if f"{name[:-2]}_offset" in given
    }
    if bool(offsets) != ("gain" in given):
        raise InputError(
            "offsets count against the signal behind the converter",
            key="--gain",
            expected="--gain with --multiplier-offset or --integrator-offset",
        )
    if offsets:
        values["offsets"] = Offsets(given["gain"], **offsets)
    quantities = Quantities(**values, noise=read_noise(given))
    check_periods(quantities.top_hz, quantities.time_s, "--time")
    return quantities


def check_periods(top_hz: float, time_s: float, key: str) -> None:
    """Refuse more periods of the highest carrier in T than floats can count.

    Raises:
        InputError: They are.
    """
    if top_hz * time_s > _MOST_PERIODS:
        raise InputError(
            "too many periods in the measurement time",
            key=key,
            value=format_quantity(time_s, "s"),
            expected=f"at most {_MOST_PERIODS:g} periods of the highest carrier, "
            f"{format_quantity(_MOST_PERIODS / top_hz, 's')}",
        )


def read_noise(given: dict[str, Any], exponent: float = 0.0) -> NoiseSpec | None:
    """The device's noise; None when its density is 0.

    Args:
        given: Options given.
        exponent: n of 1/f^n without ``--noise-exponent``.
    """
    from hgecircuit.devices.noise import NoiseSpec

    density = given.get("noise_density", 1e-23)
    exponent = given.get("noise_exponent", exponent)
    if not 0 <= exponent <= 2:
        raise InputError(
            "not an exponent", key="--noise-exponent", value=exponent, expected="0 to 2"
        )
    if density == 0:
        return None
    if exponent == 0:
        return NoiseSpec(white_a2_per_hz=density)
    at_hz = parse_quantity(_NOISE_AT, FREQUENCY)
    return NoiseSpec(flicker_a2_per_hz=density, frequency_hz=at_hz, exponent=exponent)
