"""Options that describe a filter, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hgecircuit.errors import InputError

_DECIBELS = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(?:dB)?\s*")


def _quantity(dimension: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that reads text with a unit, or several of them."""

    def read(_: click.Context, option: click.Parameter, text: Any) -> Any:
        from hgecircuit import units

        if text is None:
            return None
        many = isinstance(text, tuple)
        found = []
        for one in text if many else (text,):
            try:
                found.append(units.parse_quantity(one, getattr(units, dimension)))
            except InputError as error:
                raise InputError(
                    error.problem, key=option.opts[0], value=one, expected=error.expected
                ) from error
        return tuple(found) if many else found[0]

    return read


def _decibels(_: click.Context, option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    match = _DECIBELS.fullmatch(text)
    if not match:
        raise InputError(
            "not an attenuation", key=option.opts[0], value=text, expected="decibels such as 60dB"
        )
    return float(match[1])


def _measured(*names: str, dimension: str, default: str | None = None, **more: Any) -> Any:
    """An option that takes a number with its unit."""
    shown = default is not None
    return click.option(
        *names, callback=_quantity(dimension), default=default, show_default=shown, **more
    )


def _file(name: str, help_: str) -> Any:
    return click.option(name, type=click.Path(path_type=Path, dir_okay=False), help=help_)


_OPTIONS = (
    click.option(
        "--order", type=int, default=3, show_default=True, help="Number of poles, 1 to 6."
    ),
    click.option(
        "--response",
        "family",
        default="butterworth",
        show_default=True,
        help="butterworth: steepest without ripple, overshoots. bessel: constant delay, hardly "
        "overshoots (its cut-off is the -3 dB frequency here too). critically-damped: equal real "
        "poles, never overshoots.",
    ),
    click.option(
        "--topology",
        default="sallen-key",
        show_default=True,
        help="sallen-key (unity gain), multiple-feedback (gain -1 per section), or rc (buffered RC "
        "sections, for critically-damped or order 1).",
    ),
    _measured("--cutoff", "cutoff_hz", dimension="FREQUENCY", help='-3 dB frequency, "40Hz".'),
    _measured(
        "--settle-time",
        "settle_time_s",
        dimension="TIME",
        help='When a step must have settled, "0.1s"; gives the cut-off when there is no --cutoff.',
    ),
    _measured(
        "--settle-error",
        dimension="FRACTION",
        default="2%",
        help="Deviation that counts as settled.",
    ),
    click.option(
        "--settled",
        default="first",
        show_default=True,
        help="first: the step response reaches 1 - error. stay: it is within the error from then "
        "on (later, if it overshoots).",
    ),
    _measured(
        "--reject",
        "reject_hz",
        dimension="FREQUENCY",
        multiple=True,
        help='An interfering frequency, "40Hz"; may be given several times.',
    ),
    click.option(
        "--attenuation",
        "attenuation_db",
        callback=_decibels,
        help='Least attenuation at every --reject, "60dB".',
    ),
    click.option(
        "--series",
        "resistor_series",
        default="E24",
        show_default=True,
        help="Resistors: E6, E12, E24, E48, E96 or E192. The values are picked together, so that "
        "E24 already comes nearer to the ideal than parts of 1 % stay.",
    ),
    click.option(
        "--capacitor-series", default="E12", show_default=True, help="Capacitors, likewise."
    ),
    _measured(
        "--tolerance",
        "resistor_tolerance",
        dimension="FRACTION",
        default="1%",
        help="Tolerance of the resistors.",
    ),
    _measured(
        "--capacitor-tolerance",
        dimension="FRACTION",
        default="5%",
        help="Tolerance of the capacitors.",
    ),
    _measured("--resistor-min", dimension="RESISTANCE", default="1kohm", help="Smallest resistor."),
    _measured(
        "--resistor-max",
        dimension="RESISTANCE",
        default="1Mohm",
        help="Largest resistor; smaller ones add less noise and offset.",
    ),
    _measured(
        "--capacitor-min",
        dimension="CAPACITANCE",
        default="100pF",
        help="Smallest capacitor; stray capacitance sets it.",
    ),
    _measured(
        "--capacitor-max",
        dimension="CAPACITANCE",
        default="1uF",
        help="Largest capacitor; film and C0G end near 1 uF.",
    ),
    _measured(
        "--amplitude",
        "amplitude_v",
        dimension="VOLTAGE",
        default="1V",
        help="The input stays within plus and minus this.",
    ),
    _measured(
        "--offset-budget",
        "offset_budget_v",
        dimension="VOLTAGE",
        default="1mV",
        help="Largest output offset from the op-amps.",
    ),
    _measured(
        "--supply",
        "supply_v",
        dimension="VOLTAGE",
        help='Total supply of the op-amps, "30V"; without it any that is large enough.',
    ),
    click.option("--opamp", help="Op-amp of the table, or ideal; without it the best that fits."),
    _measured(
        "--opamp-error",
        dimension="FRACTION",
        default="1%",
        help="Change of the pass-band that the op-amps may cause.",
    ),
    _measured(
        "--output-resistance",
        "output_ohm",
        dimension="RESISTANCE",
        default="0ohm",
        help="Output resistance of the op-amps in open loop; the table has no figure for it. It "
        "limits the attenuation far above the cut-off.",
    ),
    click.option(
        "--builds",
        type=int,
        default=1000,
        show_default=True,
        help="Random builds for the tolerances, 1 to 100000.",
    ),
    click.option(
        "--seed", type=int, default=1, show_default=True, help="Seed of the random builds."
    ),
    _file("--plot", "Draw Bode, step and tolerance plots into this .png, .svg or .pdf."),
    _file("--netlist", "Write the subcircuit into this file."),
)


def filter_options(command: Any) -> Any:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
