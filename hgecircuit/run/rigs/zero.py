"""Outputs that nobody knows: what stands in the way of a run, and the way back to zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.run.rigs.cdaq import CdaqRig
from hgecircuit.run.rigs.connection import Connection
from hgecircuit.run.rigs.rig_file import connect, journal_of
from hgecircuit.run.rigs.safety import RigError

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec

# A session's waveform is at most this long, so that a task which runs longer is somebody else's.
_LONGEST_S = 120.0
_MEASURE = (
    "measure every electrode with a voltmeter, then `hgecircuit rig zero --present` with what it "
    "shows"
)


def session_names(spec: RigSpec) -> tuple[str, str]:
    """Names of the output task and the input task."""
    return f"{spec.connection.session}-outputs", f"{spec.connection.session}-inputs"


def find_obstacles(spec: RigSpec, connection: Connection) -> list[str]:
    """Why a run would be refused; empty when it wouldn't. Nothing is changed."""
    obstacles = []
    for name in session_names(spec):
        if connection.old_task(name) is not None:
            obstacles.append(f"the session {name} is on the server: a program was killed, or runs")
    try:
        journal_of(spec, connection).check()
    except RigError as error:
        obstacles.append(error.problem)
    return obstacles


def bring_home(spec: RigSpec, present_v: Sequence[float] | None) -> list[str]:
    """Wait for waveforms that still run, close sessions that were left, and ramp to zero.

    Args:
        spec: The rig file.
        present_v: Voltages of all electrodes now, in V, measured by the user; None if not known.

    Returns:
        What was done.

    Raises:
        RigError: The outputs can't be brought to 0 V without knowing where they are.
    """
    connection = connect(spec)
    try:
        steps, ended = _close_sessions(spec, connection)
    finally:
        connection.close()
    journal = journal_of(spec, connection)
    if present_v is not None:
        steps.append(_ramp(spec, np.array(present_v)))
        return steps
    if spec.monitors:
        steps.append(_ramp_from_monitors(spec))
        return steps
    if ended is False:
        raise RigError(
            "a waveform that a program had left did not end by itself, so that nobody knows where "
            "the outputs are",
            advice=_MEASURE,
        )
    if ended is None and journal.file.exists():
        # the server knows nothing of that waveform any more
        raise RigError(
            "outputs were left moving, and the driver can't tell any more how far they came",
            advice=_MEASURE,
        )
    journal.at_zero()
    steps.append("all outputs are at 0 V, as every waveform ends there")
    return steps


def _close_sessions(spec: RigSpec, connection: Connection) -> tuple[list[str], bool | None]:
    """Close what was left; returns what was done and whether the outputs' waveform had ended."""
    steps: list[str] = []
    ended: bool | None = None
    outputs_name, inputs_name = session_names(spec)
    connection.system()
    outputs = connection.old_task(outputs_name)
    if outputs is not None:
        ended = _wait(connection, outputs)
        words = "its waveform had ended" if ended else "its waveform did not end"
        steps.append(f"closed the session {outputs_name}: {words}")
        with connection.errors("can't close a session"):
            outputs.close()
    inputs = connection.old_task(inputs_name)
    if inputs is not None:
        with connection.errors("can't close a session"):
            inputs.close()
        steps.append(f"closed the session {inputs_name}")
    return steps, ended


def _wait(connection: Connection, outputs: Any) -> bool:
    """Whether the task put out everything that it had been given, or nothing of it."""
    try:
        with connection.errors("did not end"):
            generated = int(outputs.out_stream.total_samp_per_chan_generated)
            if generated:
                outputs.wait_until_done(_LONGEST_S)
                generated = int(outputs.out_stream.total_samp_per_chan_generated)
            return generated in (0, int(outputs.timing.samp_quant_samp_per_chan))
    except RigError:
        return False


def _ramp_from_monitors(spec: RigSpec) -> str:
    """A ramp from what the monitors show."""
    with CdaqRig(spec, left_moving=True) as rig:
        sensed_v = rig.sense()
        if (abs(sensed_v) <= spec.safety.start_max_v).all():
            rig.journal.at_zero()
            return "all outputs are at 0 V, as their monitors show"
        rig.ramp_from(sensed_v)
        rig.refuse_moved(rig.sense())
    words = ", ".join(f"{value:.4g} V" for value in sensed_v)
    return f"ramped all outputs to 0 V from {words}, as their monitors showed"


def _ramp(spec: RigSpec, present_v: np.ndarray) -> str:
    """A ramp from known voltages."""
    with CdaqRig(spec, left_moving=True) as rig:
        rig.ramp_from(present_v)
    return "ramped all outputs to 0 V"
