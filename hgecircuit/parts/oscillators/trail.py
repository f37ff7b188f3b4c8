"""The RC network that makes a reference trail its carrier, or lead it."""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.oscillators.base import Tone
from hgecircuit.parts.oscillators.values import preferred

# Larger angles would cost more than half of the reference's amplitude.
_LARGEST_LAG_RAD = math.pi / 3
# Capacitors that keep the references' resistors between 0.1 and 100 kohm.
_LAG_F, _LEAD_F = 10e-9, 100e-9
_STRAIGHT_OHM = 100.0


class Trail(NamedTuple):
    """The RC network between a carrier and its reference: a low-pass, or a high-pass for a lead.

    Attributes:
        resistor_ohm: R.
        capacitor_f: C; None without a lag.
        leads: Whether C is in series and R to ground.
    """

    resistor_ohm: float
    capacitor_f: float | None
    leads: bool

    def gain(self, frequency_hz: float) -> complex:
        """r/s, complex, into an open end."""
        if self.capacitor_f is None:
            return 1.0
        x = 2j * math.pi * frequency_hz * self.resistor_ohm * self.capacitor_f
        return x / (1 + x) if self.leads else 1 / (1 + x)

    def reference(self, carrier: Tone) -> Tone:
        """The reference that it makes of a carrier."""
        gain = self.gain(carrier.frequency_hz)
        phase_rad = carrier.phase_rad + cmath.phase(gain)
        return Tone(carrier.frequency_hz, carrier.amplitude_v * abs(gain), phase_rad)

    def add_to(self, part: Subcircuit, m: int) -> None:
        """Connect the ports ``s<m>`` and ``r<m>``."""
        carrier, reference = f"s{m}", f"r{m}"
        if self.capacitor_f is None:
            part.resistor(reference, carrier, reference, self.resistor_ohm)
            return
        series, across = (carrier, reference), (reference, GROUND)
        ends = (across, series) if self.leads else (series, across)
        part.resistor(reference, *ends[0], self.resistor_ohm)
        part.capacitor(reference, *ends[1], self.capacitor_f, initial_v=0.0)


def trail_for(lag_rad: float, frequency_hz: float, series: str | None) -> Trail:
    """Size a reference's network: tan(lag) = w R C, or tan(lead) = 1 / (w R C).

    Either costs the factor cos(lag) of the reference's amplitude. One pole in the chain has the
    same R C at every frequency: its own time constant.

    Raises:
        InputError: An angle that would cost more than half of the amplitude.
    """
    if abs(lag_rad) > _LARGEST_LAG_RAD:
        raise InputError(
            "a reference can't trail its carrier that far",
            value=f"{math.degrees(lag_rad):.4g} deg",
            expected="at most 60 deg either way",
        )
    if lag_rad == 0:
        return Trail(_STRAIGHT_OHM, None, False)
    slope, w = math.tan(abs(lag_rad)), 2 * math.pi * frequency_hz
    if lag_rad > 0:
        return Trail(preferred(slope / (w * _LAG_F), series), _LAG_F, False)
    return Trail(preferred(1 / (slope * w * _LEAD_F), series), _LEAD_F, True)
