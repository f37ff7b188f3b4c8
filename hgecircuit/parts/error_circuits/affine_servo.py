"""Adaptive affine readout: gain and offset learned by integrators of their own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.error_circuits.base import (
    ErrorCircuit,
    add_sum,
    add_unused_gate,
    error_ports,
)
from hgecircuit.parts.error_circuits.bias_servo import size_offset_servo
from hgecircuit.parts.integrators.gated import WeightIntegrator
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.selector import Selector

# The limits act where theta is read; the clamp only keeps theta from running away behind them, ten
# times faster than the servo moves it.
_CLAMP_SHARE = 0.1
_IDEAL = Multiplier()


@final
@dataclass(frozen=True)
class AffineServo(ErrorCircuit):
    """e_k = x_k - (z_k - mean z) with x_k = a (y_k - b), where a and b descend the squared error.

    The gain is a linear-in-decibel one, a = (1 V/V) exp(theta / 1 V), as gain-control amplifiers
    have it; with E = sum_k e_k^2 / 2 the two integrators do

        dtheta/dt = -mean(e x) / tau_gain = -(1/K) dE/dtheta / tau_gain,
        db/dt = mean(e) / tau_offset = -(1/(a K)) dE/db / tau_offset.

    The logarithm makes the gain settle at a rate that does not depend on the outputs' size: near
    rest it is mean(x^2) / tau_gain = rho^2 mean((z - mean z)^2) / tau_gain, rho being Pearson's
    correlation of outputs and targets.

    They rest at b = mean y and a = clip(S_yz / S_yy, gain_min, gain_max): there E = S_zz (1 -
    rho^2) / 2 and the slope is dE/dy_k = a e_k = S_zz rho d(1 - rho)/dy_k, parallel to the
    derivative of the correlation loss and, for rho > 0, of its sign. The limits of the gain are the
    amplifier's: the upper one stands in for the loss's sigmoid and asks for a separation. With all
    outputs equal the gain stays where it is, at first at its upper limit.

    Attributes:
        targets: Target of each pattern, 0 or 1.
        gain_min: Least gain, in V/V.
        gain_max: Largest gain, in V/V.
        gain_integrator: Integrator of theta, in V.
        offset_integrator: Integrator of b, in V.
        multiplier: Gain elements, and the products e x and a e.
    """

    targets: tuple[float, ...]
    gain_min: float
    gain_max: float
    gain_integrator: WeightIntegrator
    offset_integrator: WeightIntegrator
    multiplier: Multiplier = _IDEAL

    @classmethod
    def sized(
        cls,
        targets: tuple[float, ...],
        gains: tuple[float, float],
        settle_s: float,
        time_constants: float,
        *,
        multiplier: Multiplier = _IDEAL,
        offset_v: float = 0.0,
        dc_gain: float = math.inf,
    ) -> AffineServo:
        """Sizing law: theta settles by exp(-n) in ``settle_s`` for rho^2 = 1/2, b at any gain.

        Args:
            targets: Target of each pattern, 0 or 1.
            gains: Least and largest gain, in V/V.
            settle_s: Time in which both shall settle.
            time_constants: The number n of time constants in that time.
            multiplier: Gain elements and products.
            offset_v: Input offset of both integrators' amplifiers.
            dc_gain: Their open-loop gain at DC.
        """
        low_v, high_v = (math.log(gain) for gain in gains)
        variance = float(np.var(targets))
        tau_s = variance / 2 * settle_s / time_constants
        return cls(
            targets,
            *gains,
            WeightIntegrator(
                tau_s,
                low_v,
                high_v,
                high_v,
                _CLAMP_SHARE * tau_s,
                offset_v=offset_v,
                dc_gain=dc_gain,
            ),
            size_offset_servo(settle_s, time_constants, gains[0], offset_v, dc_gain),
            multiplier,
        )

    def readout_gain(self, held_v: np.ndarray) -> np.ndarray:
        """The gain a at rest, in V/V, shape (...), for held outputs of shape (..., K) in V."""
        centred_v = held_v - held_v.mean(axis=-1, keepdims=True)
        syz, syy = centred_v @ self.centred_targets_v, (centred_v**2).sum(axis=-1)
        # as products: S_yz / S_yy may overflow, or be 0 / 0, for nearly equal outputs
        gain = np.full(syy.shape, self.gain_min)
        inside = syz > self.gain_min * syy
        gain[inside] = syz[inside] / np.maximum(syy[inside], np.finfo(float).tiny)
        return np.where(syz >= self.gain_max * syy, self.gain_max, gain)

    def error_v(self, held_v: np.ndarray) -> np.ndarray:
        """See :class:`ErrorCircuit`; of ideal parts."""
        centred_v = held_v - held_v.mean(axis=-1, keepdims=True)
        return self.readout_gain(held_v)[..., None] * centred_v - self.centred_targets_v

    def slope(self, held_v: np.ndarray) -> np.ndarray:
        """See :class:`ErrorCircuit`; of ideal parts."""
        return self.readout_gain(held_v)[..., None] * self.error_v(held_v)

    def subcircuit(self, name: str = "error_circuit") -> Subcircuit:
        """See :class:`ErrorCircuit`."""
        patterns, product = range(len(self.targets)), self.multiplier.subcircuit()
        part = Subcircuit(
            name, error_ports(len(patterns)), "Error circuit: gain and offset servos, e and a e."
        )
        add_unused_gate(part)
        part.voltage("on", "on", GROUND, 1.0)
        low, high = (format_number(math.log(gain)) for gain in (self.gain_min, self.gain_max))
        part.comment("Linear-in-decibel gain within its limits")
        part.behavioural_voltage("gain", "a", GROUND, f"exp(min(max(v(theta),{low}),{high}))")
        for k, target_v in enumerate(self.centred_targets_v):
            add_sum(part, f"c{k}", [(f"y{k}", "b", 1.0)])
            part.instance(f"scale{k}", product, ("a", f"c{k}", f"x{k}"))
            add_sum(part, f"e{k}", [(f"x{k}", GROUND, 1.0)])
            part.current(f"target{k}", f"e{k}", GROUND, target_v)
            part.instance(f"correlate{k}", product, (f"e{k}", f"x{k}", f"m{k}"))
        part.comment("Gain and offset servos; the integrators invert")
        add_sum(part, "ascent", [(f"m{k}", GROUND, 1 / len(patterns)) for k in patterns])
        gain = self.gain_integrator.subcircuit(f"{name}_gain")
        part.instance("gain", gain, ("ascent", "on", "theta"))
        add_sum(part, "mean", [(f"e{k}", GROUND, -1 / len(patterns)) for k in patterns])
        offset = self.offset_integrator.subcircuit(f"{name}_offset")
        part.instance("offset", offset, ("mean", "on", "b"))
        nodes = [f"p{k}" for k in patterns] + [f"e{k}" for k in patterns] + ["selected"]
        part.instance("select", Selector(len(patterns)).subcircuit(), nodes)
        part.instance("slope", product, ("a", "selected", "d"))
        return part
