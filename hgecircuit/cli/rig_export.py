"""`rig export`: a recorded run as one file, for others."""

from __future__ import annotations

from pathlib import Path

import click

from hgecircuit.cli.output import JSON_OPTION, check_output, print_json, refuse_inputs
from hgecircuit.errors import InputError


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="File to write: .nc (netCDF, everything) or .csv (one row per sample).",
)
@JSON_OPTION
def export(recording: Path, output: Path, as_json: bool) -> None:
    """Put RECORDING (a run's folder or files) into one file that `--replay` takes elsewhere."""
    from hgecircuit.run.rigs.recording import (
        Recording,
        read_entries,
        read_recording,
        recording_files,
        write_recording,
    )
    from hgecircuit.run.rigs.recording_csv import write_csv

    check_output(output, "--output")
    files = [recording] if recording.suffix.lower() == ".csv" else recording_files(recording)
    refuse_inputs(output, *files)
    if output.suffix.lower() == ".csv":
        runs = write_csv(read_entries(recording), output)
    elif output.suffix.lower() == ".nc":
        entries = tuple(read_entries(recording))
        csv = recording.suffix.lower() == ".csv"
        provenance = {} if csv else read_recording(files[0]).provenance
        write_recording(Recording(entries, provenance), output)
        runs = len(entries)
    else:
        raise InputError(
            "not a recording's file name", key="--output", value=str(output), expected=".nc or .csv"
        )
    facts = {"file": str(output), "runs": runs, "bytes": output.stat().st_size}
    if as_json:
        print_json(facts)
    else:
        click.echo(f"{runs} runs of the outputs in {output}, {facts['bytes'] / 1e6:.3g} MB")
