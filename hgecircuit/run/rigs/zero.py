"""Outputs that nobody knows: what stands in the way of a run, and the way back to zero."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.cdaq import CdaqRig
from hgecircuit.run.rigs.connection import Connection, ConnectionLostError
from hgecircuit.run.rigs.interrupts import Interrupts
from hgecircuit.run.rigs.rig_file import connect, journal_of, limits_of
from hgecircuit.run.rigs.safety import Limits, RigError

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec

# A session's waveform is at most this long, so that a task which runs longer is somebody else's.
_LONGEST_S = 120.0
_MEASURE = (
    "measure every electrode with a voltmeter, then `hgecircuit rig zero --present` with what it "
    "shows"
)
_BEYOND = (
    "a copy of the rig file with wider limits, for `hgecircuit rig zero` alone, lets them ramp down"
)


class Left(Enum):
    """How the outputs' task of another program was found."""

    NOTHING = "there was none"
    IDLE = "it was not running"
    ARMED = "it waited for a trigger that never came"
    AT_END = "its waveform had come to its end"
    ELSEWHERE = "its waveform had not come to its end"


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
    with Interrupts() as interrupts:
        steps = _bring_home(spec, present_v)
        interrupts.check()
    return steps


def _bring_home(spec: RigSpec, present_v: Sequence[float] | None) -> list[str]:
    connection = connect(spec)
    journal = journal_of(spec, connection)
    try:
        steps, left = _close_sessions(spec, connection)
    finally:
        connection.close()
    if present_v is not None:
        steps.append(_ramp(spec, np.array(present_v)))
        return steps
    if spec.monitors:
        steps.append(_ramp_from_monitors(spec))
        return steps
    if left is Left.ELSEWHERE:
        raise RigError(
            "a waveform that a program had left did not come to its end, so that nobody knows "
            "where the outputs are",
            advice=_MEASURE,
        )
    if left not in (Left.AT_END, Left.ARMED) and journal.file.exists():
        # the server knows nothing of that waveform any more
        raise RigError(
            "outputs were left moving, and the driver can't tell any more how far they came",
            advice=_MEASURE,
        )
    journal.at_zero()
    steps.append("all outputs are at 0 V, as every waveform ends there")
    return steps


def _close_sessions(spec: RigSpec, connection: Connection) -> tuple[list[str], Left]:
    """Close what was left; returns what was done and how the outputs' waveform was found.

    Raises:
        RigError: A waveform goes on and on.
    """
    steps: list[str] = []
    left = Left.NOTHING
    outputs_name, inputs_name = session_names(spec)
    connection.system()
    outputs = connection.old_task(outputs_name)
    if outputs is not None:
        left = _wait(connection, outputs)
        steps.append(f"closed the session {outputs_name}: {left.value}")
        with connection.errors("can't close a session"):
            outputs.close()
    inputs = connection.old_task(inputs_name)
    if inputs is not None:
        with connection.errors("can't close a session"):
            inputs.close()
        steps.append(f"closed the session {inputs_name}")
    return steps, left


def _wait(connection: Connection, outputs: Any) -> Left:
    """Wait for what still runs, and tell how far it came."""
    try:
        with connection.errors("did not end"):
            generated = int(outputs.out_stream.total_samp_per_chan_generated)
            if generated:
                outputs.wait_until_done(_LONGEST_S)
                generated = int(outputs.out_stream.total_samp_per_chan_generated)
            done = bool(outputs.is_task_done())
            wanted = int(outputs.timing.samp_quant_samp_per_chan)
    except ConnectionLostError:
        raise
    except RigError:
        # a generation that failed says so; one that still runs must not be cut off by closing it
        with connection.errors("doesn't tell whether its outputs still run"):
            done = _is_done(outputs)
        if not done:
            raise
        return Left.ELSEWHERE
    if generated == 0:
        return Left.IDLE if done else Left.ARMED
    return Left.AT_END if generated == wanted else Left.ELSEWHERE


def _is_done(outputs: Any) -> bool:
    from nidaqmx.errors import DaqError

    try:
        return bool(outputs.is_task_done())
    except DaqError:
        return True  # a task that has failed runs no more


def _ramp_from_monitors(spec: RigSpec) -> str:
    """A ramp from what the monitors show."""
    with CdaqRig(spec, left_moving=True) as rig:
        sensed_v = rig.sense()
        if (abs(sensed_v) <= spec.safety.start_max_v).all():
            rig.journal.at_zero()
            return "all outputs are at 0 V, as their monitors show"
        rig.ramp_from(_within_limits(sensed_v, rig.limits, spec.safety.start_max_v))
        rig.refuse_moved(rig.sense())
    words = ", ".join(f"{value:.4g} V" for value in sensed_v)
    return f"ramped all outputs to 0 V from {words}, as their monitors showed"


def _within_limits(sensed_v: np.ndarray, limits: Limits, error_v: float) -> np.ndarray:
    """What monitors show, without their own errors beyond the limits, shape (E,), in V.

    An electrode may rest at a limit, and its monitor show a little more.

    Raises:
        RigError: An electrode is beyond its limits.
    """
    inside_v = np.clip(sensed_v, limits.minimum_v, limits.maximum_v)
    beyond = np.flatnonzero(abs(sensed_v - inside_v) > error_v)
    if len(beyond):
        words = ", ".join(f"electrode {n} is at {sensed_v[n]:.4g} V" for n in beyond)
        raise RigError(f"outputs are beyond their limits: {words}", advice=_BEYOND)
    return inside_v


def _ramp(spec: RigSpec, present_v: np.ndarray) -> str:
    """A ramp from known voltages."""
    limits = limits_of(spec)
    beyond = np.flatnonzero((present_v < limits.minimum_v) | (present_v > limits.maximum_v))
    if len(beyond):
        raise InputError(
            "a voltage outside the electrode's limits",
            key=f"electrode {beyond[0]}",
            value=f"{present_v[beyond[0]]:.9g} V",
            expected=f"{limits.minimum_v[beyond[0]]:.9g} V to {limits.maximum_v[beyond[0]]:.9g} V; "
            f"if it is really there, {_BEYOND}",
        )
    with CdaqRig(spec, left_moving=True) as rig:
        rig.ramp_from(present_v)
    return "ramped all outputs to 0 V"
