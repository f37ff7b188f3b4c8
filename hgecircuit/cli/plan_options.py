"""Options of `hgecircuit plan`, and how lists and bands are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from hgecircuit.cli.quantities import Amount
from hgecircuit.errors import InputError
from hgecircuit.units import (
    CURRENT_DENSITY,
    FRACTION,
    FREQUENCY,
    TIME,
    VOLTAGE,
    Dimension,
    parse_quantity,
)

_DERIVATIVE = Dimension("a derivative", "A/V", "100 nA/V", {"A/V": 1.0, "S": 1.0})
_NANO = 1e-9
# Less would lie below every spectrum.
_LEAST_SHARE = 1e-6
# An exponent's minus is no dash.
_BAND = re.compile(r"\s*(?P<lower>[\d.]+(?:[eE][+-]?\d+)?\s*[^\d\s-]*)\s*-\s*(?P<upper>\S.*)")


class Band(click.ParamType):
    """A band such as ``100Hz-120Hz``."""

    name = "band"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Read both ends in Hz.

        Raises:
            InputError: Not two frequencies.
        """
        match = _BAND.fullmatch(value)
        if match is None:
            raise InputError(
                "not a band", key="--exclude", value=value, expected="two ends, as in 100Hz-120Hz"
            )
        return (_frequency("--exclude", match["lower"]), _frequency("--exclude", match["upper"]))


class Share(click.ParamType):
    """A share above 0, such as ``1%``."""

    name = "share"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it as a plain ratio.

        Raises:
            InputError: No share, or out of range.
        """
        key = None if param is None else param.opts[-1]
        share = _read(key, value, FRACTION)
        if not _LEAST_SHARE <= share <= 1:
            ends = f"{100 * _LEAST_SHARE:g} % to 100 %"
            raise InputError("out of range", key=key, value=value, expected=ends)
        return share


class Frequencies(click.ParamType):
    """Frequencies with commas, such as ``400Hz,500Hz``."""

    name = "list"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[float]:
        """Read all in Hz.

        Raises:
            InputError: Not frequencies.
        """
        return [_frequency("--check", part.strip()) for part in value.split(",")]


def _frequency(key: str, text: str) -> float:
    return _read(key, text, FREQUENCY)


def _read(key: str | None, text: str, dimension: Dimension) -> float:
    try:
        return parse_quantity(text, dimension)
    except InputError as error:
        raise InputError(error.problem, key=key, value=text, expected=error.expected) from error


def _option(flag: str, kind: Any, text: str, **more: Any) -> Any:
    return click.option(flag, type=kind, help=text, **more)


_OPTIONS = (
    _option("--channels", click.IntRange(1), "Channels M, one per control."),
    _option("--time", Amount(TIME), "Measurement time T; the longest with --objective time."),
    _option("--lowest", Amount(FREQUENCY), "No carrier below; 1/T without it."),
    _option("--highest", Amount(FREQUENCY), "No carrier above."),
    _option(
        "--grid",
        Amount(FREQUENCY),
        "Carriers are multiples of this. Without it 1/T for a gate (coherent), 4/T for a low-pass.",
    ),
    click.option(
        "--quadrature", is_flag=True, help="Two channels share each carrier, 90 deg apart."
    ),
    _option(
        "--order",
        click.IntRange(2, 3),
        "Keep products up to this order off the carriers.",
        default=3,
        show_default=True,
    ),
    _option(
        "--avoid",
        Amount(FREQUENCY),
        "Mains: keep off it and all its harmonics; may be given several times.",
        multiple=True,
    ),
    _option(
        "--avoid-width",
        Amount(FREQUENCY, zero=True),
        "Full width of the band around each of them.",
        default="2Hz",
        show_default=True,
    ),
    _option("--exclude", Band(), "A band, 100Hz-120Hz; may be given several times.", multiple=True),
    _option(
        "--sample-rate",
        Amount(FREQUENCY),
        "Of the rig: whole samples per gate, carriers below rate/2.5, products fold at it.",
    ),
    _option(
        "--objective",
        click.Choice(["top", "error", "time"]),
        "top: lowest highest carrier. error: least expected error below --highest. time: shortest "
        "T below --highest.",
        default="top",
        show_default=True,
    ),
    _option(
        "--response",
        str,
        "The lock-in: gate (a gated integrator), butterworth, bessel or critically-damped.",
        default="gate",
        show_default=True,
    ),
    _option("--poles", click.IntRange(1, 6), "Order of the low-pass: 3."),
    _option("--settled", str, 'Reading of "98 % settled at T", first or stay: first.'),
    _option(
        "--amplitude",
        Amount(VOLTAGE),
        "Perturbation amplitude, for the noise's share.",
        default="8mV",
        show_default=True,
    ),
    _option(
        "--derivative",
        Amount(_DERIVATIVE, bare=_NANO),
        "Of the output, in nA/V, likewise.",
        default="100",
        show_default=True,
    ),
    _option(
        "--noise-density",
        Amount(CURRENT_DENSITY, bare=1e-18, zero=True),
        "One-sided at 1 kHz, in nA^2/Hz (Boon 2025, Fig. 2c).",
        default="1e-5",
        show_default=True,
    ),
    _option(
        "--noise-exponent",
        float,
        "n of 1/f^n noise; 0 for white.",
        default=1.5,
        show_default=True,
    ),
    click.option(
        "--allow-collisions",
        is_flag=True,
        help="When no plan is free: the one with the fewest collisions.",
    ),
    _option(
        "--check",
        Frequencies(),
        'Check these carriers instead of choosing: "400Hz,500Hz,600Hz".',
    ),
    _option(
        "--plot",
        click.Path(path_type=Path, dir_okay=False),
        "Draw the spectrum into this .png or .svg.",
    ),
    _option(
        "--curvature",
        Share(),
        "For the plot: second-order products of a carrier, as a share of it; its square for the "
        "third order.",
        default="1%",
        show_default=True,
    ),
    _option(
        "--effort",
        click.FloatRange(0.01, 1000),
        "How long to search; 1 is a few seconds.",
        default=1.0,
        show_default=True,
    ),
    _option("--seed", click.IntRange(0), "Of everything random.", default=1, show_default=True),
)


def plan_options(command: Any) -> Any:
    """Add all options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
