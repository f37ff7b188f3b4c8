"""Op-amp macromodel: two poles, slew rate, rails, output resistance, offset and bias currents.

Two inner nodes and one nonlinear source, because a learner holds dozens of op-amps:

    C dv_gain/dt = SR C tanh(2 pi GBW (v_plus - v_minus + V_os) / SR) - v_gain / R - clamp(v_gain)
    v_out        = v_gain behind R_out, with C_out from the output to ground

The first pole is at GBW / A_0 (R = A_0 / (2 pi GBW C)), the second at 1 / (2 pi R_out C_out), so a
capacitive load costs phase margin as it does on the bench. The clamp acts on the node that
integrates, hence nothing winds up while the output is at a rail.

Not modelled: common-mode and supply rejection, input range, input capacitance (add it outside where
it counts), current limit of the output, and noise (``noise`` figures are for budgets).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Chip, Subcircuit, format_number
from hgecircuit.parts.bought import bought
from hgecircuit.parts.filters.opamp import OpAmp

# Any value does, the node behind it only sees products with it; 1 nF gives currents near 1 mA.
_GAIN_F = 1e-9
# Full input overdrive holds the output at the rail, this far inside the clamp's own start. Smaller
# recovers faster and is stiffer: the clamp's time constant is this over the slew rate.
_CLAMP_V = 0.1


@dataclass(frozen=True)
class OpAmpMacromodel:
    """One op-amp with its own offset and bias currents.

    Attributes:
        gain_bandwidth_hz: Gain-bandwidth product in Hz.
        dc_gain: Open-loop gain at 0 Hz in V/V, without load.
        second_pole_hz: Second pole of the open-loop gain in Hz; see ``second_pole_for``.
        slew_v_per_s: Largest rate of the output in V/s.
        rail_low_v: Lowest output voltage, without load.
        rail_high_v: Highest output voltage, without load.
        output_ohm: Open-loop output resistance.
        offset_v: Input offset: what the plus input seems to have more, in V.
        bias_plus_a: Current into the plus input in A.
        bias_minus_a: Current into the minus input in A.
        noise_v_per_rthz: White input voltage noise in V/sqrt(Hz), for budgets.
        noise_a_per_rthz: White input current noise in A/sqrt(Hz), for budgets.
        corner_hz: Frequency below which 1/f noise exceeds the white voltage noise, for budgets.
        quiescent_a: Supply current in A, for the power estimate; None when unknown.
        supply_v: Total supply voltage in V, for the power estimate.
        part: Part number; empty when the figures are nobody's.
        source: Data sheet of the figures.
    """

    gain_bandwidth_hz: float
    dc_gain: float
    second_pole_hz: float
    slew_v_per_s: float
    rail_low_v: float
    rail_high_v: float
    output_ohm: float
    offset_v: float = 0.0
    bias_plus_a: float = 0.0
    bias_minus_a: float = 0.0
    noise_v_per_rthz: float = 0.0
    noise_a_per_rthz: float = 0.0
    corner_hz: float = 0.0
    quiescent_a: float | None = None
    supply_v: float = 0.0
    part: str = ""
    source: str = ""

    @property
    def power_w(self) -> float | None:
        """Supply power without load in W; None when the supply current is unknown."""
        return None if self.quiescent_a is None else self.quiescent_a * self.supply_v

    @property
    def chip(self) -> Chip | None:
        """The bought part for the bill of materials; None without a part number."""
        return bought(self.part, "op-amp", self.quiescent_a, self.supply_v, self.source)

    @property
    def linear(self) -> OpAmp:
        """The model of the exact network analysis: one pole, and the noise figures."""
        return OpAmp(
            self.gain_bandwidth_hz,
            self.dc_gain,
            self.noise_v_per_rthz,
            self.noise_a_per_rthz,
            self.corner_hz,
        )

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Open-loop gain, complex, at ``frequency_hz`` (any shape), without load."""
        frequency_hz = np.asarray(frequency_hz)
        first = 1 + 1j * frequency_hz * self.dc_gain / self.gain_bandwidth_hz
        return self.dc_gain / (first * (1 + 1j * frequency_hz / self.second_pole_hz))

    def output_v(self, difference_v: np.ndarray) -> np.ndarray:
        """Settled output in V for an input difference in V (any shape), without load or feedback.

        The input tanh stays linear here: within the rails the difference is microvolts.
        """
        gained = self.dc_gain * (np.asarray(difference_v) + self.offset_v)
        return np.clip(gained, self.rail_low_v, self.rail_high_v)

    def subcircuit(self, name: str = "opamp") -> Subcircuit:
        """Ports ``plus``, ``minus``, ``out``. Instances with other figures need another name."""
        part = Subcircuit(name, ("plus", "minus", "out"), self._purpose(), self.chip)
        siemens = 2 * math.pi * self.gain_bandwidth_hz * _GAIN_F
        limit_a = self.slew_v_per_s * _GAIN_F
        # The difference as a share of the input that slews, on a node of its own: a B source costs
        # a derivative expression per voltage that it names (1.8 against 3.1 us per time point).
        part.vccs("drive", GROUND, "drive", "plus", "minus", siemens / limit_a)
        if self.offset_v:
            part.current("offset", GROUND, "drive", self.offset_v * siemens / limit_a)
        part.resistor("drive", "drive", GROUND, 1.0)
        part.behavioural_current("gain", GROUND, "gain", self._current(limit_a))
        part.resistor("gain", "gain", GROUND, self.dc_gain / siemens)
        # No ic=: they start at 0 V with uic, or where an .ic line puts their nodes.
        part.capacitor("gain", "gain", GROUND, _GAIN_F)
        # Norton form: neither the output stage nor the second pole needs a node of its own.
        part.vccs("out", GROUND, "out", "gain", GROUND, 1 / self.output_ohm)
        part.resistor("out", "out", GROUND, self.output_ohm)
        pole_f = 1 / (2 * math.pi * self.second_pole_hz * self.output_ohm)
        part.capacitor("out", "out", GROUND, pole_f)
        for port, bias_a in (("plus", self.bias_plus_a), ("minus", self.bias_minus_a)):
            if bias_a:
                part.current(port, port, GROUND, bias_a)
        return part

    def _current(self, limit_a: float) -> str:
        high = format_number(self.rail_high_v - _CLAMP_V)
        low = format_number(self.rail_low_v + _CLAMP_V)
        clamp = format_number(limit_a / _CLAMP_V)
        return (
            f"{format_number(limit_a)}*tanh(v(drive))"
            f"-{clamp}*(max(v(gain)-({high}),0)+min(v(gain)-({low}),0))"
        )

    def _purpose(self) -> str:
        return (
            f"Op-amp: gain {self.dc_gain:.3g} V/V, gain-bandwidth product"
            f" {self.gain_bandwidth_hz:.3g} Hz, second pole {self.second_pole_hz:.3g} Hz, slew rate"
            f" {self.slew_v_per_s:.3g} V/s, output {self.rail_low_v:g} V to {self.rail_high_v:g} V."
        )


def second_pole_for(gain_bandwidth_hz: float, phase_margin_deg: float) -> float:
    """Second pole in Hz that leaves ``phase_margin_deg`` (0 to 90, both excluded) at unity gain.

    Far above the first pole A = GBW / (j f (1 + j f/f_2)). At the crossover f_x the margin is
    90 deg - atan(f_x/f_2) and |A| = 1, so f_x = GBW sin(margin) and f_2 = f_x tan(margin).
    """
    margin = math.radians(phase_margin_deg)
    return gain_bandwidth_hz * math.sin(margin) * math.tan(margin)
