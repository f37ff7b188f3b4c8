"""Calibration: delay, clock drift, gain, offset and phase of the chain from outputs to input.

One electrode drives a known resistor into the current's converter (or its output is wired straight
to the input), with many sines at once. What comes back tells all of them at the same time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.alignment import Timing

#: A gain that differs from the rig file's by more than this factor is another resistor or another
#: converter, and no tolerance.
SAME_FACTOR = 2.0
# Beyond these a file is of no rig: waveforms wait for the delay, and clocks are good to 1e-4.
_LONGEST_LATENCY_S, _LARGEST_DRIFT = 1.0, 1e-2
_FORMAT = 1
_EXPECTED = "a file that `hgecircuit rig calibrate` has written"


@dataclass(frozen=True)
class Calibration:
    """The chain from electrode voltages to samples, per volt at a resistor or a loop-back.

    Attributes:
        timing: Delay and clock drift.
        gain_v_per_a: Voltage at the input per current, with its sign, at low frequency.
        offset_v: Voltage at the input when there is no current.
        frequencies_hz: Where the response was measured, rising, shape (F,); empty for none.
        response: Complex response there against ``gain_v_per_a`` with the delay taken off, (F,).
        uncertainty: Standard errors by name: ``latency_s``, ``drift``, ``gain`` (relative),
            ``phase_rad`` (the largest), ``noise_v`` (rms of what no sine explains).
        provenance: How it was made.
    """

    timing: Timing
    gain_v_per_a: float
    offset_v: float = 0.0
    frequencies_hz: np.ndarray = field(default_factory=lambda: np.zeros(0))
    response: np.ndarray = field(default_factory=lambda: np.ones(0, complex))
    uncertainty: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def nominal(cls, gain_v_per_a: float) -> Calibration:
        """What the rig file says: its gain, no delay, no drift, a flat response."""
        return cls(Timing(), gain_v_per_a, provenance={"kind": "nominal, not measured"})

    @property
    def measured(self) -> bool:
        """Whether it was measured."""
        return bool(len(self.frequencies_hz))

    def check_gain(self, nominal_v_per_a: float) -> None:
        """Refuse a calibration of another converter, with which an overload would not be seen.

        Args:
            nominal_v_per_a: The rig file's gain with its sign.

        Raises:
            InputError: The gains differ in sign, or by more than :data:`SAME_FACTOR`.
        """
        if not 1 / SAME_FACTOR < self.gain_v_per_a / nominal_v_per_a < SAME_FACTOR:
            raise InputError(
                "the calibration is of another converter than the rig file's",
                key="gain_V_per_A",
                value=f"{self.gain_v_per_a:.4g} V/A",
                expected=f"about {nominal_v_per_a:.4g} V/A, as current.gain in the rig file says",
            )

    def response_at(self, frequencies_hz: np.ndarray) -> np.ndarray:
        """Complex response at frequencies, shape as given: a cubic spline through those measured.

        Raises:
            InputError: A frequency outside those measured.
        """
        wanted = np.asarray(frequencies_hz, float)
        if not self.measured:
            return np.ones(wanted.shape, complex)
        low, high = self.frequencies_hz[[0, -1]]
        if (wanted < low).any() or (wanted > high).any():
            raise InputError(
                "a carrier outside the calibrated frequencies",
                value=f"{wanted.min():g} Hz to {wanted.max():g} Hz",
                expected=f"{low:g} Hz to {high:g} Hz, or a calibration that reaches further",
            )
        # straight lines would be off by 1e-4 where a filter bends over 100 Hz
        return CubicSpline(self.frequencies_hz, self.response)(wanted)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "format": _FORMAT,
            "kind": "hgecircuit rig calibration",
            "latency_s": self.timing.latency_s,
            "drift": self.timing.drift,
            "gain_V_per_A": self.gain_v_per_a,
            "offset_V": self.offset_v,
            "frequencies_Hz": self.frequencies_hz.tolist(),
            "response_real": np.real(self.response).tolist(),
            "response_imag": np.imag(self.response).tolist(),
            "uncertainty": dict(self.uncertainty),
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_json(cls, data: Any, file: Path) -> Calibration:
        """Read what :meth:`to_json` gave.

        Raises:
            InputError: Something is missing, of another kind, or not finite.
        """
        try:
            if data["kind"] != "hgecircuit rig calibration" or data["format"] != _FORMAT:
                raise KeyError("kind")
            frequencies = np.array(data["frequencies_Hz"], float)
            real, imaginary = (
                np.array(data[key], float) for key in ("response_real", "response_imag")
            )
            numbers = [
                float(data[key]) for key in ("latency_s", "drift", "gain_V_per_A", "offset_V")
            ]
            uncertainty = {str(key): float(value) for key, value in data["uncertainty"].items()}
            provenance = dict(data["provenance"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError("not a calibration", file=file, expected=_EXPECTED) from error
        good = frequencies.ndim == 1 and frequencies.shape == real.shape == imaginary.shape
        if not good:
            raise InputError("lists of different lengths", file=file, expected=_EXPECTED)
        response = real + 1j * imaginary
        usable = np.isfinite([*numbers, *frequencies, *response]).all() and numbers[2]
        if not usable or abs(numbers[0]) > _LONGEST_LATENCY_S or abs(numbers[1]) > _LARGEST_DRIFT:
            raise InputError("numbers that can't be used", file=file, expected=_EXPECTED)
        if (np.diff(frequencies) <= 0).any() or not (abs(response) > 0).all():
            raise InputError("frequencies that don't rise", file=file, expected=_EXPECTED)
        latency_s, drift, gain_v_per_a, offset_v = numbers
        return cls(
            Timing(latency_s, drift),
            gain_v_per_a,
            offset_v,
            frequencies,
            response,
            uncertainty,
            provenance,
        )


def load_calibration(file: Path) -> Calibration:
    """Read a calibration file.

    Raises:
        InputError: It can't be read, or is none.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"can't be read: {error}", file=file, expected=_EXPECTED) from error
    return Calibration.from_json(data, file)
