"""Command line: one command per stage, plus `verify` for all of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hgecircuit import __version__
from hgecircuit.cli.bom import bom
from hgecircuit.cli.budget import budget
from hgecircuit.cli.device import device
from hgecircuit.cli.draw import draw
from hgecircuit.cli.export import export
from hgecircuit.cli.filter import filter_command
from hgecircuit.cli.gates import gates
from hgecircuit.cli.index import index
from hgecircuit.cli.output import (
    JSON_OPTION,
    command_line,
    fail,
    print_json,
    progress_display,
    refuse_inputs,
    show_collection,
    write_text,
)
from hgecircuit.cli.page import page
from hgecircuit.cli.plan import plan
from hgecircuit.cli.regress import regress
from hgecircuit.cli.reproduce import reproduce
from hgecircuit.cli.rig import rig
from hgecircuit.cli.tradeoff import tradeoff
from hgecircuit.errors import HgeError, InputError

if TYPE_CHECKING:
    from hgecircuit.learner import Learner
    from hgecircuit.report import Report
    from hgecircuit.rig_stage import RigStage

F = TypeVar("F", bound=Callable[..., Any])

_CIRCUIT = click.argument("circuit", type=click.Path(path_type=Path))
_START_SEED = click.option(
    "--start-seed",
    type=click.IntRange(0),
    help="Draw the control voltages at the start from this seed, in place of the file's start.",
)


class _Group(click.Group):
    """Turns the package's errors into one clear line and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HgeError as error:
            fail(error)
        except KeyboardInterrupt:
            click.echo(
                "\nstopped; the same command starts again and keeps what is finished", err=True
            )
            sys.exit(130)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hgecircuit")
def main() -> None:
    """Design and verify fully analog learners based on homodyne gradient extraction (HGE).

    A circuit file (TOML) says what to learn, on which device, with which carriers, lock-in and
    update law. From it hgecircuit sizes the learner, writes its netlist, lets it learn in ngspice,
    and checks it against the device model and an independent digital reference.

    \b
      hgecircuit verify circuits/xor.toml --out runs/xor    everything, with verdicts and a report
      hgecircuit netlist circuits/xor.toml -o xor.cir       the netlist, for plain `ngspice -b`
      hgecircuit budget circuits/xor.toml                   the gradient's error, term by term
      hgecircuit filter --settle-time 0.1s --reject 40Hz    a low-pass, in real components

    Exit codes: 0 all passed, 1 a verdict failed, 2 bad input or a missing tool, 3 the simulator
    failed.
    """  # noqa: D301 - click needs the backspace itself to keep the lines apart


@main.command()
@click.argument("circuits", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the report; one folder per circuit inside it when there are several. "
    "Default: runs/<circuit's name>.",
)
@_START_SEED
@click.option(
    "--starts",
    type=click.IntRange(1, 10_000),
    help="Also learn from this many random starts, and train the digital reference from the same.",
)
@click.option(
    "--starts-seed",
    type=click.IntRange(0),
    default=2026,
    show_default=True,
    help="Seed of the random starts.",
)
@click.option(
    "--required-share",
    type=click.FloatRange(0, 1),
    help="Smallest share of random starts that must be solved; without it the share is reported "
    "and not judged.",
)
@click.option(
    "--rig",
    "rig_name",
    help="Also measure and train on a rig: a rig file, or `virtual` for a virtual chassis with the "
    "circuit's device model on it.",
)
@click.option(
    "--rig-calibration",
    type=click.Path(path_type=Path),
    help="The rig's file of `rig calibrate`; a virtual chassis calibrates itself.",
)
@click.option(
    "--rig-replay",
    type=click.Path(path_type=Path),
    help="A recorded verification in the place of --rig's rig: its folder `rig-log`.",
)
@click.option(
    "--netlist",
    "netlist_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Verify with the changed values of this netlist, which `export` wrote from the circuit. "
    "It is read as data; nothing in it is run.",
)
@click.option(
    "--again", is_flag=True, help="Of several circuits, run those with a kept report again too."
)
@JSON_OPTION
def verify(
    circuits: tuple[Path, ...],
    out: Path | None,
    start_seed: int | None,
    starts: int | None,
    starts_seed: int,
    required_share: float | None,
    rig_name: str | None,
    rig_calibration: Path | None,
    rig_replay: Path | None,
    netlist_file: Path | None,
    again: bool,
    as_json: bool,
) -> None:
    """Simulate each CIRCUIT (a file, or a folder of them), check it, and write a report.

    The learner runs in ngspice from its start to the end of its last epoch; its lock-in is measured
    at operating points spread over the safe ranges; single blocks are measured by themselves; the
    digital reference does the same. Every verdict shows its value, its limit and where the limit
    comes from. After a stop the same command keeps the random starts that are finished; of several
    circuits it keeps the reports that are finished, as long as circuit, code and simulator are the
    same, and ends with a table of all, on the screen and as index.html beside the reports.
    """
    from hgecircuit.collection import find_circuits, verify_kept
    from hgecircuit.learner import Learner
    from hgecircuit.pipeline import StartsPlan, verify_to_folder
    from hgecircuit.report.index_page import INDEX_FILE, check_index, has_index, write_index

    if required_share is not None and starts is None:
        raise InputError("--required-share needs --starts", expected="--starts 20")
    files = find_circuits(circuits)
    learners = [Learner.from_file(path, start_seed=start_seed) for path in files]
    folders = _folders(files, [learner.spec.name for learner in learners], out)
    if netlist_file is not None:
        if len(files) > 1:
            raise InputError(
                "--netlist belongs to one circuit", value=len(files), expected="one circuit"
            )
        learners = [learners[0].with_netlist(netlist_file)]
    stage = _rig_stage(rig_name, rig_calibration, rig_replay, len(files))
    plan = StartsPlan(starts_seed, starts, required_share) if starts else None
    if len(files) == 1:
        try:
            with progress_display(f"verify {files[0]}", quiet=as_json) as progress:
                report = verify_to_folder(
                    learners[0],
                    folders[0],
                    plan=plan,
                    command=command_line(),
                    rig=stage,
                    progress=progress,
                )
        finally:
            # An index that is there stays true, also of a run that has failed.
            if has_index(folders[0].parent):
                write_index(folders[0].parent)
        print_json(report.data) if as_json else _show(report, learners[0])
        sys.exit(0 if report.passed else 1)
    parent = out or Path("runs")
    check_index(parent)
    # Until the first report is there, an index of earlier runs would speak of what is gone.
    if has_index(parent):
        (parent / INDEX_FILE).unlink()
    entries = []
    for path, learner, folder in zip(files, learners, folders, strict=True):
        with progress_display(f"verify {path}", quiet=as_json) as progress:
            entry = verify_kept(
                learner, folder, plan=plan, again=again, command=command_line(), progress=progress
            )
        entries.append(entry)
        write_index(parent)
    if as_json:
        print_json([entry.data for entry in entries])
    else:
        show_collection(entries)
        click.echo(f"index: {parent / INDEX_FILE}")
    sys.exit(0 if all(entry.passed for entry in entries) else 1)


@main.command()
@_CIRCUIT
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; standard output without it.",
)
@_START_SEED
@JSON_OPTION
def netlist(circuit: Path, output: Path | None, start_seed: int | None, as_json: bool) -> None:
    """Write the netlist of CIRCUIT, ready for plain `ngspice -b`.

    The same circuit file always gives the same bytes. With --json and no --output the text is in
    the field `netlist`.
    """
    import hashlib

    from hgecircuit.learner import Learner

    learner = Learner.from_file(circuit, start_seed=start_seed)
    text = learner.netlist()
    if output is not None:
        model = learner.spec.model_path
        refuse_inputs(output, circuit, *([] if model is None else [model]))
        write_text(output, text)
    if as_json:
        facts = {
            "circuit": str(circuit),
            "netlist_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "lines": text.count("\n"),
            "file": None if output is None else str(output),
        }
        print_json(facts if output is not None else {**facts, "netlist": text})
    elif output is None:
        click.echo(text, nl=False)


@main.command()
@_CIRCUIT
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for netlist, log and waveforms. Default: runs/<circuit's name>-simulation.",
)
@_START_SEED
@JSON_OPTION
def simulate(circuit: Path, out: Path | None, start_seed: int | None, as_json: bool) -> None:
    """Run the learner of CIRCUIT in ngspice and keep its waveforms (netCDF)."""
    from hgecircuit.learner import Learner
    from hgecircuit.pipeline import simulate_to_folder

    learner = Learner.from_file(circuit, start_seed=start_seed)
    folder = out or Path("runs") / f"{learner.spec.name}-simulation"
    with progress_display(f"simulate {circuit}", quiet=as_json) as progress:
        summary = simulate_to_folder(learner, folder, progress=progress)
    if as_json:
        print_json(summary)
        return
    for key, value in summary.items():
        click.echo(f"{key:16} {value if not isinstance(value, dict) else json.dumps(value)}")


for command in (
    bom,
    budget,
    device,
    draw,
    export,
    filter_command,
    gates,
    index,
    page,
    plan,
    regress,
    reproduce,
    rig,
    tradeoff,
):
    main.add_command(command)


def _rig_stage(
    name: str | None, calibration: Path | None, replay: Path | None, circuits: int
) -> RigStage | None:
    from hgecircuit.rig_stage import VIRTUAL, RigStage

    if name is None or name == VIRTUAL:
        if calibration is not None or replay is not None:
            raise InputError("--rig-calibration and --rig-replay need --rig with a rig file")
        stage = None if name is None else RigStage()
    else:
        stage = RigStage(Path(name), calibration, replay)
    if stage is not None and circuits > 1:
        raise InputError(
            "--rig takes one circuit at a time", value=circuits, expected="one circuit"
        )
    return stage


def _folders(circuits: list[Path], names: list[str], out: Path | None) -> list[Path]:
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise InputError(
            "two circuits have one name",
            key="name",
            value=doubles[0],
            expected="circuit files with different names",
        )
    if len(circuits) == 1:
        return [out or Path("runs") / names[0]]
    return [(out or Path("runs")) / name for name in names]


def _show(report: Report, learner: Learner) -> None:
    from hgecircuit.cli.output import show_verdicts

    show_verdicts(report)
    for edit in learner.edits:
        change = edit.change
        click.echo(f"changed: {edit.name}: {change.was:.6g} is {change.value:.6g}")
