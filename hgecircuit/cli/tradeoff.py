"""Command line: gradient time against error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.output import (
    JSON_OPTION,
    check_output,
    model_files,
    print_json,
    refuse_inputs,
    refuse_same,
    write_text,
)
from hgecircuit.cli.quantities import Amount, check_periods, read_noise
from hgecircuit.cli.tradeoff_data import tradeoff_csv, tradeoff_json
from hgecircuit.errors import InputError
from hgecircuit.units import CURRENT_DENSITY, FREQUENCY, TIME, VOLTAGE, format_quantity

if TYPE_CHECKING:
    import numpy as np

    from hgecircuit.design.error_model.responses import Filter
    from hgecircuit.design.error_model.tradeoff import (
        OperatingPoint,
        PaperPoint,
        Space,
        Tradeoff,
    )
    from hgecircuit.devices.base import DeviceModel

_TIMES, _SPACINGS, _AMPLITUDES = 41, 80, 40
# Rows of the printed front; --csv and --json have all.
_ROWS = 14
_NARROWEST_HZ = 5.0
_LARGEST_AMPLITUDE_V, _AMPLITUDE_RATIO = 0.2, 200
# Of half the narrowest safe range: the operating points keep a fifth of that range.
_LARGEST_SHARE = 0.8
# The device's noise falls as 1/f^1.5 (Boon 2025, Fig. 2c), and low carriers pay for it.
_NOISE_EXPONENT = 1.5


@click.command()
@click.option("--device", default="rnpu-compact", show_default=True, help="The device model.")
@click.option("--channels", type=int, help="Electrodes perturbed at once; all without it.")
@click.option(
    "--top-frequency",
    type=Amount(FREQUENCY),
    default="1 kHz",
    show_default=True,
    help="Highest carrier.",
)
@click.option("--shortest", type=Amount(TIME), default="5 ms", show_default=True, help="Least T.")
@click.option("--longest", type=Amount(TIME), default="1 s", show_default=True, help="Largest T.")
@click.option("--response", help="Only this one: butterworth, bessel, critically-damped or gate.")
@click.option("--order", type=int, help="Only low-passes of this order.")
@click.option("--settled", help='Only this reading of "98 % settled": first or stay.')
@click.option("--spacing", type=Amount(FREQUENCY), help="Only this spacing.")
@click.option("--amplitude", type=Amount(VOLTAGE), help="Only this amplitude.")
@click.option(
    "--noise-density",
    type=Amount(CURRENT_DENSITY, bare=1e-18, zero=True),
    help="One-sided density at 1 kHz, in nA^2/Hz; 1e-5 without it.",
)
@click.option("--noise-exponent", type=float, help="n of 1/f^n noise, 0 for white; 1.5 without it.")
@click.option(
    "--as-read",
    is_flag=True,
    help="Count the 2 % that a low-pass lacks at T as an error; without it readings are divided by "
    "what the step response has reached.",
)
@click.option("--plot", type=click.Path(path_type=Path), help="Picture to write, .png or .svg.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Table to write.")
@JSON_OPTION
def tradeoff(
    device: str,
    channels: int | None,
    top_frequency: float,
    shortest: float,
    longest: float,
    as_read: bool,
    plot: Path | None,
    csv_file: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Find the least error of a gradient for every time it may take.

    Tries all filters (responses, orders 1 to 6, both readings of "98 % settled", the gate), carrier
    spacings and amplitudes on a device model with its noise and curvature, and prints the Pareto
    front beside the paper's operating point. Small amplitudes drown in noise, large ones meet the
    device's curvature; the best lies between.

    \b
      hgecircuit tradeoff
      hgecircuit tradeoff --response butterworth --order 3 --spacing 40Hz --plot front.png
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    from hgecircuit.design.error_model.tradeoff import paper_point
    from hgecircuit.design.error_model.tradeoff import tradeoff as search
    from hgecircuit.devices.formats import load_device

    model = load_device(device)
    _check_files(plot, csv_file, device)
    given = {name: value for name, value in given.items() if value is not None}
    given["channels"] = model.electrodes if channels is None else channels
    space = _space(model, top_frequency, (shortest, longest), not as_read, given)
    result = search(model, space)
    paper = paper_point(result)
    if csv_file is not None:
        write_text(csv_file, tradeoff_csv(result, paper), "--csv")
    if plot is not None:
        from hgecircuit.report.design_plots import write_figure
        from hgecircuit.report.tradeoff_plot import draw_tradeoff

        write_figure(lambda: draw_tradeoff(result, paper), [plot])
    if as_json:
        print_json(tradeoff_json(result, paper, model.name))
        return
    _show(result, paper, model.name)


def _space(
    model: DeviceModel, top_hz: float, ends_s: tuple[float, float], calibrated: bool, given: dict
) -> Space:
    import numpy as np

    from hgecircuit.design.error_model.points import check_electrodes
    from hgecircuit.design.error_model.tradeoff import PAPER_TIME_S, Space

    channels = given["channels"]
    check_electrodes(model, channels)
    if not ends_s[0] < ends_s[1]:
        raise InputError(
            "no time between the shortest and the longest",
            key="--longest",
            value=format_quantity(ends_s[1], "s"),
            expected=f"above {format_quantity(ends_s[0], 's')}",
        )
    check_periods(top_hz, ends_s[1], "--longest")
    times_s = np.geomspace(*ends_s, _TIMES)
    if ends_s[0] <= PAPER_TIME_S <= ends_s[1]:
        times_s[np.abs(np.log(times_s / PAPER_TIME_S)).argmin()] = PAPER_TIME_S
    widest_hz = top_hz / max(channels - 0.5, 1)
    spacings_hz = np.geomspace(min(_NARROWEST_HZ, widest_hz / 2), widest_hz, _SPACINGS)
    return Space(
        _filters(given),
        times_s,
        np.array([given["spacing"]]) if "spacing" in given else spacings_hz,
        np.array([given["amplitude"]]) if "amplitude" in given else _amplitudes_v(model, channels),
        channels,
        top_hz,
        read_noise(given, _NOISE_EXPONENT),
        calibrated,
        "spacing" in given,
    )


def _amplitudes_v(model: DeviceModel, channels: int) -> np.ndarray:
    """Amplitudes to try, as far as the device's safe ranges allow, the paper's among them."""
    import numpy as np

    from hgecircuit.design.error_model.points import largest_amplitude_v
    from hgecircuit.design.error_model.tradeoff import PAPER_AMPLITUDE_V

    fits_v = _LARGEST_SHARE * largest_amplitude_v(model, channels)
    most_v = min(_LARGEST_AMPLITUDE_V, fits_v)
    amplitudes_v = np.geomspace(most_v / _AMPLITUDE_RATIO, most_v, _AMPLITUDES)
    if amplitudes_v[0] <= PAPER_AMPLITUDE_V <= amplitudes_v[-1]:
        nearest = np.abs(np.log(amplitudes_v / PAPER_AMPLITUDE_V)).argmin()
        amplitudes_v[nearest] = PAPER_AMPLITUDE_V
    return amplitudes_v


def _filters(given: dict[str, Any]) -> tuple[Filter, ...]:
    from hgecircuit.design.error_model.responses import (
        GATE,
        RESPONSES,
        all_filters,
        window_for,
    )
    from hgecircuit.parts.filters.prototypes import ALIASES, MAX_ORDER
    from hgecircuit.parts.filters.settling import READINGS

    response, order, settled = (given.get(name) for name in ("response", "order", "settled"))
    response = None if response is None else ALIASES.get(response, response)
    # Refuses what does not exist, in the same words as everywhere.
    lowpass = response or ("butterworth" if order is not None or settled else GATE)
    window_for(lowpass, 1.0, order=order, settled=settled)
    responses = RESPONSES if response is None else (response,)
    if order is not None or settled is not None:
        responses = tuple(name for name in responses if name != GATE)
    orders = tuple(range(1, MAX_ORDER + 1)) if order is None else (order,)
    return all_filters(responses, orders, READINGS if settled is None else (settled,))


def _check_files(plot: Path | None, csv_file: Path | None, device: str) -> None:
    """Refuse files that can't be written, or would replace another one, before the search."""
    if plot is not None:
        from hgecircuit.report.design_plots import check_picture

        check_picture(plot)
        refuse_inputs(plot, *model_files(device), key="--plot")
    if csv_file is not None:
        check_output(csv_file, "--csv")
        refuse_inputs(csv_file, *model_files(device), key="--csv")
    refuse_same(plot, csv_file)


def _show(result: Tradeoff, paper: PaperPoint | None, device: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from hgecircuit.design.error_model.responses import GATE

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    space = result.space
    title = (
        f"{device}, {space.channels} channels: least error of a gradient by time "
        f"({len(space.filters)} filters tried)"
    )
    table = Table(title=title, title_justify="left")
    for heading in (
        "time",
        "error",
        "filter",
        "cut-off",
        "top",
        "spacing",
        "amplitude",
        "largest",
        "",
    ):
        table.add_column(
            heading, justify="left" if heading in ("filter", "largest", "note") else "right"
        )
    fronts = {"": result.front()}
    lowpasses = {chosen.response for chosen in space.filters} - {GATE}
    if lowpasses and any(point.filter.response == GATE for point in fronts[""]):
        fronts["best low-pass"] = result.front(lowpasses)
    for note, front in fronts.items():
        rows = _thinned(front)
        for n, point in enumerate(rows):
            table.add_row(*_cells(point), note, end_section=n == len(rows) - 1)
    if paper is not None:
        table.add_row(*_cells(paper.point), "the paper's point")
    console.print(table)
    click.echo(
        "error: root mean square over noise, carrier phases, channels and "
        f"{space.points} operating points one amplitude or more inside the safe ranges, as a share "
        "of the gradient's norm" + ("" if space.calibrated else "; readings as they are")
    )
    shown, found = len(_thinned(result.front())), len(result.front())
    if shown < found:
        click.echo(f"{shown} of {found} points of the front; --csv and --json have all")


def _thinned(front: tuple[OperatingPoint, ...]) -> list[OperatingPoint]:
    """A few points of a front, the first and the last among them."""
    step = -(-len(front) // _ROWS)
    kept = list(front[::step])
    return kept if kept[-1] is front[-1] else [*kept, front[-1]]


def _cells(point: OperatingPoint) -> tuple[str, ...]:
    return (
        format_quantity(point.time_s, "s", 3),
        f"{100 * point.error:.3g} %",
        point.filter.label,
        format_quantity(point.cutoff_hz, "Hz", 3),
        format_quantity(point.top_hz, "Hz", 3),
        format_quantity(point.spacing_hz, "Hz", 3),
        format_quantity(point.amplitude_v, "V", 3),
        point.largest,
    )
