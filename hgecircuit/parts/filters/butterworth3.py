"""The paper's third-order Butterworth low-pass as an RC section and a Sallen-Key section."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit

# H(s) = 1 / ((1 + s/w) (1 + s/w + s^2/w^2)): a real pole and a pair with Q = 1.
SALLEN_KEY_Q = 1.0
SETTLED_ERROR = 0.02


@dataclass(frozen=True)
class Butterworth3:
    """RC section, buffer, and a Sallen-Key section with unity gain, all with one cut-off.

    Sizing: R = 1/(2 pi f_c C) in the RC section. In the Sallen-Key section with two equal resistors
    and unity gain, Q = sqrt(C1/C2)/2 and w = 1/(R sqrt(C1 C2)); Q = 1 needs C1 = 4 C2
    (Tietze, Schenk, Gamm, Electronic Circuits, 2nd ed., section 13.4.1).

    Attributes:
        cutoff_hz: Cut-off frequency (-3 dB) of the whole filter.
        capacitor_f: C2, the smaller Sallen-Key capacitor, and the RC section's capacitor.
        gain_bandwidth_hz: Gain-bandwidth product of both op-amps; infinite when ideal.
        offset_v: Offset of the output, in V; 0 when ideal.
    """

    cutoff_hz: float
    capacitor_f: float = 100e-9
    gain_bandwidth_hz: float = math.inf
    offset_v: float = 0.0

    @property
    def rc_resistor_ohm(self) -> float:
        """Resistor of the RC section."""
        return 1 / (2 * math.pi * self.cutoff_hz * self.capacitor_f)

    @property
    def sallen_key_capacitor_f(self) -> float:
        """C1, from the section's inner node to its output."""
        return 4 * SALLEN_KEY_Q**2 * self.capacitor_f

    @property
    def sallen_key_resistor_ohm(self) -> float:
        """Both resistors of the Sallen-Key section."""
        product_f = math.sqrt(self.capacitor_f * self.sallen_key_capacitor_f)
        return 1 / (2 * math.pi * self.cutoff_hz * product_f)

    def impulse_response_per_s(self, time_s: np.ndarray) -> np.ndarray:
        """Ideal impulse response h(t) in 1/s, for t >= 0."""
        w = 2 * math.pi * self.cutoff_hz
        return w * _impulse_response(w * np.asarray(time_s))

    def step_response(self, time_s: np.ndarray) -> np.ndarray:
        """Ideal response to a unit step at t = 0."""
        return _step_response(2 * math.pi * self.cutoff_hz * np.asarray(time_s))

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Ideal response H(f), complex, without the op-amps' limits."""
        s = 1j * np.asarray(frequency_hz) / self.cutoff_hz
        return 1 / ((1 + s) * (1 + s + s**2))

    def subcircuit(self, name: str = "lowpass") -> Subcircuit:
        """Ports ``inp``, ``out``."""
        part = Subcircuit(
            name,
            ("inp", "out"),
            "Third-order Butterworth low-pass: RC section and Sallen-Key section.",
        )
        part.resistor("1", "inp", "a", self.rc_resistor_ohm)
        part.capacitor("1", "a", GROUND, self.capacitor_f, initial_v=0.0)
        self._follower(part, "1", "a", "b")
        part.resistor("2", "b", "c", self.sallen_key_resistor_ohm)
        part.resistor("3", "c", "d", self.sallen_key_resistor_ohm)
        part.capacitor("2", "c", "e", self.sallen_key_capacitor_f, initial_v=0.0)
        part.capacitor("3", "d", GROUND, self.capacitor_f, initial_v=0.0)
        self._follower(part, "2", "d", "e")
        part.voltage("offset", "out", "e", self.offset_v)
        return part

    def _follower(self, part: Subcircuit, name: str, plus: str, out: str) -> None:
        """A unity-gain buffer; its closed-loop pole lies at the gain-bandwidth product."""
        if math.isinf(self.gain_bandwidth_hz):
            part.vcvs(f"buffer{name}", out, GROUND, plus, GROUND, 1.0)
            return
        # An integrator of unit gain at the gain-bandwidth product, closed by a wire.
        pole_f, pole_ohm = 1e-9, 1 / (2 * math.pi * self.gain_bandwidth_hz * 1e-9)
        part.vccs(f"amp{name}", GROUND, f"p{name}", plus, out, 1 / pole_ohm)
        part.capacitor(f"amp{name}", f"p{name}", GROUND, pole_f, initial_v=0.0)
        part.vcvs(f"buffer{name}", out, GROUND, f"p{name}", GROUND, 1.0)


def settled_cutoff_hz(time_s: float, settled: str) -> float:
    """Cut-off whose step response has settled to 98 % at ``time_s``, in one of two readings.

    ``first``: it reaches 0.98 for the first time, f_c = 3.663/(2 pi T). ``stay``: it stays within
    2 % from then on, f_c = 6.64/(2 pi T). The paper states "98 % settled" only (Boon 2025,
    Methods).
    """
    from scipy.optimize import root_scalar

    angles = np.linspace(0.1, 20.0, 2000)
    response = _step_response(angles)
    if settled == "first":
        n = int(np.argmax(response >= 1 - SETTLED_ERROR))
        level = 1 - SETTLED_ERROR
    else:
        n = int(np.flatnonzero(np.abs(response - 1) > SETTLED_ERROR)[-1]) + 1
        level = 1 + math.copysign(SETTLED_ERROR, response[n - 1] - 1)
    bracket = (float(angles[n - 1]), float(angles[n]))
    angle = root_scalar(lambda x: float(_step_response(x)) - level, bracket=bracket).root
    return float(angle) / (2 * math.pi * time_s)


def _step_response(angle: np.ndarray | float) -> np.ndarray:
    """Step response at w t = ``angle``: the inverse Laplace transform of H(s)/s."""
    x = np.asarray(angle, dtype=float)
    root = math.sqrt(3)
    return 1 - np.exp(-x) - 2 / root * np.exp(-x / 2) * np.sin(root * x / 2)


def _impulse_response(angle: np.ndarray) -> np.ndarray:
    """Impulse response over w at w t = ``angle``: the derivative of the step response."""
    root = math.sqrt(3)
    swing = np.sin(root * angle / 2) / root - np.cos(root * angle / 2)
    return np.exp(-angle) + np.exp(-angle / 2) * swing
