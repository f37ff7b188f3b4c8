"""Command line: the gates of two inputs, searched for and written as a set of circuit files."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hgecircuit.cli.output import JSON_OPTION, print_json, progress_display, write_text
from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.gate_search import Score

_CIRCUIT = click.argument("circuit", type=click.Path(path_type=Path))
_RANGES = ("5-95", "10-90", "20-80", "30-70")
# The best are tried again from so many times the starts, because the best of many is also lucky.
_CONFIRMED, _CONFIRM_FACTOR = 5, 8
_OWN = "own"


@click.group()
def gates() -> None:
    """All 16 gates of two inputs: search electrodes and settings, write the circuit files.

    \b
      hgecircuit gates search circuits/gates/0110.toml    rank pairs of input electrodes and ranges
      hgecircuit gates write circuits/gates/0110.toml --out circuits/gates    one file per gate
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart


@gates.command()
@_CIRCUIT
@click.option(
    "--pair",
    "pairs",
    multiple=True,
    help="Input electrodes, such as 2,3, or own for those of CIRCUIT; may be repeated. Default: "
    "every pair.",
)
@click.option(
    "--range",
    "ranges",
    multiple=True,
    default=_RANGES,
    show_default=True,
    help="Logic 0 and 1 in percent of an electrode's safe range; may be repeated.",
)
@click.option(
    "--vary",
    "variations",
    multiple=True,
    metavar="KEY=VALUE,VALUE",
    help='Values to try of another key, such as "loop.step_limit=30 mV,50 mV"; may be repeated.',
)
@click.option(
    "--starts",
    type=click.IntRange(1, 10_000),
    default=48,
    show_default=True,
    help="Random starts per gate.",
)
@click.option("--seed", type=click.IntRange(0), default=2025, show_default=True, help="Their seed.")
@JSON_OPTION
def search(
    circuit: Path,
    pairs: tuple[str, ...],
    ranges: tuple[str, ...],
    variations: tuple[str, ...],
    starts: int,
    seed: int,
    as_json: bool,
) -> None:
    """Rank input electrodes, ranges and settings by how many starts all 16 gates would need.

    Every choice learns every gate in numbers, without simulator: the loop of CIRCUIT (coherent,
    with its offsets and errors), one epoch per step, exact derivatives. The five best are tried
    again from eight times as many other starts, and it is those numbers that are shown and ranked.
    """
    from hgecircuit.gate_search import find_choices, search_gates
    from hgecircuit.learner import Learner

    device = Learner.from_file(circuit).device
    wanted = None if not pairs else [_read_pair(pair) for pair in pairs if pair != _OWN]
    shares = [_read_range(text) for text in ranges]
    varied = dict(_read_variation(text) for text in variations)
    choices = find_choices(device, wanted, shares, varied)
    if _OWN in pairs and wanted:
        choices += find_choices(device, [], shares, varied)
    with progress_display(f"search {circuit}", quiet=as_json) as report:
        first = search_gates(
            circuit, choices, starts, seed, lambda progress: report("all choices", progress)
        )
        best = [score.choice for score in first[:_CONFIRMED]]
        again = search_gates(
            circuit,
            best,
            _CONFIRM_FACTOR * starts,
            seed + 1,
            lambda progress: report("the best again", progress),
        )
    if as_json:
        print_json({"confirmed": list(map(_plain, again)), "tried": list(map(_plain, first))})
    else:
        _show(again, len(choices))


@gates.command()
@_CIRCUIT
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for 0000.toml to 1111.toml; files of these names are replaced.",
)
@JSON_OPTION
def write(circuit: Path, out: Path, as_json: bool) -> None:
    """Write CIRCUIT once for every truth table of two inputs; only title and targets change.

    CIRCUIT may be one of the files that are written: change it, and the others follow.
    """
    from hgecircuit.gate_search import GATES, PATTERNS
    from hgecircuit.run.reference.tasks import GATE_NAMES
    from hgecircuit.spec.gate_files import gate_text
    from hgecircuit.spec.load import load_circuit_spec

    spec = load_circuit_spec(circuit)
    if spec.task.patterns != PATTERNS:
        raise InputError(
            "not the patterns of a gate of two inputs",
            file=circuit,
            key="task.patterns",
            value=list(spec.task.patterns),
            expected=str(list(PATTERNS)),
        )
    texts = {
        table: gate_text(spec.source, table, f"Gate {table}: {GATE_NAMES[table]}")
        for table in GATES
    }
    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"{table}.toml" for table in GATES]
    for file, text in zip(files, texts.values(), strict=True):
        write_text(file, text, "--out")
    if as_json:
        print_json({"files": list(map(str, files))})
    else:
        click.echo(f"{len(files)} circuit files in {out}: {files[0].name} to {files[-1].name}")


def _read_pair(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() for part in parts):
        raise InputError("no pair of electrodes", key="--pair", value=text, expected="such as 2,3")
    return tuple(map(int, parts))


def _read_range(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) / 100 for part in text.split("-"))
    except ValueError:
        low = high = math.nan
    if not 0 <= low < high <= 1:
        raise InputError(
            "no part of a range", key="--range", value=text, expected="percent, such as 20-80"
        )
    return low, high


def _read_variation(text: str) -> tuple[str, list[Any]]:
    key, _, values = text.partition("=")
    if not key.strip() or not values.strip():
        raise InputError(
            "no values of a key",
            key="--vary",
            value=text,
            expected='such as "loop.step_limit=30 mV,50 mV"',
        )
    return key.strip(), [_read_value(value.strip()) for value in values.split(",")]


def _read_value(text: str) -> bool | int | float | str:
    """True, false and numbers as such, anything else as text, as the circuit file holds them."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _plain(score: Score) -> dict[str, Any]:
    choice = score.choice
    return {
        "inputs": list(choice.inputs) or None,
        "range": list(choice.share) if choice.inputs else None,
        "levels_V": score.levels_v.tolist(),
        "settings": dict(choice.settings),
        "gates": score.gates,
        "expected_starts": score.expected_starts,
        "starts": score.starts,
        "solved_share": dict(score.solved),
        "epochs_median": dict(score.epochs),
        "margin_min_A": dict(score.margin_a),
        "accumulator_peak_V": score.accumulator_peak_v,
    }


def _show(scores: Sequence[Score], tried: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("inputs", "logic 0, 1", "gates", "starts in all", "hardest", "epochs", "peak"):
        table.add_column(heading, no_wrap=True)
    table.add_column("settings", overflow="fold")
    for score in scores:
        low_v, high_v = score.levels_v
        levels = [f"{low:.3g}, {high:.3g} V" for low, high in zip(low_v, high_v, strict=True)]
        epochs = [epoch for epoch in score.epochs.values() if epoch is not None]
        table.add_row(
            ",".join(map(str, score.choice.inputs)) or _OWN,
            "; ".join(dict.fromkeys(levels)),
            f"{score.gates} of {len(score.solved)}",
            f"{score.expected_starts:.1f}",
            f"{score.hardest}: {100 * score.solved[score.hardest]:.2g} %",
            f"{max(epochs, default=math.nan):.0f}",
            f"{score.accumulator_peak_v:.3g} V",
            ", ".join(f"{key} {value}" for key, value in score.choice.settings) or "as in the file",
        )
    console.print(table)
    console.print(
        f"{tried} choices tried; the best from {scores[0].starts} random starts per gate. Starts in"
        " all: the sum over the gates that were learned of 1/(share of starts). Epochs: the median"
        " to a solution, of the slowest gate. Peak: of an accumulator, over all starts."
    )
