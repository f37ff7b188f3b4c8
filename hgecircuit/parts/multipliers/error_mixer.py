r"""Error times AC signal with a multiplier chip: the gated product in front of the demodulators.

    y ---- (difference amplifier, g_x) ---- X1 +
    yh --- (or straight to X2) ------------ X2 -   chip --- changeover switch --- q
    d ---- amplifier, g_d ----------------- Y1        |__ divider to Z, G

    q = gain gate d (y - yh) / (1 V),   gain = g_x g_d G (1 V) / U

How the gain is shared decides which offsets count. The chip's offset of Y is an error of d, so g_d
fills the chip's range with the largest d. Its offsets of X and of the output, the common mode of y
and yh and the held value's own error are constants while the gate is open: what they add to q is a
constant, which meets whole cycles of every reference and reaches no accumulator. They only take
room from the signal. The demodulators' own offset does reach the accumulators, so that the whole
gain stands here, in front of them: as much as the largest product allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.amplifiers.stages import DifferenceAmplifier, NonInvertingAmplifier
from hgecircuit.parts.multipliers.behind import GainBehind
from hgecircuit.parts.multipliers.mixer import Mixer
from hgecircuit.parts.multipliers.product import UNIT_V, Multiplier
from hgecircuit.parts.multipliers.translinear import TranslinearMultiplier
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.parts.switches.changeover import SwitchedGate

# Of the chips' 10 V: room for offsets, and within what op-amps reach from +-12 V.
INPUT_V = 8.0
_LOAD_OHM = 20e3  # of the sources of y and yh


@dataclass(frozen=True)
class ErrorMixer:
    """q = gain gate d (y - yh) / (1 V).

    Attributes:
        chip: The multiplier chip.
        front: Difference amplifier of y and yh; None where they go to the chip's X1 and X2.
        error: Amplifier of d; None where d goes to the chip.
        behind: Divider to the chip's Z input.
        switch: Either half of the gate's changeover switch.
    """

    chip: TranslinearMultiplier
    front: DifferenceAmplifier | None
    error: NonInvertingAmplifier | None
    behind: GainBehind
    switch: AnalogSwitch

    @classmethod
    def size(
        cls,
        gain: float,
        error_v: float,
        signal_v: float,
        chip: TranslinearMultiplier,
        switch: AnalogSwitch,
        error_opamp: OpAmpMacromodel,
        front_opamp: OpAmpMacromodel | None = None,
    ) -> ErrorMixer:
        """Share the gain: first d, then y - yh, the rest behind the core.

        Args:
            gain: q in V for 1 V times 1 V.
            error_v: Largest magnitude of d.
            signal_v: Largest magnitude of y - yh while the gate is open.
            chip: The multiplier chip.
            switch: Switch to build the gate of.
            error_opamp: Op-amp of d.
            front_opamp: Op-amp of the difference; None to leave that to the chip.

        Raises:
            InputError: d or y - yh exceeds the chip's range.
        """
        needed = gain * chip.denominator_v / UNIT_V
        for what, value_v in (("d", error_v), ("y - yh", signal_v)):
            if value_v > INPUT_V:
                raise InputError(
                    f"{what} exceeds the multiplier's range",
                    value=f"{value_v:g} V",
                    expected=f"at most {INPUT_V:g} V",
                )
        error_gain = min(INPUT_V / error_v, needed)
        error = NonInvertingAmplifier.size(error_gain, error_opamp) if error_gain > 1.01 else None
        rest = needed / (1.0 if error is None else error.gain)
        front = None
        if front_opamp is not None:
            front_gain = min(INPUT_V / signal_v, rest)
            front = DifferenceAmplifier.size(front_gain, front_opamp, _LOAD_OHM)
            rest /= front.gains[0]
        if rest < 1 - 2e-3:
            raise InputError(
                "the mixer's chip has more gain than it should",
                value=gain,
                expected=f"at least {UNIT_V / chip.denominator_v:g}",
            )
        return cls(chip, front, error, GainBehind.size(rest), switch)

    @property
    def gain(self) -> float:
        """Output in V for 1 V times 1 V, without the chip's own errors."""
        front = 1.0 if self.front is None else self.front.gains[0]
        error = 1.0 if self.error is None else self.error.gain
        return front * error * self.behind.gain * UNIT_V / self.chip.denominator_v

    @property
    def slope(self) -> float:
        """The gain for small signals, with the chip's errors."""
        return self.gain * self.chip.slope / (1 + self.behind.gain / self.chip.amplifier.dc_gain)

    @property
    def behavioural(self) -> Mixer:
        """The same as sources: slope and all offsets, referred to d and to y - yh."""
        d_v, difference_v = self.chip.y_offset_v, self.chip.x_offset_v
        if self.error is not None:
            d_v = (d_v + self.error.offset_v) / self.error.gain
        if self.front is not None:
            difference_v = (difference_v + self.front.offset_v) / self.front.gains[0]
        zero, on = np.array(0.0), np.array(1.0)
        rest_v = float(self.product_v(zero, zero, zero, on))
        return Mixer(Multiplier.through(self.slope, rest_v, d_v, difference_v))

    def product_v(
        self, y_v: np.ndarray, yh_v: np.ndarray, d_v: np.ndarray, gate_v: np.ndarray
    ) -> np.ndarray:
        """Settled q for voltages in V (shapes that fit each other) and gates of 0 V or 1 V."""
        x_v = np.asarray(y_v) - yh_v
        if self.front is not None:
            plus, minus = self.front.gains
            x_v = plus * np.asarray(y_v) + minus * np.asarray(yh_v) + self.front.offset_v
        if self.error is not None:
            d_v = self.error.gain * np.asarray(d_v) + self.error.offset_v
        product_v = self.behind.output_v(self.chip, self.chip.core_v(x_v, d_v))
        return SwitchedGate(self.switch).output_v(product_v, gate_v)

    def response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """Of y to q over the slope, complex, at frequencies of any shape."""
        front = self.front
        before = 1.0 if front is None else front.response(frequency_hz) / front.gains[0]
        return before * self.behind.response(self.chip, frequency_hz)

    def subcircuit(self, name: str = "error_mixer") -> Subcircuit:
        """Ports ``y``, ``yh``, ``d``, ``gate``, ``q``."""
        purpose = f"Mixer: q = {self.gain:.6g} gate d (y - yh)."
        part = Subcircuit(name, ("y", "yh", "d", "gate", "q"), purpose)
        x1, x2, y1 = "y", "yh", "d"
        if self.front is not None:
            x1, x2 = "x", GROUND
            part.instance("front", self.front.subcircuit(f"{name}_front"), ("y", "yh", "x"))
        if self.error is not None:
            y1 = "dd"
            part.instance("error", self.error.subcircuit(f"{name}_error"), ("d", "dd"))
        z = self.behind.add(part, "product")
        chip = self.chip.chip_subcircuit(f"{name}_chip")
        part.instance("chip", chip, (x1, x2, y1, GROUND, z, "product"))
        gate = SwitchedGate(self.switch).subcircuit(f"{name}_gate")
        part.instance("gate", gate, ("product", "gate", "q"))
        return part
