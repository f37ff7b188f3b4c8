"""Error circuit of multiplier chips: a servo loop finds the readout gain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.multipliers.translinear import FULL_SCALE_V, TranslinearMultiplier
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import closest
from hgecircuit.parts.readout.clamped import ClampedIntegrator
from hgecircuit.parts.sampling.multiplexer import SwitchedSelector
from hgecircuit.parts.switches.analog_switch import AnalogSwitch

# Largest |e_k| that is not cut. With the best gain the readout's outputs a c_k are at most 1, as
# are the centred targets; what is beyond it has the right sign all the same.
_LARGEST_ERROR = 1.6
# Of the chips' full scale, what the largest readout gain takes.
_GAIN_SHARE = 0.9
# The servo's fastest rate is this share of the slower multiplier's bandwidth.
_SERVO_SHARE = 1 / 6
_CENTRE_OHM = 10e3
_CHIP_OHM = 2e3


@dataclass(frozen=True)
class ChipReadout:
    """e_k = a c_k - (z_k - mean z), with a from a loop that makes sum_k c_k e_k zero.

    That is the law of ``AffineReadout``: a = S_yz / S_yy is where sum_k c_k e_k = a S_yy - S_yz
    vanishes, c_k = y_k - mean y. An integrator moves a down by it, between two clamps:

        centring    x_k = g_c c_k, one op-amp per output; K + 1 resistors make the mean
        gain        A = g_a a, the integrator's output, g_a a_min <= A <= g_a a_max
        error       w_k = G x_k A / U - g_e (z_k - mean z) = g_e e_k, one chip per output:
                    R_1 from its output and R_2 from the target's reference to its Z input
        servo       p_k = x_k w_k / U, one chip per output;  dA/dt = -sum_k p_k / (R C)
        slope       d = a e_k of the selected output: multiplexer, one chip, divider by g_e g_a / U

    A divider would need as many squarers, and fails where S_yz and S_yy are small; here the offsets
    of the servo's chips shift a by their sum over S_yy. Products with x_k rather than with a c_k
    keep the loop from resting at the lower clamp for good, where a c_k is below those offsets. All
    outputs are compared at once: a servo that listens to one pattern at a time pulls a towards that
    pattern's own (z_k - mean z) / c_k and makes its error vanish while it is shown, or is slower
    than many epochs. The rate is S_yy times a constant, so the largest S_yy and the chips'
    bandwidth set it.

    With AD633 at the limits of their data sheet, e is off by 0.12 at most and 0.05 at the median of
    twenty draws at separations from 0.6 V to 3 V; with limits at three standard deviations by 0.05
    at most (tests/unit/parts/test_readout.py).

    Attributes:
        law: The law, with targets and limits of the gain.
        gain_scale: g_a in V.
        error_scale: g_e in V, which the references of the targets are made for.
        centre_in_ohm: Input resistor of every centring amplifier.
        centre_back_ohm: g_c times that.
        mean_ohm: From every output to the mean's node.
        mean_ground_ohm: From there to ground; g_c / K times that.
        z_output_ohm: R_1.
        z_target_ohm: R_2 = (G - 1) R_1.
        error_top_ohm: From a chip's output to the port e_k.
        error_bottom_ohm: From there to ground.
        slope_top_ohm: From the last chip's output to the port d.
        slope_bottom_ohm: From there to ground.
        integrator: Integrator of the gain with its clamps.
        selector: Multiplexer of the errors.
        error_chips: K multipliers.
        servo_chips: K multipliers.
        slope_chip: One more.
        opamps: K op-amps of the centring amplifiers.
    """

    law: AffineReadout
    gain_scale: float
    error_scale: float
    centre_in_ohm: float
    centre_back_ohm: float
    mean_ohm: float
    mean_ground_ohm: float
    z_output_ohm: float
    z_target_ohm: float
    error_top_ohm: float
    error_bottom_ohm: float
    slope_top_ohm: float
    slope_bottom_ohm: float
    integrator: ClampedIntegrator
    selector: SwitchedSelector
    error_chips: tuple[TranslinearMultiplier, ...]
    servo_chips: tuple[TranslinearMultiplier, ...]
    slope_chip: TranslinearMultiplier
    opamps: tuple[OpAmpMacromodel, ...]

    @classmethod
    def size(
        cls,
        law: AffineReadout,
        chips: Sequence[TranslinearMultiplier],
        opamps: Sequence[OpAmpMacromodel],
        switch: AnalogSwitch,
        settle_s: float = 1e-3,
        centred_range_v: float = 2.5,
        series: str = "E96",
    ) -> ChipReadout:
        """Scales that use the chips' full range, and a servo as fast as they allow.

            g_c = F / range,  g_a = 0.9 F / a_max,  g_e = min(F, W_max) / 1.6,  F = 10 V
            R C = g_c g_e S_max / (U g_a w_max),  S_max = K range^2,  w_max = 2 pi B / 6

        Args:
            law: Targets and limits of the gain.
            chips: 2 K + 1 multipliers: those of the errors, of the servo, of the slope.
            opamps: K + 4 op-amps: centring, integrator, its lower and upper clamp, multiplexer.
            switch: Switch of the multiplexer.
            settle_s: Time from a change of pattern until d is used.
            centred_range_v: Largest |y_k - mean y| that is not cut.
            series: E series of the resistors.
        """
        # Chips whose denominator can be set take the usual 10 V: both factors are large here.
        chips = [replace(chip, denominator_v=FULL_SCALE_V) for chip in chips]
        count, first = len(law.targets), chips[0]
        errors, servo, slope = chips[:count], chips[count : 2 * count], chips[2 * count]
        denominator_v, amplifier = first.denominator_v, first.amplifier
        centre_back_ohm = closest(_CENTRE_OHM * FULL_SCALE_V / centred_range_v, series)
        centre_gain = centre_back_ohm / _CENTRE_OHM
        gain_scale = _GAIN_SHARE * FULL_SCALE_V / law.gain_max
        largest_v = min(FULL_SCALE_V, amplifier.rail_high_v, -amplifier.rail_low_v)
        behind = largest_v / _LARGEST_ERROR * denominator_v / (centre_gain * gain_scale)
        z_target_ohm = closest(max(behind - 1, 0.01) * _CHIP_OHM, series)
        behind = 1 + z_target_ohm / _CHIP_OHM
        error_scale = behind * centre_gain * gain_scale / denominator_v
        slope_scale = error_scale * gain_scale / slope.denominator_v
        fastest_per_s = 2 * math.pi * amplifier.gain_bandwidth_hz / behind * _SERVO_SHARE
        tau_s = centre_gain * error_scale * count * centred_range_v**2
        tau_s /= servo[0].denominator_v * gain_scale * fastest_per_s
        limits_v = (gain_scale * law.gain_min, gain_scale * law.gain_max)
        return cls(
            law=law,
            gain_scale=gain_scale,
            error_scale=error_scale,
            centre_in_ohm=_CENTRE_OHM,
            centre_back_ohm=centre_back_ohm,
            mean_ohm=_CENTRE_OHM,
            mean_ground_ohm=closest(_CENTRE_OHM * centre_gain / count, series),
            z_output_ohm=_CHIP_OHM,
            z_target_ohm=z_target_ohm,
            error_top_ohm=closest(max(error_scale - 1, 0.01) * _CHIP_OHM, series),
            error_bottom_ohm=_CHIP_OHM,
            slope_top_ohm=closest(max(slope_scale - 1, 0.01) * _CHIP_OHM, series),
            slope_bottom_ohm=_CHIP_OHM,
            integrator=ClampedIntegrator.size(count, tau_s, limits_v, opamps[count : count + 3]),
            selector=SwitchedSelector.size(count, switch, opamps[count + 3], settle_s),
            error_chips=tuple(errors),
            servo_chips=tuple(servo),
            slope_chip=slope,
            opamps=tuple(opamps[:count]),
        )

    @property
    def centre_gain(self) -> float:
        """g_c."""
        return self.centre_back_ohm / self.centre_in_ohm

    @property
    def centred_range_v(self) -> float:
        """Largest |y_k - mean y| within the chips' full scale."""
        return FULL_SCALE_V / self.centre_gain

    @property
    def servo_v2(self) -> float:
        """S_yy at which the servo's time constant is 1 s; it is this over S_yy."""
        product = self.centre_gain * self.error_scale / self.servo_chips[0].denominator_v
        return self.gain_scale * self.integrator.tau_s / product

    @property
    def targets_v(self) -> np.ndarray:
        """References of the targets, shape (K,): - g_e (z_k - mean z)."""
        return -self.error_scale * self.law.centred_targets_v

    def settled(self, held_v: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
        """Where this very circuit comes to rest, offsets and nonlinearities included.

        Args:
            held_v: Held outputs, shape (K,), in V.

        Returns:
            Ports e_k and, for every selected pattern, d, both of shape (K,) in V; between them
            the readout gain A / g_a.
        """
        centred_v = self._centred_v(held_v)
        low_v, high_v = self.integrator.low_v, self.integrator.high_v
        target_v = len(held_v) * self.integrator.opamps[0].offset_v
        target_v += self.integrator.opamps[0].bias_minus_a * self.integrator.input_ohm

        zero_v = np.zeros(())

        def excess_v(gain_v: float) -> float:
            errors_v = self._errors_v(centred_v, gain_v)
            return sum(
                float(chip.chip_v(x_v, w_v, zero_v))
                for chip, x_v, w_v in zip(self.servo_chips, centred_v, errors_v, strict=True)
            ) - target_v  # fmt: skip

        if excess_v(low_v) > 0:
            gain_v = self.integrator.clamped_v(excess_v(low_v))
        elif excess_v(high_v) < 0:
            gain_v = self.integrator.clamped_v(excess_v(high_v))
        else:
            while high_v - low_v > 1e-9:
                middle_v = (low_v + high_v) / 2
                below = excess_v(middle_v) < 0
                low_v, high_v = (middle_v, high_v) if below else (low_v, middle_v)
            gain_v = (low_v + high_v) / 2
        errors_v = self._errors_v(centred_v, gain_v)
        selected_v = self.selector.gain * errors_v + self.selector.offset_v
        slopes_v = self.slope_chip.chip_v(selected_v, np.asarray(gain_v), zero_v)
        error_share = self.error_bottom_ohm / (self.error_bottom_ohm + self.error_top_ohm)
        slope_share = self.slope_bottom_ohm / (self.slope_bottom_ohm + self.slope_top_ohm)
        return error_share * errors_v, gain_v / self.gain_scale, slope_share * slopes_v

    def _centred_v(self, held_v: np.ndarray) -> np.ndarray:
        """The chips' inputs g_c c_k; the amplifiers give them with the other sign."""
        siemens = len(held_v) / self.mean_ohm
        share = siemens / (siemens + 1 / self.mean_ground_ohm)
        plus_v = share * held_v.mean() + np.array([opamp.offset_v for opamp in self.opamps])
        gain = self.centre_gain
        rails_v = [(-opamp.rail_high_v, -opamp.rail_low_v) for opamp in self.opamps]
        low_v, high_v = np.array(rails_v).T
        return np.clip(gain * held_v - (1 + gain) * plus_v, low_v, high_v)

    def _errors_v(self, centred_v: np.ndarray, gain_v: float) -> np.ndarray:
        """The error chips' outputs: out (1 + 1/A_0) = product + z, z from the divider."""
        behind = 1 + self.z_target_ohm / self.z_output_ohm
        source_ohm = self.z_target_ohm / behind
        zero_v = np.zeros(())
        outputs_v = []
        for chip, x_v, target_v in zip(self.error_chips, centred_v, self.targets_v, strict=True):
            loss = 1 + 1 / chip.amplifier.dc_gain
            product_v = float(chip.chip_v(x_v, np.asarray(gain_v), zero_v)) * loss
            z_v = target_v / behind - chip.bias_a * source_ohm
            wanted_v = (product_v + z_v) / (loss - 1 + 1 / behind)
            rails_v = chip.amplifier.rail_low_v, chip.amplifier.rail_high_v
            outputs_v.append(float(np.clip(wanted_v, *rails_v)))
        return np.array(outputs_v)

    def subcircuit(self, name: str = "affine_servo") -> Subcircuit:
        """Ports ``y<k>`` (held outputs), ``e<k>`` (errors), ``p<k>`` (selects), ``d``."""
        patterns = range(len(self.law.targets))
        ports = [f"{kind}{k}" for kind in "yep" for k in patterns]
        part = Subcircuit(
            name, [*ports, "d"], "Error circuit: affine readout, its gain found by a servo."
        )
        part.resistor("mean", "mean", GROUND, self.mean_ground_ohm)
        targets = self._add_references(part)
        for k in patterns:
            part.resistor(f"mean{k}", f"y{k}", "mean", self.mean_ohm)
            part.resistor(f"in{k}", f"y{k}", f"minus{k}", self.centre_in_ohm)
            part.resistor(f"back{k}", f"minus{k}", f"x{k}", self.centre_back_ohm)
            opamp = self.opamps[k].subcircuit(f"{name}_centre{k}")
            part.instance(f"centre{k}", opamp, ("mean", f"minus{k}", f"x{k}"))
            error = self.error_chips[k].chip_subcircuit(f"{name}_error{k}")
            pins = (GROUND, f"x{k}", "gain", GROUND, f"z{k}", f"w{k}")
            part.instance(f"error{k}", error, pins)
            part.resistor(f"z_output{k}", f"w{k}", f"z{k}", self.z_output_ohm)
            part.resistor(f"z_target{k}", f"z{k}", targets[k], self.z_target_ohm)
            part.resistor(f"error_top{k}", f"w{k}", f"e{k}", self.error_top_ohm)
            part.resistor(f"error_bottom{k}", f"e{k}", GROUND, self.error_bottom_ohm)
            servo = self.servo_chips[k].chip_subcircuit(f"{name}_servo{k}")
            pins = (GROUND, f"x{k}", f"w{k}", GROUND, GROUND, f"s{k}")
            part.instance(f"servo{k}", servo, pins)
        integrator = self.integrator.subcircuit(f"{name}_integrator")
        part.instance("integrator", integrator, [*(f"s{k}" for k in patterns), "gain"])
        nodes = [f"p{k}" for k in patterns] + [f"w{k}" for k in patterns]
        selector = self.selector.subcircuit(f"{name}_selector")
        part.instance("selector", selector, [*nodes, "selected"])
        slope = self.slope_chip.chip_subcircuit(f"{name}_slope")
        pins = ("selected", GROUND, "gain", GROUND, GROUND, "slope")
        part.instance("slope", slope, pins)
        part.resistor("slope_top", "slope", "d", self.slope_top_ohm)
        part.resistor("slope_bottom", "d", GROUND, self.slope_bottom_ohm)
        return part

    def _add_references(self, part: Subcircuit) -> list[str]:
        """Add one reference per different target; returns each pattern's node."""
        levels_v = sorted(set(self.targets_v.tolist()))
        for n, level_v in enumerate(levels_v):
            with part.stands_for("references of the targets"):
                part.voltage(f"target{n}", f"target{n}", GROUND, level_v)
        return [f"target{levels_v.index(level_v)}" for level_v in self.targets_v.tolist()]
