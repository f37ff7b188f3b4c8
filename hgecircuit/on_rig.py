"""A learner on a rig: its task trained, and its derivatives measured, on the device itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.design.design import StreamDesign
from hgecircuit.errors import InputError
from hgecircuit.losses import CorrelationLoss
from hgecircuit.run.reference import LockIn, Measurement, Task, TrainingResult
from hgecircuit.run.rigs.apparatus import Apparatus
from hgecircuit.run.rigs.estimator import RigDevice, RigGradient
from hgecircuit.run.rigs.training import device_for, train_task
from hgecircuit.run.rigs.waveforms import Waveform

if TYPE_CHECKING:
    from hgecircuit.learner import Learner
    from hgecircuit.run.base import ProgressCallback


@dataclass(frozen=True)
class RigLearner:
    """A learner's task with a rig in the place of its device model.

    Attributes:
        learner: From a circuit file.
        apparatus: The rig, ready to measure.
        sequential: Perturb one electrode after the other.
    """

    learner: Learner
    apparatus: Apparatus
    sequential: bool = False

    def __post_init__(self) -> None:
        wired, needed = self.apparatus.rig.limits.electrodes, self.learner.device.electrodes
        if wired != needed:
            raise InputError(
                "the rig has another number of electrodes than the circuit's device",
                key="electrodes.channels",
                value=wired,
                expected=f"{needed} channels",
            )

    @property
    def lock_in(self) -> LockIn:
        """The digital reference's lock-in at the rig's own sample rate."""
        lock_in = self.learner.reference_estimator().lock_in
        return replace(lock_in, sample_rate_hz=self.apparatus.pace.sample_rate_hz)

    @property
    def estimator(self) -> RigGradient:
        """The lock-in on the rig."""
        return RigGradient(self.apparatus, self.lock_in, self.sequential)

    @property
    def task(self) -> Task:
        """The circuit's task."""
        return self.learner.reference_task()

    @property
    def device(self) -> RigDevice:
        """What is on the rig."""
        return device_for(self.apparatus, self.task, self.lock_in)

    @property
    def ranges_v(self) -> np.ndarray:
        """Range of every control, shape (C, 2), in V: the circuit's within the rig's.

        Raises:
            InputError: Nothing is left of an electrode's range.
        """
        device, controls = self.device, list(self.task.controls)
        low, high = self.learner.control_ranges_v().T
        low = np.maximum(low, device.voltage_min_v[controls])
        high = np.minimum(high, device.voltage_max_v[controls])
        for electrode, left, right in zip(controls, low, high, strict=True):
            if not left < right:
                raise InputError(
                    "the circuit's range and the rig's limits have nothing in common",
                    key=f"electrode {electrode}",
                    value=(float(left), float(right)),
                    expected="limits that leave room for the control voltage and its perturbation",
                )
        return np.column_stack([low, high])

    def first_waveforms(self, starts_v: np.ndarray) -> Sequence[Waveform]:
        """What the first iteration would put out; nothing is sent.

        Args:
            starts_v: Control voltages to start from, shape (S, C), in V.
        """
        self.task.check(self.device)
        points_v = self.task.voltages_v(starts_v, self.learner.device.electrodes)
        return list(self.estimator.waveforms(points_v, self.task.controls))

    def train(
        self,
        starts_v: np.ndarray,
        *,
        checkpoint: Path | None = None,
        progress: ProgressCallback | None = None,
    ) -> TrainingResult:
        """Train from every start as the digital reference does, with measured outputs.

        Args:
            starts_v: Control voltages to start from, shape (S, C), in V.
            checkpoint: File that keeps the training after every iteration, and lets it go on.
            progress: Called after every iteration.
        """
        return train_task(
            self.apparatus,
            self.task,
            self.lock_in,
            starts_v,
            descent=self.learner.reference_descent(),
            loss=CorrelationLoss(self.learner.spec.limits.loss_scale_a),
            ranges_v=self.ranges_v,
            sequential=self.sequential,
            checkpoint=checkpoint,
            progress=progress,
        )

    def test_outputs_a(self, controls_v: np.ndarray) -> np.ndarray | None:
        """Outputs at the test points, perturbation off, shape (K,), in A; None without any.

        Args:
            controls_v: Control voltages, shape (C,), in V.
        """
        design = self.learner.design
        if not isinstance(design, StreamDesign):
            return None
        return self.device.current_a(design.test.electrode_voltages_v(controls_v))

    def measure(self, points_v: np.ndarray) -> Measurement:
        """Outputs and derivatives by the controls at operating points, shape (P, E), in V."""
        return self.estimator.measure(self.device, points_v, self.task.controls)


def describe_waveforms(
    waveforms: Sequence[Waveform], rig: RigLearner, channels: Sequence[str]
) -> dict[str, Any]:
    """What would be put out on every electrode, as plain data.

    Args:
        waveforms: From :meth:`RigLearner.first_waveforms`.
        rig: The rig that would be used.
        channels: Output channel of every electrode.
    """
    voltages_v = np.concatenate([waveform.voltages_v for waveform in waveforms])
    rate_hz = waveforms[0].sample_rate_hz
    # every waveform begins and ends at 0 V, so that there is no step between two of them
    slew = abs(np.diff(voltages_v, axis=0)).max(axis=0) * rate_hz
    limits, task, lock_in = rig.apparatus.rig.limits, rig.task, rig.lock_in
    carriers = dict(zip(task.controls, range(lock_in.channels), strict=True))
    electrodes = []
    for electrode, channel in enumerate(channels):
        m = carriers.get(electrode)
        electrodes.append(
            {
                "electrode": electrode,
                "channel": channel,
                "role": "input" if electrode in task.inputs else "held" if m is None else "control",
                "carrier_Hz": None if m is None else lock_in.frequencies_hz[m],
                "amplitude_V": None if m is None else lock_in.amplitudes_v[m],
                "lowest_V": float(voltages_v[:, electrode].min()),
                "highest_V": float(voltages_v[:, electrode].max()),
                "min_V": float(limits.minimum_v[electrode]),
                "max_V": float(limits.maximum_v[electrode]),
                "slew_V_per_s": float(slew[electrode]),
                "slew_limit_V_per_s": float(limits.slew_v_per_s[electrode]),
            }
        )
    return {
        "runs": len(waveforms),
        "samples": len(voltages_v),
        "sample_rate_Hz": rate_hz,
        "duration_s": len(voltages_v) / rate_hz,
        "windows": sum(len(waveform.starts) for waveform in waveforms),
        "electrodes": electrodes,
    }
