"""Adaptive affine readout for patterns that pass one after the other, each seen once per turn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.error_circuits.base import add_sum
from hgecircuit.parts.integrators.gated import WeightIntegrator
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.sample_hold import SampleHold

# The limits act where theta is read; the clamp only keeps theta from running away behind them, ten
# times faster than the servo moves it.
_CLAMP_SHARE = 0.1
_IDEAL = Multiplier()


class StreamState(NamedTuple):
    """What the readout remembers: running mean in V, and theta, the gain's logarithm, in V."""

    mean_v: float
    theta_v: float


@final
@dataclass(frozen=True)
class StreamReadout:
    """e = x - (z - mean z) with x = a (y - b): one error at a time, the readout adapts slowly.

    y is the held output of the pattern that is shown and z its target. While ``adapt`` is open,
    once per pattern and before its gradient is taken,

        db/dt = (y - b) / tau_mean             an RC behind a switch: a running mean of the outputs
        dtheta/dt = -e x / tau_gain            a = (1 V/V) exp(theta / 1 V), limited

    The second is gradient descent on the squared error by the logarithm of the gain, pattern by
    pattern (least mean squares); see :class:`AffineServo` for where both rest. The slope is
    dE/dy = a e, with E = sum e^2 / 2 over the patterns.

    Attributes:
        target_mean_v: Mean of the targets, in V: a share of ones that whoever fills the pattern
            memory knows.
        gain_min: Least gain, in V/V.
        gain_max: Largest gain, in V/V.
        mean: The RC behind its switch.
        gain_integrator: Integrator of theta, in V.
        multiplier: Gain element, and the products e x and a e.
    """

    target_mean_v: float
    gain_min: float
    gain_max: float
    mean: SampleHold
    gain_integrator: WeightIntegrator
    multiplier: Multiplier = _IDEAL

    @classmethod
    def sized(
        cls,
        target_mean_v: float,
        gains: tuple[float, float],
        adapt_s: float,
        patterns: tuple[float, float],
        *,
        multiplier: Multiplier = _IDEAL,
        offset_v: float = 0.0,
        dc_gain: float = math.inf,
    ) -> StreamReadout:
        """Sizing law: tau = adapt time times the number of patterns that shall be remembered.

        Args:
            target_mean_v: Mean of the targets, in V.
            gains: Least and largest gain, in V/V.
            adapt_s: How long ``adapt`` is open per pattern.
            patterns: Over how many patterns the mean runs, and the gain's servo at e x = 1 V^2.
            multiplier: Gain element and products.
            offset_v: Input offset of the gain integrator's amplifier.
            dc_gain: Its open-loop gain at DC.
        """
        low_v, high_v = (math.log(gain) for gain in gains)
        tau_s = adapt_s * patterns[1]
        integrator = WeightIntegrator(
            tau_s, low_v, high_v, high_v, _CLAMP_SHARE * adapt_s, offset_v=offset_v, dc_gain=dc_gain
        )
        mean = SampleHold(adapt_s * patterns[0])
        return cls(target_mean_v, *gains, mean, integrator, multiplier)

    @property
    def start(self) -> StreamState:
        """The state at t = 0: no mean yet, and the largest gain."""
        return StreamState(0.0, self.gain_integrator.start_v)

    def gain(self, theta_v: float) -> float:
        """The gain a, in V/V."""
        return min(max(math.exp(theta_v), self.gain_min), self.gain_max)

    def error_v(self, state: StreamState, held_v: float, target_v: float) -> float:
        """The error e in V for a held output and a target in V; of ideal parts."""
        return self.gain(state.theta_v) * (held_v - state.mean_v) - (target_v - self.target_mean_v)

    def adapt(
        self, state: StreamState, held_v: float, target_v: float, open_s: float
    ) -> StreamState:
        """The state after ``adapt`` was open for ``open_s``; of ideal parts.

        Ten steps of the midpoint rule: the step changes theta by a few hundredths.
        """
        steps = 10
        share = math.exp(-open_s / steps / 2 / self.mean.tau_s)
        low_v, high_v = math.log(self.gain_min), math.log(self.gain_max)
        for _ in range(steps):
            half = StreamState(held_v + share * (state.mean_v - held_v), state.theta_v)
            middle = half._replace(
                theta_v=half.theta_v + self._rate(half, held_v, target_v) * open_s / steps / 2
            )
            theta_v = state.theta_v + self._rate(middle, held_v, target_v) * open_s / steps
            mean_v = held_v + share**2 * (state.mean_v - held_v)
            state = StreamState(mean_v, float(np.clip(theta_v, low_v, high_v)))
        return state

    def _rate(self, state: StreamState, held_v: float, target_v: float) -> float:
        """The derivative dtheta/dt in V/s."""
        scaled_v = self.gain(state.theta_v) * (held_v - state.mean_v)
        error_v = self.error_v(state, held_v, target_v)
        return -error_v * scaled_v / self.gain_integrator.tau_s

    def subcircuit(self, name: str = "stream_readout") -> Subcircuit:
        """Ports ``y`` (held output), ``z`` (target), ``adapt``, ``mean``, ``theta``, ``e``, ``d``.

        ``mean`` and ``theta`` are outputs to be watched; ``d`` is the slope a e, in V per V.
        """
        ports = ("y", "z", "adapt", "mean", "theta", "e", "d")
        part = Subcircuit(name, ports, "Error circuit: running mean, gain servo, e and a e.")
        product = self.multiplier.subcircuit()
        part.instance("mean", self.mean.subcircuit(f"{name}_mean"), ("y", "adapt", "mean"))
        low, high = (format_number(math.log(gain)) for gain in (self.gain_min, self.gain_max))
        part.comment("Linear-in-decibel gain within its limits")
        part.behavioural_voltage("gain", "a", GROUND, f"exp(min(max(v(theta),{low}),{high}))")
        add_sum(part, "c", [("y", "mean", 1.0)])
        part.instance("scale", product, ("a", "c", "x"))
        add_sum(part, "e", [("x", "z", 1.0)])
        part.current("target", GROUND, "e", self.target_mean_v)
        part.comment("Gain servo; the integrator inverts")
        part.instance("correlate", product, ("e", "x", "ascent"))
        gain = self.gain_integrator.subcircuit(f"{name}_gain")
        part.instance("gain", gain, ("ascent", "adapt", "theta"))
        part.instance("slope", product, ("a", "e", "d"))
        return part
