"""Command line: frequency plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from hgecircuit.cli.output import JSON_OPTION, print_json
from hgecircuit.cli.plan_options import plan_options
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.design.plans import ExcludedBands, PlanCheck, PlanRequest
    from hgecircuit.report.plan_spectrum import Spectrum

_PLOT_KINDS = (".png", ".svg")
# Options that choose carriers, which --check does not; and those that only its plot needs.
_CHOOSING = ("grid", "quadrature", "objective", "allow_collisions", "effort", "seed")
_DRAWING = (
    *("poles", "settled", "amplitude", "derivative", "noise_density", "noise_exponent"),
    "curvature",
)


@click.command()
@plan_options
@JSON_OPTION
def plan(as_json: bool, check: list[float] | None, plot: Path | None, **given: Any) -> None:
    """Choose carriers so that no harmonic or intermodulation product falls on one.

    A plan is coherent when all carriers are whole multiples of 1/T: a gated integrator then rejects
    all others exactly. Products of a curved device that fall on a carrier look like its signal, and
    no filter can tell; a plan free up to the third order has no 2 f1, f1 + f2, f1 - f2, 3 f1,
    2 f1 +- f2 or f1 +- f2 +- f3 on any carrier. Every plan is checked by a second computation, and
    comes with a bound: how much better a plan could be.

    \b
      hgecircuit plan --channels 5 --time 10ms
      hgecircuit plan --channels 7 --time 0.1s --avoid 50Hz --highest 1kHz --objective error
      hgecircuit plan --channels 7 --quadrature --highest 1kHz --sample-rate 10kHz --objective time
      hgecircuit plan --check "400Hz,500Hz,600Hz"

    With --check the exit code is 1 when a product falls on a carrier or a rule is broken.
    """  # noqa: D301
    _check_plot(plot)
    _refuse_idle(given, check is not None, plot is not None)
    if check is not None:
        _check(check, given, plot, as_json)
    else:
        _plan(given, plot, as_json)


def _plan(given: dict[str, Any], plot: Path | None, as_json: bool) -> None:
    from hgecircuit.design.plans import make_plan
    from hgecircuit.report.plan_text import plan_facts, plan_lines

    if given["channels"] is None:
        raise InputError("no number of channels", key="--channels", expected="--channels 5")
    made = make_plan(_request(given))
    if plot is not None:
        from hgecircuit.report.plan_spectrum import Spectrum

        _draw(Spectrum.of_plan(made, given["curvature"]), plot)
    _show(plan_facts(made), plan_lines(made), plot, as_json)


def _check(
    frequencies_hz: list[float], given: dict[str, Any], plot: Path | None, as_json: bool
) -> None:
    from hgecircuit.report.plan_text import check_facts, check_lines

    channels = given["channels"]
    if channels is not None and channels != len(frequencies_hz):
        raise InputError(
            "not the number of carriers in the list",
            key="--channels",
            value=channels,
            expected=f"{len(frequencies_hz)}, or no --channels with --check",
        )
    checked = _checked(frequencies_hz, given)
    if plot is not None:
        _draw(_spectrum(frequencies_hz, checked, given), plot)
    facts = check_facts(checked)
    _show(facts, check_lines(checked), plot, as_json)
    if not facts["free"]:
        click.get_current_context().exit(1)


def _show(facts: dict[str, Any], lines: list[str], plot: Path | None, as_json: bool) -> None:
    if as_json:
        print_json({**facts, "plot": None if plot is None else str(plot)})
        return
    for line in lines:
        click.echo(line)
    if plot is not None:
        click.echo(f"plot: {plot}")


def _draw(spectrum: Spectrum, plot: Path) -> None:
    from hgecircuit.report.design_plots import write_figure
    from hgecircuit.report.plan_plot import draw_spectrum

    write_figure(lambda: draw_spectrum(spectrum), [plot])


def _spectrum(frequencies_hz: list[float], checked: PlanCheck, given: dict[str, Any]) -> Spectrum:
    import numpy as np

    from hgecircuit.report.plan_spectrum import Spectrum

    if given["time"] is None:
        raise InputError(
            "a plot shows what the lock-in lets through", key="--time", expected="--time 10ms"
        )
    request = _request({**given, "channels": len(frequencies_hz)})
    return Spectrum(
        np.sort(frequencies_hz),
        given["time"],
        request.lock_in(given["time"]),
        given["order"],
        checked.collisions,
        request.bands,
        given["sample_rate"],
        given["curvature"],
    )


def _refuse_idle(given: dict[str, Any], checks: bool, draws: bool) -> None:
    """Refuse options that would do nothing, rather than let the user believe in them."""
    context = click.get_current_context()

    def written(name: str) -> bool:
        return context.get_parameter_source(name) is ParameterSource.COMMANDLINE

    idle = [(name, "no --check with it") for name in _CHOOSING if checks]
    idle += [(name, "--plot with it") for name in _DRAWING if checks and not draws]
    idle += [("curvature", "--plot with it")] if not draws else []
    idle += [("avoid_width", "--avoid 50Hz with it")] if not given["avoid"] else []
    for name, expected in idle:
        if written(name):
            raise InputError(
                "does nothing here", key="--" + name.replace("_", "-"), expected=expected
            )


def _check_plot(plot: Path | None) -> None:
    """Refuse a file that can't be written before any time is spent."""
    if plot is None:
        return
    if plot.suffix not in _PLOT_KINDS:
        raise InputError(
            "not a picture's name",
            key="--plot",
            value=str(plot),
            expected="a file that ends in .png or .svg",
        )
    if not plot.parent.is_dir():
        raise InputError(
            "there is no such folder", key="--plot", value=str(plot), expected="an existing folder"
        )


def _bands(given: dict[str, Any]) -> ExcludedBands:
    from hgecircuit.design.plans import ExcludedBands

    return ExcludedBands(given["avoid"], given["avoid_width"], given["exclude"])


def _request(given: dict[str, Any]) -> PlanRequest:
    from hgecircuit.cli.quantities import read_noise
    from hgecircuit.design.plans import Effort, PlanRequest

    return PlanRequest(
        channels=given["channels"],
        time_s=given["time"],
        lowest_hz=given["lowest"],
        highest_hz=given["highest"],
        grid_hz=given["grid"],
        quadrature=given["quadrature"],
        order=given["order"],
        bands=_bands(given),
        sample_rate_hz=given["sample_rate"],
        objective=given["objective"],
        response=given["response"],
        filter_order=given["poles"],
        settled=given["settled"],
        signal_a=given["amplitude"] * given["derivative"],
        noise=read_noise(given),
        allow_collisions=given["allow_collisions"],
        effort=Effort(seed=given["seed"]) * given["effort"],
    )


def _checked(frequencies_hz: list[float], given: dict[str, Any]) -> PlanCheck:
    from hgecircuit.design.plans import check_frequencies

    return check_frequencies(
        frequencies_hz,
        order=given["order"],
        time_s=given["time"],
        response=given["response"],
        lowest_hz=given["lowest"],
        highest_hz=given["highest"],
        bands=_bands(given),
        sample_rate_hz=given["sample_rate"],
    )
