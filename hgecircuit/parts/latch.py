"""Latch: stops the learner when every error is small, and starts it again when one grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.peak import add_peak
from hgecircuit.parts.sample_hold import SampleHold


@dataclass(frozen=True)
class Latch:
    """``open`` goes to 0 V when max |e_k| < threshold, and back to 1 V at ``release`` times that.

    Attributes:
        errors: Number K of error inputs.
        threshold_v: Error below which learning stops.
        release: Ratio of the restart threshold to the stop threshold.
        sample_tau_s: Time constant with which the decision is stored while the strobe is on.
        comparator_gain: Slope of the comparator, in V/V.
    """

    errors: int
    threshold_v: float
    release: float
    sample_tau_s: float
    comparator_gain: float = 1e4

    def stays_open(self, errors_v: np.ndarray, is_open: np.ndarray) -> np.ndarray:
        """Ideal response to errors of shape (..., K) after a state of shape (...): the next one."""
        peak_v = np.abs(errors_v).max(axis=-1)
        return peak_v > self.threshold_v * np.where(is_open, 1.0, self.release)

    def subcircuit(self, name: str = "latch") -> Subcircuit:
        """Ports ``e<k>``, ``strobe``, ``open``."""
        ports = [f"e{k}" for k in range(self.errors)]
        part = Subcircuit(name, [*ports, "strobe", "open"], "Latch with hysteresis: max |e| low?")
        peak = add_peak(part, ports)
        high = format_number(self.threshold_v * self.release)
        swing = format_number(self.threshold_v * (self.release - 1))
        gain = format_number(self.comparator_gain)
        part.behavioural_voltage(
            "compare",
            "decision",
            GROUND,
            f"0.5+0.5*tanh({gain}*(v({peak})-{high}+{swing}*v(open)))",
        )
        part.instance(
            "hold",
            SampleHold(self.sample_tau_s).subcircuit("latch_hold"),
            ("decision", "strobe", "open"),
        )
        return part
