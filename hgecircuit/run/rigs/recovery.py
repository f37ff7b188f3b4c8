"""What happens to the outputs when a run fails: they are brought to zero by a ramp, never a reset.

A reset would take every output to 0 V at once, which is the jump that slew limits are there to
prevent. As a waveform ends with its own ramp to zero, the best that a failed program can do is to
let it end. Only outputs that stand still before that get a ramp of their own.
"""

from __future__ import annotations

import time
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.run.rigs.connection import ConnectionLostError
from hgecircuit.run.rigs.safety import RigError, check_samples
from hgecircuit.run.rigs.waveforms import Pace, ramp_to_zero

if TYPE_CHECKING:
    from hgecircuit.run.rigs.cdaq import CdaqRig

# Time between two attempts to reach a server that is lost.
_PAUSE_S = 0.2


class Stage(IntEnum):
    """How far a run had come."""

    PREPARED = 0
    ARMED = 1
    TRIGGERED = 2


def bring_to_zero(rig: CdaqRig, samples_v: np.ndarray, stage: Stage) -> tuple[bool, str]:
    """Let a failed run end, or ramp its outputs to zero.

    Args:
        rig: The rig.
        samples_v: What it was to put out, shape (N, E), in V.
        stage: How far it had come. Before the outputs were asked to start, none can have moved;
            before the input was, only another program's start trigger can have moved them.

    Returns:
        Whether all outputs are at 0 V now, and what is known about them, in words.
    """
    end_s = time.monotonic() + len(samples_v) / rig.output_rate_hz + rig.connection.timeout_s
    lost = False
    while True:
        try:
            return _stop(rig, samples_v, stage, end_s)
        except ConnectionLostError:
            lost = True
        except RigError as error:
            return False, f"where the outputs are is not known ({error.problem})"
        if time.monotonic() > end_s:
            break
        time.sleep(_PAUSE_S)
    assert lost
    if stage is Stage.PREPARED:
        return True, "the outputs were at 0 V and had not been started when the rig was lost"
    return False, (
        "the rig can't be reached, but has the whole waveform, which ends with a ramp to 0 V: if "
        "it still runs, it is there now"
    )


def _stop(rig: CdaqRig, samples_v: np.ndarray, stage: Stage, end_s: float) -> tuple[bool, str]:
    """One attempt; ConnectionLostError when the rig can't be reached."""
    if stage is Stage.PREPARED or (stage is Stage.ARMED and not _generated(rig)):
        _stop_tasks(rig)
        return True, "the outputs had not moved and are at 0 V"
    _wait(rig, end_s)
    generated = _generated(rig)
    with rig.connection.errors("doesn't tell how far its outputs came"):
        # a task that waits for its trigger is not done; one that somebody stopped counts nothing
        armed = generated == 0 and not rig.outputs.is_task_done()
    _stop_tasks(rig)
    if armed:
        return True, "the outputs had waited for their trigger and are at 0 V"
    if generated == 0:
        return False, "the outputs were stopped by somebody else, nobody knows where"
    if generated >= len(samples_v):
        return True, "the waveform ended with its ramp; the outputs are at 0 V"
    ramp_down(rig, samples_v[generated - 1])
    return True, (
        f"the outputs stood still after {generated} of {len(samples_v)} samples, were brought down "
        "by a ramp, and are at 0 V"
    )


def _generated(rig: CdaqRig) -> int:
    """How many samples of every output were put out."""
    with rig.connection.errors("doesn't tell how far its outputs came"):
        return int(rig.outputs.out_stream.total_samp_per_chan_generated)


def _wait(rig: CdaqRig, end_s: float) -> None:
    """Wait for the outputs to end; they may also have failed, which the count tells."""
    try:
        with rig.connection.errors("did not end"):
            rig.outputs.wait_until_done(max(0.1, end_s - time.monotonic()))
    except ConnectionLostError:
        raise
    except RigError:
        return


def _stop_tasks(rig: CdaqRig) -> None:
    """Stop both tasks; one that had failed says so once more, which is no news."""
    for task in (rig.inputs, rig.outputs):
        try:
            with rig.connection.errors("can't be stopped"):
                task.stop()
        except ConnectionLostError:
            raise
        except RigError:
            continue


def ramp_down(rig: CdaqRig, present_v: np.ndarray) -> None:
    """A ramp to zero from known voltages, with nothing to trigger it.

    Raises:
        RigError: It failed as well.
    """
    pace = Pace(rig.output_rate_hz, rig.spec.timing.ramp_time_s)
    waveform = ramp_to_zero(present_v, pace, rig.limits)
    samples_v = check_samples(waveform.voltages_v, rig.limits, rig.output_rate_hz, present_v)
    with rig.connection.errors("can't ramp its outputs to zero"):
        rig.configure(len(samples_v), triggered=False)
        rig.write(samples_v)
        rig.outputs.start()
        rig.outputs.wait_until_done(waveform.duration_s + rig.connection.timeout_s)
        generated = int(rig.outputs.out_stream.total_samp_per_chan_generated)
        rig.outputs.stop()
    if generated != len(samples_v):
        raise RigError(f"the ramp to zero ended after {generated} of {len(samples_v)} samples")
