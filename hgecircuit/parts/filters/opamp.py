"""Op-amp models: single pole, offset, bias and noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from hgecircuit.netlist import GROUND, Subcircuit

# Share of a noise band's peak-to-peak value that is its rms value: +-3.3 sigma hold 99.9 %.
_PEAKS_PER_RMS = 6.6
_LOW_BAND_HZ = (0.1, 10.0)
# Any value does: the pole's resistor and capacitor only meet in their product.
_POLE_OHM = 1e6
_IDEAL_GAIN = 1e9


@dataclass(frozen=True)
class OpAmp:
    """What the exact network knows of an op-amp: v_out = A(s) (v_plus - v_minus + e).

    A(s) = A_0 / (1 + s A_0 / (2 pi GBW)), behind it the output resistance. Input capacitance and
    slewing are not modelled.

    Attributes:
        gain_bandwidth_hz: Gain-bandwidth product GBW in Hz; infinite when ideal.
        dc_gain: Open-loop gain A_0 at 0 Hz in V/V; infinite when ideal.
        noise_v_per_rthz: White part of the input voltage noise in V/sqrt(Hz).
        noise_a_per_rthz: Input current noise of each input in A/sqrt(Hz), white.
        corner_hz: Frequency below which 1/f noise exceeds the white voltage noise, in Hz.
        output_ohm: Output resistance in open loop.
    """

    gain_bandwidth_hz: float = math.inf
    dc_gain: float = math.inf
    noise_v_per_rthz: float = 0.0
    noise_a_per_rthz: float = 0.0
    corner_hz: float = 0.0
    output_ohm: float = 0.0

    def subcircuit(self, name: str = "opamp") -> Subcircuit:
        """Ports ``plus``, ``minus``, ``out``; without offset, bias and noise."""
        part = Subcircuit(name, ("plus", "minus", "out"), self._purpose())
        gain = min(self.dc_gain, _IDEAL_GAIN)
        output = "drive" if self.output_ohm else "out"
        if math.isinf(self.gain_bandwidth_hz):
            part.vcvs("gain", output, GROUND, "plus", "minus", gain)
        else:
            pole_rad_s = 2 * math.pi * self.gain_bandwidth_hz / gain
            part.vccs("gain", GROUND, "pole", "plus", "minus", gain / _POLE_OHM)
            part.resistor("pole", "pole", GROUND, _POLE_OHM)
            part.capacitor("pole", "pole", GROUND, 1 / (pole_rad_s * _POLE_OHM), initial_v=0.0)
            part.vcvs("out", output, GROUND, "pole", GROUND, 1.0)
        if self.output_ohm:
            part.resistor("out", output, "out", self.output_ohm)
        return part

    def _purpose(self) -> str:
        if math.isinf(self.gain_bandwidth_hz):
            return "Ideal op-amp."
        output = f", output resistance {self.output_ohm:.3g} ohm" if self.output_ohm else ""
        return (
            f"Op-amp with one pole: gain {min(self.dc_gain, _IDEAL_GAIN):.3g} V/V, gain-bandwidth"
            f" product {self.gain_bandwidth_hz:.3g} Hz{output}."
        )


IDEAL = OpAmp()


@dataclass(frozen=True)
class OpAmpPart:
    """Figures of an op-amp from its data sheet, at 25 C.

    A figure that is None is unknown: the data sheet has none, or no source confirms it.

    Attributes:
        name: Part and grade.
        kind: Technology, in words.
        gain_bandwidth_hz: Typical, in Hz.
        slew_v_per_s: Typical, in V/s.
        offset_v: Maximum input offset voltage in V.
        bias_a: Maximum input bias current in A; typical when ``bias_is_typical``.
        noise_v_per_rthz: Typical input voltage noise in V/sqrt(Hz) at 1 kHz.
        noise_a_per_rthz: Typical input current noise in A/sqrt(Hz) at 1 kHz.
        low_noise_vpp: Typical voltage noise from 0.1 to 10 Hz, peak to peak in V.
        dc_gain_db: Typical open-loop gain in dB.
        supply_v: Smallest and largest total supply voltage in V.
        quiescent_a: Typical supply current of one amplifier without load, in A.
        source: Data sheet and revision.
        read: Where each figure was read, by attribute; ``*`` is for those that are not named.
        bias_is_typical: The data sheet has no maximum for the bias current.
    """

    name: str
    kind: str
    gain_bandwidth_hz: float
    slew_v_per_s: float
    offset_v: float
    bias_a: float
    noise_v_per_rthz: float
    noise_a_per_rthz: float | None
    low_noise_vpp: float | None
    dc_gain_db: float
    supply_v: tuple[float, float]
    quiescent_a: float | None
    source: str
    read: Mapping[str, str] = field(compare=False)
    bias_is_typical: bool = False

    @property
    def corner_hz(self) -> float | None:
        """1/f corner that explains the noise from 0.1 to 10 Hz: en^2 (B + f_c ln(f_2/f_1)).

        None when that noise is unknown.
        """
        if self.low_noise_vpp is None:
            return None
        low, high = _LOW_BAND_HZ
        power = (self.low_noise_vpp / _PEAKS_PER_RMS / self.noise_v_per_rthz) ** 2
        return max(0.0, (power - (high - low)) / math.log(high / low))

    @property
    def unknown_noise(self) -> tuple[str, ...]:
        """Kinds of noise that the part has but no figure for: what is computed is too little."""
        kinds = (("1/f noise", self.low_noise_vpp), ("current noise", self.noise_a_per_rthz))
        return tuple(name for name, figure in kinds if figure is None)

    @property
    def model(self) -> OpAmp:
        """The model with this part's typical figures; it lacks the noise that is unknown."""
        return OpAmp(
            self.gain_bandwidth_hz,
            10 ** (self.dc_gain_db / 20),
            self.noise_v_per_rthz,
            self.noise_a_per_rthz or 0.0,
            self.corner_hz or 0.0,
        )
