"""Amplifier whose gain falls with its amplitude: diodes across a part of its feedback.

The op-amp holds its minus input at p, so that the current p / R_g flows through R_1 and through R_2
with two antiparallel diodes across it. For a sine of amplitude A at p that current is a sine of
amplitude I = A / R_g, and the voltage v of R_2 and the diodes,

    i = v / R_2 + 2 I_s sinh(v / (n V_T)),

has the harmonics V_h(I). The gain for the fundamental is K(A) = 1 + R_1/R_g + V_1/A: the describing
function (Gelb, Vander Velde, Multiple-Input Describing Functions (1968), ch. 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.diodes.junction import THERMAL_V, Diode
from hgecircuit.parts.filters.eseries import nearest, series_values

_ANGLES = (np.arange(256) + 0.5) * 2 * np.pi / 256
_HARMONICS = 15
# No silicon diode reaches it at an oscillator's currents.
_LARGEST_V = 1.0
_NOMINAL_K = 300.15
_GAP_V = 1.11
# How far the resistor to ground may lie from the one asked for when values are preferred numbers.
_REACH = 1.5


@dataclass(frozen=True)
class DiodeGain:
    """The resistors.

    Attributes:
        ground_ohm: R_g, from the minus input to ground.
        plain_ohm: R_1.
        limited_ohm: R_2, with the diodes across it.
        diode: The diodes.
    """

    ground_ohm: float
    plain_ohm: float
    limited_ohm: float
    diode: Diode

    @property
    def small_signal(self) -> float:
        """Gain before the diodes conduct."""
        return 1 + (self.plain_ohm + self.limited_ohm) / self.ground_ohm

    def harmonics_v(self, amplitude_v: float) -> np.ndarray:
        """Harmonics 1, 2, ... of R_2's voltage at an amplitude of p, signed, shape (n,)."""
        current_a = amplitude_v / self.ground_ohm
        return _harmonics_v(current_a, self.limited_ohm, self.diode)

    def gain(self, amplitude_v: float) -> float:
        """K(A)."""
        plain = 1 + self.plain_ohm / self.ground_ohm
        return plain + float(self.harmonics_v(amplitude_v)[0]) / amplitude_v

    def amplitude_v(self, gain: float) -> float:
        """The amplitude at p at which the gain has fallen to ``gain``."""
        from scipy.optimize import brentq

        low_v, high_v = 1e-3 * THERMAL_V, 1.0
        while self.gain(high_v) > gain:
            high_v *= 2
        return float(brentq(lambda a: self.gain(a) - gain, low_v, high_v, xtol=1e-9))  # pyright: ignore[reportArgumentType]

    def warmer(self, kelvin: float) -> DiodeGain:
        """The same with its diodes that much warmer: I_s and V_T as SPICE's diode model has them.

        I_s ~ T^(3/n) exp(-E_g / (n V_T)) with E_g = 1.11 V for silicon.
        """
        share = 1 + kelvin / _NOMINAL_K
        emission = self.diode.emission * share  # V_T is the nominal one everywhere else
        exponent = _GAP_V / (emission * THERMAL_V) * (share - 1)
        saturation_a = self.diode.saturation_a * math.exp(exponent)
        saturation_a *= share ** (3 / self.diode.emission)
        diode = replace(self.diode, saturation_a=saturation_a, emission=emission)
        return replace(self, diode=diode)

    def add_to(self, part: Subcircuit, out: str, minus: str) -> None:
        """Add the feedback between an op-amp's output and its minus input."""
        part.resistor("ground", minus, "0", self.ground_ohm)
        part.resistor("limited", minus, "limited", self.limited_ohm)
        part.resistor("plain", "limited", out, self.plain_ohm)
        self.diode.add_model(part)
        part.diode("up", "limited", minus, self.diode.name)
        part.diode("down", minus, "limited", self.diode.name)


def size_gain(
    amplitude_v: float, margin: float, ground_ohm: float, diode: Diode, series: str | None
) -> DiodeGain:
    """Resistors for a gain of 3 at an amplitude, and of 3 (1 + margin) before the diodes conduct.

    From R_1 + R_2 = (2 + 3 margin) R_g and R_1 = 2 R_g - V_1/I follows V_1 = I (R_2 - 3 margin R_g)
    for R_2. With an E series R_g is the value near ``ground_ohm`` for which R_1, on which the
    amplitude depends most, is closest to a preferred one.
    """
    if series is None:
        return _exact(amplitude_v, margin, ground_ohm, diode)
    best, least = None, math.inf
    for candidate_ohm in series_values(series, ground_ohm / _REACH, ground_ohm * _REACH):
        wanted = _exact(amplitude_v, margin, float(candidate_ohm), diode)
        limited_ohm = _preferred(wanted.limited_ohm, series)
        current_a = amplitude_v / wanted.ground_ohm
        first_v = float(_harmonics_v(current_a, limited_ohm, diode)[0])
        exact_ohm = 2 * wanted.ground_ohm - first_v / current_a
        plain_ohm = _preferred(exact_ohm, series)
        if abs(plain_ohm / exact_ohm - 1) < least:
            least = abs(plain_ohm / exact_ohm - 1)
            best = DiodeGain(wanted.ground_ohm, plain_ohm, limited_ohm, diode)
    assert best is not None
    return best


def _preferred(value: float, series: str) -> float:
    return float(nearest(series_values(series, value / 2, value * 2), value))


def _exact(amplitude_v: float, margin: float, ground_ohm: float, diode: Diode) -> DiodeGain:
    from scipy.optimize import brentq

    current_a = amplitude_v / ground_ohm
    excess_ohm = 3 * margin * ground_ohm

    def surplus_v(limited_ohm: float) -> float:
        first_v = float(_harmonics_v(current_a, limited_ohm, diode)[0])
        return first_v - current_a * (limited_ohm - excess_ohm)

    limit_ohm = excess_ohm + _LARGEST_V / current_a
    limited_ohm = float(brentq(surplus_v, excess_ohm, limit_ohm))  # pyright: ignore[reportArgumentType]
    plain_ohm = 2 * ground_ohm + excess_ohm - limited_ohm
    return DiodeGain(ground_ohm, plain_ohm, limited_ohm, diode)


def _harmonics_v(current_a: float, limited_ohm: float, diode: Diode) -> np.ndarray:
    grid_v, grid_a = _characteristic(limited_ohm, diode)
    driven_a = current_a * np.sin(_ANGLES)
    voltage_v = np.sign(driven_a) * np.interp(np.abs(driven_a), grid_a, grid_v)
    order = np.arange(1, _HARMONICS + 1)
    return 2 / len(_ANGLES) * np.sin(np.outer(order, _ANGLES)) @ voltage_v


@lru_cache(maxsize=64)
def _characteristic(limited_ohm: float, diode: Diode) -> tuple[np.ndarray, np.ndarray]:
    voltage_v = np.linspace(0, _LARGEST_V, 20_001)
    diodes_a = 2 * diode.saturation_a * np.sinh(voltage_v / (diode.emission * THERMAL_V))
    return voltage_v, voltage_v / limited_ohm + diodes_a
