"""Command line: the error budget of a circuit, or of the paper's quantities."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.output import JSON_OPTION, print_json
from hgecircuit.cli.quantities import quantity_options, read_quantities
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from hgecircuit.design.error_model.budget import ErrorBudget, Term
    from hgecircuit.design.error_model.quantities import QuantitiesBudget

# The paper's units: derivatives in nA/V.
_PER_NANO = 1e9
# Shares of the gradient below this are rounding.
_LEAST = 1e-9


@click.command()
@click.argument("circuit", required=False, type=click.Path(path_type=Path))
@quantity_options
@JSON_OPTION
def budget(circuit: Path | None, as_json: bool, **given: Any) -> None:
    """Say how wrong extracted derivatives will be, why, and what helps.

    With a CIRCUIT: every term at the operating points that `verify` uses, largest first, as a
    share of the gradient. Without one: the paper's quantities, for the weak middle channel, by the
    paper's equations for a settled low-pass and by what a lock-in that starts from rest reads at T.

    \b
      hgecircuit budget circuits/xor.toml
      hgecircuit budget --channels 7 --top-frequency 1kHz --spacing 40Hz --time 0.1s
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart
    given = {name: value for name, value in given.items() if value is not None}
    if circuit is None:
        _budget_of_quantities(given, as_json)
        return
    if given:
        raise InputError(
            "belongs to a budget without a circuit",
            key="--" + next(iter(given)).replace("_", "-"),
            expected="a circuit file alone (change its keys), or the quantities alone",
        )
    _budget_of_circuit(circuit, as_json)


def _budget_of_quantities(given: dict[str, Any], as_json: bool) -> None:
    from hgecircuit.design.error_model.quantities import coherence_note, quantities_budget
    from hgecircuit.devices.formats import load_device

    named = given.pop("device", None)
    clashing = [
        name
        for name in ("derivative", "ratio", "second_derivative", "third_derivative")
        if named is not None and name in given
    ]
    if clashing:
        raise InputError(
            "the device model has its own",
            key="--" + clashing[0].replace("_", "-"),
            expected="--device, or derivatives, not both",
        )
    quantities = read_quantities(given)
    device = None if named is None else load_device(named)
    result = quantities_budget(quantities, device)
    note = coherence_note(quantities)
    facts = _quantities_json(result, note)
    if device is not None:
        facts |= _points_json(result)
    if as_json:
        print_json(facts)
        return
    _show_quantities(facts, named, quantities.runs_on)


def _budget_of_circuit(circuit: Path, as_json: bool) -> None:
    from hgecircuit.design.error_model.circuit import circuit_budget
    from hgecircuit.design.size import operating_points_v
    from hgecircuit.learner import Learner

    learner = Learner.from_file(circuit)
    points_v = operating_points_v(learner.design, learner.spec.verification)
    found = circuit_budget(learner.design, points_v)
    if as_json:
        print_json({"circuit": str(circuit), **_shares_json(found)})
        return
    title = f"{learner.spec.title}: error of the gradient, over {len(points_v)} operating points"
    _show_shares(title, found)


def _shares_json(found: ErrorBudget) -> dict[str, Any]:
    """Every term as a share of the gradient, largest first."""
    points, channels = found.exact_a_per_v.shape
    return {
        "operating_points": points,
        "channels": channels,
        "expected": found.relative_rms(found.mean_square_a2_per_v2),
        "at_most": found.relative_bound(found.bound_a_per_v),
        "terms": [
            {
                "name": term.name,
                "expected": found.relative_rms(term.mean_square_a2_per_v2),
                "at_most": found.relative_bound(term.bound_a_per_v),
                "lever": term.lever,
            }
            for term in found.largest_first()
        ],
    }


def _show_shares(title: str, found: ErrorBudget) -> None:
    facts = _shares_json(found)
    rows = [
        (term["name"], _share(term["expected"]), _share(term["at_most"]), term["lever"])
        for term in facts["terms"]
        if term["at_most"] >= _LEAST
    ]
    rows.append(("sum", _share(facts["expected"]), _share(facts["at_most"]), ""))
    _print_table(title, ("term", "expected", "at most", "what reduces it"), rows)
    _show_absent(facts["terms"], "at_most")
    click.echo(
        "expected: root mean square over noise and carrier phases; at most: sum of bounds, noise "
        "at three standard deviations. Both are shares of the gradient's norm over all points."
    )


def _quantities_json(result: QuantitiesBudget, note: str | None) -> dict[str, Any]:
    exact, found = result.parallel.exact_a_per_v, result.parallel
    paper, window = result.paper, result.window
    single = len(result.channels) == 1
    nothing = _LEAST * _rms(exact**2)
    return {
        "units": {"mse": "(nA/V)^2", "rms": "nA/V", "derivative": "nA/V"},
        "response": result.response,
        "cutoff_hz": window.cutoff_hz,
        "noise_bandwidth_hz": window.settled_noise_bandwidth_hz,
        "settled_share": window.settled_share,
        "frequencies_hz": result.frequencies_hz.tolist(),
        "channel": int(result.channels[0]) if single else None,
        "derivative_rms": _rms(exact**2),
        "mse_sequential": _mse(paper.sequential, nothing),
        "mse_parallel": _mse(paper.together, nothing),
        "mse_sequential_at_T": _mse(result.sequential.mean_square_a2_per_v2, nothing),
        "mse_parallel_at_T": _mse(found.mean_square_a2_per_v2, nothing),
        "relative_error_at_T": found.relative_rms(found.mean_square_a2_per_v2),
        "at_most": _rms(found.bound_a_per_v**2, nothing),
        "terms": [_term_json(result, term, nothing) for term in found.largest_first()],
        "note": note,
    }


def _term_json(result: QuantitiesBudget, term: Term, nothing: float) -> dict[str, Any]:
    settled = result.paper_terms.get(term.name)
    return {
        "name": term.name,
        "mse_settled": None if settled is None else _mse(settled, nothing),
        "mse_at_T": _mse(term.mean_square_a2_per_v2, nothing),
        "rms_at_T": _rms(term.mean_square_a2_per_v2, nothing),
        "relative_at_T": result.parallel.relative_rms(term.mean_square_a2_per_v2),
        "at_most": _rms(term.bound_a_per_v**2, nothing),
        "lever": term.lever,
    }


def _points_json(result: QuantitiesBudget) -> dict[str, Any]:
    """The operating points of a device, and what their choice leaves uncertain."""
    from hgecircuit.design.error_model.points import SUBSETS

    found = result.parallel
    return {
        "channel": None,
        "operating_points": len(found.exact_a_per_v),
        "sampling_error": found.sampling_error(SUBSETS),
    }


def _show_quantities(facts: dict[str, Any], device: str | None, runs_on: bool) -> None:
    size = facts["derivative_rms"]
    if device is not None:
        what = f"{device}, {len(facts['frequencies_hz'])} channels of {size:.4g} nA/V rms"
    else:
        carrier_hz = facts["frequencies_hz"][facts["channel"]]
        what = f"channel {facts['channel']} at {carrier_hz:g} Hz, derivative {size:.4g} nA/V"
    headings = ("term", "settled", "at t = T", "share", "at most", "what reduces it")
    _print_table(f"Error in nA/V: {what}", headings, _quantity_rows(facts))
    _show_absent(facts["terms"], "relative_at_T")
    gate = facts["response"] == "gate"
    settled = "" if gate else f", {100 * facts['settled_share']:.1f} % settled at T"
    click.echo(
        f"{'gate' if gate else 'low-pass'}: cut-off {facts['cutoff_hz']:.4g} Hz, noise bandwidth "
        f"{facts['noise_bandwidth_hz']:.4g} Hz{settled}"
    )
    click.echo("mean squared error in (nA/V)^2   one channel at a time   all at once")
    for label, kind in (("settled (Eqs. 7 to 10)", ""), ("at t = T", "_at_T")):
        alone, together = facts[f"mse_sequential{kind}"], facts[f"mse_parallel{kind}"]
        click.echo(f"  {label:30} {alone:21.4g}   {together:11.4g}")
    heard = "a gate" if gate else "a low-pass that has listened forever"
    own = "one that runs on from the pattern before" if runs_on else "one that started from rest"
    click.echo(
        f"settled: the paper's equations, {heard}, tones at their worst phase; at t = T: "
        f"{'the same' if gate else own}, root mean square over noise and carrier phases; at most: "
        "worst phases, noise at three standard deviations."
    )
    if device is not None:
        click.echo(
            f"over {facts['operating_points']} operating points, one amplitude or more inside the "
            "safe ranges; another choice of so many moves the sum by "
            f"{100 * facts['sampling_error']:.2g} % of itself (standard error)."
        )
    if facts["note"] is not None:
        click.echo(f"note: {facts['note']}")


def _quantity_rows(facts: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [
        (
            term["name"],
            "" if term["mse_settled"] is None else f"{term['mse_settled'] ** 0.5:.3g}",
            f"{term['rms_at_T']:.3g}",
            _share(term["relative_at_T"]),
            f"{term['at_most']:.3g}",
            term["lever"],
        )
        for term in facts["terms"]
        if term["relative_at_T"] >= _LEAST
    ]
    whole = (
        "sum",
        f"{facts['mse_parallel'] ** 0.5:.3g}",
        f"{facts['mse_parallel_at_T'] ** 0.5:.3g}",
        _share(facts["relative_error_at_T"]),
        f"{facts['at_most']:.3g}",
        "",
    )
    return [*rows, whole]


def _show_absent(terms: list[dict[str, Any]], size: str) -> None:
    """Name what leaves no error; without noise there is no such term at all."""
    names = [term["name"] for term in terms if term[size] < _LEAST]
    if all(term["name"] != "noise" for term in terms):
        names.append("noise")
    if names:
        click.echo(f"no error from: {', '.join(names)}")


def _print_table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(title=title, title_justify="left")
    for n, heading in enumerate(headings):
        text = n in (0, len(headings) - 1)
        table.add_column(heading, justify="left" if text else "right", no_wrap=not text)
    for n, row in enumerate(rows):
        table.add_row(*row, end_section=n == len(rows) - 2)
    console.print(table)


def _mse(values: np.ndarray, nothing: float = 0.0) -> float:
    """Mean over points and channels, in (nA/V)^2; 0 where its root is below ``nothing``."""
    mean = float(values.mean()) * _PER_NANO**2
    return mean if mean >= nothing**2 else 0.0


def _rms(squares: np.ndarray, nothing: float = 0.0) -> float:
    """Root of the mean over points and channels, in nA/V; 0 below ``nothing``."""
    return _mse(squares, nothing) ** 0.5


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"
