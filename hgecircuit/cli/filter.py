"""Command line: design a filter."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.output import JSON_OPTION, print_json
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.design.filters.design import FilterDesign

_PLOT_FORMATS = ("png", "svg", "pdf")
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


@click.command(name="filter")
@click.option("--order", type=int, default=3, show_default=True, help="Number of poles, 1 to 6.")
@click.option(
    "--response",
    "family",
    default="butterworth",
    show_default=True,
    help="butterworth: steepest without ripple, overshoots. bessel: constant delay, hardly "
    "overshoots (its cut-off is the -3 dB frequency here too). critically-damped: equal real poles,"
    " never overshoots.",
)
@click.option(
    "--topology",
    default="sallen-key",
    show_default=True,
    help="sallen-key (unity gain), multiple-feedback (gain -1 per section), or rc (buffered RC "
    "sections, for critically-damped or order 1).",
)
@_measured("--cutoff", "cutoff_hz", dimension="FREQUENCY", help='-3 dB frequency, "40Hz".')
@_measured(
    "--settle-time",
    "settle_time_s",
    dimension="TIME",
    help='When a step must have settled, "0.1s"; gives the cut-off when there is no --cutoff.',
)
@_measured(
    "--settle-error", dimension="FRACTION", default="2%", help="Deviation that counts as settled."
)
@click.option(
    "--settled",
    default="first",
    show_default=True,
    help="first: the step response reaches 1 - error. stay: it is within the error from then on "
    "(later, if it overshoots).",
)
@_measured(
    "--reject",
    "reject_hz",
    dimension="FREQUENCY",
    multiple=True,
    help='An interfering frequency, "40Hz"; may be given several times.',
)
@click.option(
    "--attenuation",
    "attenuation_db",
    callback=_decibels,
    help='Least attenuation at every --reject, "60dB".',
)
@click.option(
    "--series",
    "resistor_series",
    default="E24",
    show_default=True,
    help="Resistors: E6, E12, E24, E48, E96 or E192.",
)
@click.option("--capacitor-series", default="E12", show_default=True, help="Capacitors, likewise.")
@_measured(
    "--tolerance",
    "resistor_tolerance",
    dimension="FRACTION",
    default="1%",
    help="Tolerance of the resistors.",
)
@_measured(
    "--capacitor-tolerance", dimension="FRACTION", default="5%", help="Tolerance of the capacitors."
)
@_measured("--resistor-min", dimension="RESISTANCE", default="1kohm", help="Smallest resistor.")
@_measured(
    "--resistor-max",
    dimension="RESISTANCE",
    default="1Mohm",
    help="Largest resistor; smaller ones add less noise and offset.",
)
@_measured(
    "--capacitor-min",
    dimension="CAPACITANCE",
    default="100pF",
    help="Smallest capacitor; stray capacitance sets it.",
)
@_measured(
    "--capacitor-max",
    dimension="CAPACITANCE",
    default="1uF",
    help="Largest capacitor; film and C0G end near 1 uF.",
)
@_measured(
    "--amplitude",
    "amplitude_v",
    dimension="VOLTAGE",
    default="1V",
    help="The input stays within plus and minus this.",
)
@_measured(
    "--offset-budget",
    "offset_budget_v",
    dimension="VOLTAGE",
    default="1mV",
    help="Largest output offset from the op-amps.",
)
@_measured(
    "--supply",
    "supply_v",
    dimension="VOLTAGE",
    help='Total supply of the op-amps, "30V"; without it any that is large enough.',
)
@click.option("--opamp", help="Op-amp of the table, or ideal; without it the best that fits.")
@_measured(
    "--opamp-error",
    dimension="FRACTION",
    default="1%",
    help="Change of the response that the op-amps may cause.",
)
@click.option(
    "--builds", type=int, default=1000, show_default=True, help="Random builds for the tolerances."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the random builds.")
@_file("--plot", "Draw Bode, step and tolerance plots into this .png, .svg or .pdf.")
@_file("--netlist", "Write the subcircuit into this file.")
@JSON_OPTION
def filter_command(
    resistor_min: float,
    resistor_max: float,
    capacitor_min: float,
    capacitor_max: float,
    plot: Path | None,
    netlist: Path | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Design a low-pass: from what it must do to components that can be bought.

    Say how fast it must settle, or where it must cut off; what disturbs; and how good your parts
    are. The values of all components are picked together, so that the response comes as near to
    the ideal one as the series allow. Every figure is that of the exact network of these values
    with a real op-amp: settling, attenuation, Q, noise, sensitivities, the spread of random builds,
    and which of a table of well-known op-amps can do it.

    The paper's lock-in filter, a third-order Butterworth as RC and Sallen-Key section:

    \b
      hgecircuit filter --settle-time 0.1s --reject 40Hz --reject 400Hz

    Others, the last of which says what comes nearest to the impossible:

    \b
      hgecircuit filter --cutoff 1kHz --order 4 --response bessel --series E96
      hgecircuit filter --settle-time 0.1s --reject 40Hz --attenuation 60dB
    """  # noqa: D301
    from hgecircuit.design.filters.data import design_data
    from hgecircuit.design.filters.design import design_filter
    from hgecircuit.design.filters.request import FilterRequest

    _check_files(plot, netlist)
    request = FilterRequest(
        resistor_range_ohm=(resistor_min, resistor_max),
        capacitor_range_f=(capacitor_min, capacitor_max),
        **settings,
    )
    design = design_filter(request)
    data = design_data(design)
    data["files"] = _write_files(design, plot, netlist)
    if as_json:
        print_json(data)
    else:
        _show(data)


def _check_files(plot: Path | None, netlist: Path | None) -> None:
    """Refuse files that can't be written before any time is spent."""
    if plot is not None and plot.suffix.lstrip(".").lower() not in _PLOT_FORMATS:
        raise InputError(
            "not a plot's name", key="--plot", value=str(plot), expected="a .png, .svg or .pdf file"
        )
    for key, path in (("--plot", plot), ("--netlist", netlist)):
        if path is not None and not path.parent.is_dir():
            raise InputError(
                "there is no such folder", key=key, value=str(path), expected="a folder that exists"
            )


def _write_files(design: FilterDesign, plot: Path | None, netlist: Path | None) -> dict[str, str]:
    files = {}
    if netlist is not None:
        from hgecircuit.design.filters.netlist_text import write_netlist

        _write(netlist, write_netlist(design).encode(), "--netlist")
        files["netlist"] = str(netlist)
    if plot is not None:
        from hgecircuit.report.filter_plots import render_filter

        _write(plot, render_filter(design, plot.suffix.lstrip(".").lower()), "--plot")
        files["plot"] = str(plot)
    return files


def _write(path: Path, content: bytes, key: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"the file can't be written: {error.strerror or error}",
            key=key,
            value=str(path),
            expected="a file in a folder that can be written to",
        ) from error


def _show(data: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from hgecircuit.design.filters.tables import design_tables, headline, notes

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    console.print(headline(data), markup=False)
    for table in design_tables(data):
        shown = Table(title=table.title, title_justify="left")
        for heading in table.headings:
            shown.add_column(heading, overflow="fold")
        for row in table.rows:
            shown.add_row(*row, style="green" if row[-1] == "fits" else None)
        console.print(shown)
    for note in notes(data):
        console.print(note, markup=False)
    for kind, file in data["files"].items():
        console.print(f"{kind}: {file}", markup=False)
