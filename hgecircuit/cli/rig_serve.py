"""Command line: serve the virtual rig."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from hgecircuit.cli.output import JSON_OPTION


@click.command()
@click.option(
    "--config",
    "config",
    required=True,
    type=click.Path(path_type=Path),
    help="The rig file, such as circuits/rigs/virtual.toml.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port on this computer; 0 for any that is free. Default: that of the rig file.",
)
@JSON_OPTION
def serve(config: Path, port: int | None, as_json: bool) -> None:
    """Serve a virtual rig until Ctrl-C: programs that use nidaqmx over gRPC find a chassis.

    It stands for NI's gRPC device server with the chassis and modules of the rig file, and for the
    device, its noise and its current-to-voltage converter (table [virtual]). Only this computer can
    reach it. With --json one line says where it serves.
    """
    import json

    from hgecircuit.run.rigs.config_load import load_rig_spec
    from hgecircuit.run.rigs.virtual.server import RigServer

    spec = load_rig_spec(config)
    port = spec.connection.port if port is None else port
    with _ending() as end, RigServer(spec, port) as server:
        if as_json:
            click.echo(json.dumps({"address": server.address, "chassis": spec.chassis.name}))
        else:
            click.echo(f"virtual rig {spec.chassis.name} on {server.address}; Ctrl-C ends it")
        end.wait()
    if not as_json:
        click.echo("ended")


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a request to terminate sets, so that everything ends in order."""
    end = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, lambda number, frame: end.set()) for each in signals]
    try:
        yield end
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
