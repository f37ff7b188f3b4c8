"""Squared error of fixed gain whose offset is learned by an integrator."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.error_circuits.base import (
    ErrorCircuit,
    add_sum,
    add_unused_gate,
    error_ports,
)
from hgecircuit.parts.integrators.gated import WeightIntegrator
from hgecircuit.parts.selector import Selector

#: Largest offset that the servo reaches, in V: op-amps on supplies of 12 V or more.
OFFSET_LIMIT_V = 10.0


def size_offset_servo(
    settle_s: float, time_constants: float, gain: float, offset_v: float, dc_gain: float
) -> WeightIntegrator:
    """The integrator of db/dt = mean e / tau, with mean e = gain (mean y - b).

    Its time constant is tau / gain, so tau = gain settle / n settles to exp(-n) at that gain and
    faster at any larger one.

    Args:
        settle_s: Time in which the offset shall settle.
        time_constants: The number n of its time constants in that time.
        gain: Least gain from an output to its error, V/V.
        offset_v: Input offset of the integrator's amplifier.
        dc_gain: Its open-loop gain at DC.
    """
    tau_s = gain * settle_s / time_constants
    return WeightIntegrator(
        tau_s, -OFFSET_LIMIT_V, OFFSET_LIMIT_V, 0.0, tau_s, offset_v=offset_v, dc_gain=dc_gain
    )


@final
@dataclass(frozen=True)
class BiasServo(ErrorCircuit):
    """e_k = a (y_k - b) - (z_k - mean z), the gain a fixed and b learned: db/dt = mean e / tau.

    That is gradient descent on E = sum_k e_k^2 / 2 by b, as dE/db = -a sum e_k. It rests where
    mean e = 0, at b = mean y, and there dE/dy_k = a e_k, which is the slope ``d``: the derivative
    of the loss after the best offset, because b is at its minimum and its change adds nothing. The
    loss is the affine loss with both limits of the gain at a.

    The servo listens to all held outputs at once, so it has no ripple and need not be slow; it
    settles between the last sample and the first gate.

    Attributes:
        targets: Target of each pattern, 0 or 1.
        gain: The gain a, in V/V: 1/a is the wanted separation of the two labels.
        integrator: Integrator of b; an input offset of v gives mean e = -v.
    """

    targets: tuple[float, ...]
    gain: float
    integrator: WeightIntegrator

    @classmethod
    def sized(
        cls,
        targets: tuple[float, ...],
        gain: float,
        settle_s: float,
        time_constants: float,
        *,
        offset_v: float = 0.0,
        dc_gain: float = math.inf,
    ) -> BiasServo:
        """Sizing law: see :func:`size_offset_servo`."""
        servo = size_offset_servo(settle_s, time_constants, gain, offset_v, dc_gain)
        return cls(targets, gain, servo)

    def error_v(self, held_v: np.ndarray) -> np.ndarray:
        """See :class:`ErrorCircuit`; with the integrator's input offset."""
        centred_v = held_v - held_v.mean(axis=-1, keepdims=True)
        return self.gain * centred_v - self.centred_targets_v - self.integrator.offset_v

    def slope(self, held_v: np.ndarray) -> np.ndarray:
        """See :class:`ErrorCircuit`."""
        return self.gain * self.error_v(held_v)

    def subcircuit(self, name: str = "error_circuit") -> Subcircuit:
        """See :class:`ErrorCircuit`."""
        patterns = range(len(self.targets))
        part = Subcircuit(
            name, error_ports(len(patterns)), "Error circuit: fixed gain, offset servo, e and a e."
        )
        add_unused_gate(part)
        for k, target_v in enumerate(self.centred_targets_v):
            add_sum(part, f"e{k}", [(f"y{k}", "b", self.gain)])
            part.current(f"target{k}", f"e{k}", GROUND, target_v)
        part.comment("Offset servo: the integrator inverts, so it gets the negative mean error")
        add_sum(part, "mean", [(f"e{k}", GROUND, -1 / len(patterns)) for k in patterns])
        part.voltage("on", "on", GROUND, 1.0)
        part.instance("offset", self.integrator.subcircuit(f"{name}_offset"), ("mean", "on", "b"))
        nodes = [f"p{k}" for k in patterns] + [f"e{k}" for k in patterns] + ["selected"]
        part.instance("select", Selector(len(patterns)).subcircuit(), nodes)
        part.vcvs("slope", "d", GROUND, "selected", GROUND, self.gain)
        return part
