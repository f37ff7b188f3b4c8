"""Calibrating a rig: sines through a known resistor, or straight from an output to the input."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.apparatus import Apparatus
from hgecircuit.run.rigs.calibration import SAME_FACTOR, Calibration
from hgecircuit.run.rigs.calibration_fit import ChainFit, Tones, fit_chain
from hgecircuit.run.rigs.recording import Entry
from hgecircuit.run.rigs.safety import RigError
from hgecircuit.run.rigs.waveforms import build_waveform


@dataclass(frozen=True)
class CalibrationPlan:
    """What is sent, and through what.

    Attributes:
        electrode: The electrode whose output drives the resistor or the input.
        resistor_ohm: The resistor between that output and the current's input; None for a
            loop-back from the output to the voltage input, past the converter.
        largest_v: Peak of the sum of all sines.
        lowest_hz: Lowest sine.
        highest_hz: Highest sine, below half the sample rate.
        tones: Number of sines.
        time_s: Length of the window.
        longest_latency_s: Largest delay that is looked for.
    """

    electrode: int = 0
    resistor_ohm: float | None = None
    largest_v: float = 0.2
    lowest_hz: float = 20.0
    highest_hz: float = 2000.0
    tones: int = 24
    time_s: float = 1.0
    longest_latency_s: float = 0.05

    def __post_init__(self) -> None:
        for key, good in (
            ("resistor_ohm", self.resistor_ohm is None or self.resistor_ohm > 0),
            ("largest_v", self.largest_v > 0),
            ("lowest_hz", 0 < self.lowest_hz < self.highest_hz),
            ("tones", self.tones >= 4),
            ("time_s", self.time_s * self.lowest_hz >= 1),
            ("longest_latency_s", 0 < self.longest_latency_s < self.time_s),
        ):
            if not good:
                raise InputError("can't calibrate like that", key=key, value=getattr(self, key))

    @classmethod
    def around(cls, carriers_hz: Sequence[float], resistor_ohm: float) -> CalibrationPlan:
        """A plan through a resistor on electrode 0 whose sines enclose the carriers."""
        plan = cls(resistor_ohm=resistor_ohm)
        return replace(
            plan,
            lowest_hz=min(plan.lowest_hz, 0.5 * min(carriers_hz)),
            highest_hz=max(plan.highest_hz, 1.1 * max(carriers_hz)),
        )


class Calibrated(NamedTuple):
    """A calibration and the fit behind it."""

    calibration: Calibration
    fit: ChainFit


def calibrate(apparatus: Apparatus, plan: CalibrationPlan, nominal_v_per_a: float) -> Calibrated:
    """Send sines on one electrode, all others at 0 V, and fit what comes back.

    Args:
        apparatus: The rig.
        plan: What is sent.
        nominal_v_per_a: The converter's gain with its sign, from the rig file.

    Raises:
        InputError: An electrode that isn't there, or a plan that its limits don't allow.
        RigError: Nothing came back, or not what the rig file says.
    """
    rig, pace = apparatus.rig, apparatus.pace
    if not 0 <= plan.electrode < rig.limits.electrodes:
        raise InputError(
            "no such electrode",
            key="electrode",
            value=plan.electrode,
            expected=f"0 to {rig.limits.electrodes - 1}",
        )
    if plan.highest_hz >= min(rig.output_rate_hz, rig.input_rate_hz) / 2:
        raise InputError(
            "a sine too fast for the sample rate",
            key="highest_hz",
            value=plan.highest_hz,
            expected=f"below {min(rig.output_rate_hz, rig.input_rate_hz) / 2:g} Hz",
        )
    tones = Tones.spread(plan.lowest_hz, plan.highest_hz, plan.tones, plan.time_s, plan.largest_v)
    # the sines go on behind the window until its end has come through
    pace = replace(pace, settle_s=plan.longest_latency_s + pace.settle_s, tail_s=0.0)
    points_v = np.zeros((1, rig.limits.electrodes))
    drive = _ToneDrive(tones, plan.electrode, rig.limits.electrodes)
    samples = round(plan.time_s * pace.sample_rate_hz)
    waveform = build_waveform(points_v, [drive], samples, pace, rig.limits, points_v[0])
    apparatus.interrupts.check()
    readings = rig.play(apparatus.fitting(waveform))
    if apparatus.log is not None:
        apparatus.log.add(Entry("calibration", waveform, readings))
    apparatus.interrupts.check()
    volts = readings.volts[:, 0]
    apparatus.guard.check(volts, volts / nominal_v_per_a, readings.input_rate_hz)
    fit = fit_chain(
        volts,
        readings.input_rate_hz,
        waveform.starts[0] / waveform.sample_rate_hz,
        plan.time_s,
        tones,
        plan.longest_latency_s,
    )
    return Calibrated(_calibration(fit, plan, tones, nominal_v_per_a), fit)


def _calibration(
    fit: ChainFit, plan: CalibrationPlan, tones: Tones, nominal_v_per_a: float
) -> Calibration:
    resistor_ohm = plan.resistor_ohm
    # past the converter its gain can't be seen; that of the input is taken off
    expected = 1.0 if resistor_ohm is None else nominal_v_per_a / resistor_ohm
    if np.sign(fit.gain) != np.sign(expected):
        raise RigError(
            f"the gain is {fit.gain:.4g} V/V, of the other sign than the rig file says",
            advice="current.inverted in the rig file, or swapped wires",
            outputs="the outputs are at 0 V",
        )
    share = fit.gain / expected
    if not 1 / SAME_FACTOR < share < SAME_FACTOR:
        raise RigError(
            f"the gain is {share:.3g} times what the rig file and the resistor say",
            advice="current.gain in the rig file, --resistor, or a wrong channel",
            outputs="the outputs are at 0 V",
        )
    errors = {
        "latency_s": fit.latency_error_s,
        "drift": fit.drift_error,
        "gain": fit.gain_error,
        "phase_rad": fit.phase_error_rad,
        "noise_V": fit.noise_v,
    }
    made = {
        "kind": "loop-back" if resistor_ohm is None else "resistor",
        "resistor_ohm": resistor_ohm,
        "electrode": plan.electrode,
        "amplitude_V": tones.amplitude_v,
        "time_s": plan.time_s,
        "bandwidth_Hz": fit.bandwidth_hz if np.isfinite(fit.bandwidth_hz) else None,
        "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
    return Calibration(
        fit.timing,
        nominal_v_per_a * share,
        fit.offset_v,
        tones.frequencies_hz,
        fit.response,
        errors,
        made,
    )


@dataclass(frozen=True)
class _ToneDrive:
    """Sines on one electrode, for a waveform."""

    tones: Tones
    electrode: int
    electrodes: int

    @property
    def amplitudes_v(self) -> np.ndarray:
        """Peak of their sum, shape (E,), in V."""
        return self._only(self.tones.peak_v)

    @property
    def slew_v_per_s(self) -> np.ndarray:
        """Fastest change of their sum, shape (E,), in V/s."""
        return self._only(self.tones.slew_v_per_s)

    def at(self, times_s: np.ndarray) -> np.ndarray:
        """The sum of the sines in V, shape (n, E), at times from the window's start."""
        values = np.zeros((len(times_s), self.electrodes))
        values[:, self.electrode] = self.tones.at(times_s)
        return values

    def _only(self, value: float) -> np.ndarray:
        values = np.zeros(self.electrodes)
        values[self.electrode] = value
        return values
