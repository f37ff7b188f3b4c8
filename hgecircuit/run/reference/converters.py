"""Digital-to-analog and analog-to-digital converters: steps, range, gain and offset errors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from hgecircuit.errors import InputError

#: Which side of the quantiser is analog: what an ADC takes in, or what a DAC puts out.
Kind = Literal["adc", "dac"]


@dataclass(frozen=True)
class Converter:
    """A mid-tread quantiser with 2^bits codes over +-range, and an analog side with errors.

    Code c stands for c q, q = 2 range / 2^bits, for whole c from -2^(bits-1) to 2^(bits-1) - 1. An
    ADC takes u = (1 + gain_error) v + offset, a DAC puts it out. Called with values in the caller's
    unit, it returns what is read (ADC) or put out (DAC) in the same unit. NaN stays NaN.

    While a signal crosses many steps between samples, the error is uniform in +-q/2, of variance
    q^2/12, and white (Bennett 1948, "Spectra of quantized signals", Bell Syst. Tech. J. 27, 446);
    a signal below q/2 without noise gives nothing.

    Attributes:
        kind: ``adc`` or ``dac``.
        bits: Number of bits.
        range_v: Half the span of all codes in V.
        gain_v_per_unit: Volts at the converter per unit of the caller's values: the transimpedance
            in V/A where an ADC reads currents in A through a current-to-voltage converter.
        gain_error: Relative error of the analog side's gain.
        offset_error_v: Offset of the analog side in V.
    """

    kind: Kind
    bits: int
    range_v: float
    gain_v_per_unit: float = 1.0
    gain_error: float = 0.0
    offset_error_v: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InputError("unknown kind", key="kind", value=self.kind, expected='"adc" or "dac"')
        if self.bits != int(self.bits) or not 1 <= self.bits <= 32:
            raise InputError(
                "not a number of bits", key="bits", value=self.bits, expected="1 to 32"
            )
        for key, usable, expected in (
            ("range_v", self.range_v > 0, "a voltage above 0 V"),
            ("gain_v_per_unit", self.gain_v_per_unit != 0, "a gain that is not 0"),
            ("gain_error", self.gain_error > -1, "a relative error above -1"),
            ("offset_error_v", True, "a voltage in V"),
        ):
            value = getattr(self, key)
            if not (usable and np.isfinite(value)):
                raise InputError("not a usable value", key=key, value=value, expected=expected)

    @property
    def step_v(self) -> float:
        """One step q in V."""
        return 2 * self.range_v / 2**self.bits

    @property
    def step(self) -> float:
        """One step in the caller's unit."""
        return self.step_v / abs(self.gain_v_per_unit)

    @property
    def provenance(self) -> dict[str, Any]:
        """All settings, for a result's record."""
        return asdict(self)

    def __call__(self, values: np.ndarray | float) -> np.ndarray:
        """What is read or put out, in the caller's unit, shape of ``values``."""
        volts = self.step_v * np.clip(self._codes(values), *self._code_limits)
        if self.kind == "dac":
            volts = (1 + self.gain_error) * volts + self.offset_error_v
        return volts / self.gain_v_per_unit

    def clipped(self, values: np.ndarray | float) -> int:
        """How many of ``values`` lie outside the codes and are returned as the last one."""
        codes = self._codes(values)
        lowest, highest = self._code_limits
        return int(np.count_nonzero((codes < lowest) | (codes > highest)))

    @property
    def _code_limits(self) -> tuple[int, int]:
        half = 2 ** (self.bits - 1)
        return -half, half - 1

    def _codes(self, values: np.ndarray | float) -> np.ndarray:
        """Codes that would stand for ``values`` if there were enough of them, as floats."""
        volts = np.asarray(values, float) * self.gain_v_per_unit
        if self.kind == "adc":
            volts = (1 + self.gain_error) * volts + self.offset_error_v
        return np.rint(volts / self.step_v)


#: The paper's input module: +-10 V, 24 bits, 10 kS/s (NI CompactRIO documentation, "Analog Input
#: Modules"). The span of its codes isn't stated there; NI's other +-10 V modules span 20.8 to
#: 21.5 V, so a step may be 8 % larger.
NI_9202 = Converter("adc", bits=24, range_v=10.0)

#: The paper's output module: +-10 V, 16 bits (NI 9264 data sheet); its codes span a nominal
#: +-10.5 V (NI 9145 documentation, "NI-9264 Calibration Data").
NI_9264 = Converter("dac", bits=16, range_v=10.5)
