"""What may be put on the electrodes: limits, slew, and the check that every waveform must pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hgecircuit.errors import HgeError, InputError


class RigError(HgeError):
    """The rig failed, is in a state that nobody knows, or answers what can't be believed.

    Args:
        problem: What was found, in one sentence.
        advice: What to do now.
        outputs: What is known about the outputs; empty when they were not touched.
    """

    exit_code = 3

    def __init__(self, problem: str, *, advice: str = "", outputs: str = "") -> None:
        self.problem, self.advice, self.outputs = problem, advice, outputs
        super().__init__(problem)

    def __str__(self) -> str:
        return "; ".join(part for part in (self.problem, self.outputs, self.advice) if part)

    def add_outputs(self, outputs: str, advice: str = "") -> None:
        """Tell what became of the outputs, and what to do about it, once that is known."""
        self.outputs = outputs
        self.advice = "; ".join(part for part in (self.advice, advice) if part)


@dataclass(frozen=True)
class Limits:
    """Limits of E electrodes, from the rig file. Equal to a limit is inside, anything else is not.

    Attributes:
        minimum_v: Lowest voltage of every electrode in V, shape (E,).
        maximum_v: Highest voltage of every electrode in V, shape (E,).
        slew_v_per_s: Largest change per second of every electrode in V/s, shape (E,).
    """

    minimum_v: np.ndarray
    maximum_v: np.ndarray
    slew_v_per_s: np.ndarray

    def __post_init__(self) -> None:
        for name in ("minimum_v", "maximum_v", "slew_v_per_s"):
            value = np.array(getattr(self, name), float)
            value.flags.writeable = False
            object.__setattr__(self, name, value)
        low, high, slew = self.minimum_v, self.maximum_v, self.slew_v_per_s
        fitting = low.ndim == 1 and len(low) > 0 and low.shape == high.shape == slew.shape
        if not (fitting and np.isfinite([low, high, slew]).all()):
            raise InputError(
                "limits that don't fit together",
                value=(low.tolist(), high.tolist(), slew.tolist()),
                expected="finite numbers, three for each electrode",
            )
        if not ((low <= 0).all() and (high >= 0).all() and (low < high).all()):
            raise InputError(
                "no limits of electrodes",
                value=(low.tolist(), high.tolist()),
                expected="a lowest and a highest voltage each, with 0 V between or at one of them",
            )
        if not (slew > 0).all():
            raise InputError("no slew limit", value=slew.tolist(), expected="rates above 0 V/s")

    @property
    def electrodes(self) -> int:
        """Number of electrodes E."""
        return len(self.minimum_v)


def check_samples(
    voltages_v: Any, limits: Limits, sample_rate_hz: float, present_v: np.ndarray
) -> np.ndarray:
    """The complete waveform of a hardware-timed run, checked and frozen, or an error.

    Nothing is clipped, rounded or repaired. The waveform must start within one sample's slew of the
    voltages that are on the electrodes now, stay inside every limit, keep the slew limit between
    all samples, and end with 0 V on every electrode.

    Args:
        voltages_v: Samples in V, shape (N, E).
        limits: Of the electrodes.
        sample_rate_hz: Rate at which they are put out.
        present_v: Voltages on the electrodes before the first sample, shape (E,), in V.

    Returns:
        A copy of its own that can't be written to.

    Raises:
        InputError: Names electrode, sample, time, value and limit.
    """
    samples_v = np.array(voltages_v, np.float64, order="C")
    if samples_v.ndim != 2 or samples_v.shape[1] != limits.electrodes or not len(samples_v):
        raise InputError(
            "not a waveform of the rig's electrodes",
            value=samples_v.shape,
            expected=f"samples of shape (N, {limits.electrodes})",
        )
    present_v = np.asarray(present_v, float)
    if present_v.shape != (limits.electrodes,) or not np.isfinite(present_v).all():
        raise InputError(
            "the present voltages are not known",
            value=present_v.tolist(),
            expected="one finite voltage per electrode",
        )
    _refuse(~np.isfinite(samples_v), samples_v, sample_rate_hz, "not a finite voltage")
    outside = (samples_v < limits.minimum_v) | (samples_v > limits.maximum_v)
    _refuse(outside, samples_v, sample_rate_hz, "a voltage outside the electrode's limits", limits)
    before_v = np.vstack([present_v, samples_v[:-1]])
    fast = abs(samples_v - before_v) * sample_rate_hz > limits.slew_v_per_s
    _refuse(fast, samples_v, sample_rate_hz, "faster than the slew limit", limits, before_v)
    if samples_v[-1].any():
        electrode = int(np.flatnonzero(samples_v[-1])[0])
        raise InputError(
            "the waveform doesn't end at zero",
            key=f"electrode {electrode}",
            value=float(samples_v[-1, electrode]),
            expected="a ramp to 0 V within the same buffer",
        )
    samples_v.flags.writeable = False
    return samples_v


def _refuse(
    bad: np.ndarray,
    samples_v: np.ndarray,
    sample_rate_hz: float,
    problem: str,
    limits: Limits | None = None,
    before_v: np.ndarray | None = None,
) -> None:
    """Raise for the first sample that is bad; nothing happens when there is none."""
    if not bad.any():
        return
    sample, electrode = (int(number) for number in np.argwhere(bad)[0])
    expected = "a finite voltage in V"
    value = f"{samples_v[sample, electrode]:.9g} V"
    if before_v is not None and limits is not None:
        value = f"{before_v[sample, electrode]:.9g} V, then {value}"
        step_v = limits.slew_v_per_s[electrode] / sample_rate_hz
        expected = f"at most {step_v:.9g} V between two samples"
    elif limits is not None:
        low, high = limits.minimum_v[electrode], limits.maximum_v[electrode]
        expected = f"{low:.9g} V to {high:.9g} V"
    raise InputError(
        problem,
        key=f"electrode {electrode}, sample {sample} ({sample / sample_rate_hz:.6g} s)",
        value=value,
        expected=expected,
    )
