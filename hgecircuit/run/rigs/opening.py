"""From a rig file to an apparatus that measures: the chassis, or a recording in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hgecircuit.run.rigs.apparatus import Apparatus, Guard, make_pace
from hgecircuit.run.rigs.base import Readings, Rig
from hgecircuit.run.rigs.calibration import Calibration
from hgecircuit.run.rigs.cdaq import CdaqRig
from hgecircuit.run.rigs.interrupts import Interrupts
from hgecircuit.run.rigs.recording import RunLog, read_entries
from hgecircuit.run.rigs.replay import ReplayRig
from hgecircuit.run.rigs.rig_file import limits_of
from hgecircuit.run.rigs.safety import RigError

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec


class DryRig(Rig):
    """A rig that is planned for and never connected to; its rates are those of the rig file."""

    def __init__(self, spec: RigSpec) -> None:
        self.limits = limits_of(spec)
        self.output_rate_hz = self.input_rate_hz = spec.timing.sample_rate_hz
        self.provenance: Mapping[str, Any] = {"kind": "dry run"}

    def __enter__(self) -> Self:
        self._present_v = np.zeros(self.limits.electrodes)
        return self

    def __exit__(self, *failure: object) -> None:
        self._present_v = None

    def _play(self, samples_v: np.ndarray) -> Readings:
        self._present_v = np.zeros(self.limits.electrodes)
        raise RigError("a dry run puts nothing out")


def make_rig(spec: RigSpec, replay: Path | None = None) -> Rig:
    """The chassis of a rig file, or a recording in its place.

    Args:
        spec: The rig file.
        replay: The recording, or None for the chassis.

    Raises:
        InputError: The recording can't be read.
        MissingToolError: nidaqmx is not installed.
    """
    if replay is None:
        return CdaqRig(spec)
    return ReplayRig(read_entries(replay), limits_of(spec), replay)


@contextmanager
def open_apparatus(
    spec: RigSpec,
    rig: Rig,
    *,
    calibration: Calibration | None = None,
    log: Path | None = None,
    afresh: bool = False,
) -> Iterator[Apparatus]:
    """Open a rig and make it ready to measure; signals are put off while it is open.

    Args:
        spec: The rig file.
        rig: The rig, not yet in use.
        calibration: Of the chain; what the rig file says unless given.
        log: Folder for everything written and read; None for no log.
        afresh: Remove an earlier log there, instead of going on with it.

    Raises:
        InputError: The calibration is of another converter.
        RigError: The rig is not what the file says, or in an unknown state.
        StoppedError: A signal came behind the last run; the outputs are at 0 V.
    """
    calibration = calibration or Calibration.nominal(spec.volts_per_ampere)
    calibration.check_gain(spec.volts_per_ampere)
    with Interrupts() as interrupts:
        with rig, ExitStack() as stack:
            apparatus = Apparatus(
                rig,
                calibration,
                make_pace(rig, calibration, spec.timing.ramp_time_s),
                Guard(spec.current.range_v, spec.current_max_a, spec.safety.start_max_v),
                interrupts,
            )
            if log is not None:
                apparatus.log = stack.enter_context(
                    RunLog(log, apparatus.provenance, afresh=afresh)
                )
            yield apparatus
        # one that came behind the last run would be lost with its note
        interrupts.check()
