"""Error circuit: squared error behind the best affine readout whose gain is limited."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.peak import add_peak

# Keeps the divider finite while all held outputs are still equal.
_FLOOR_V = 1e-6
# Half of the logic swing of 1 V.
_HALF_SWING_V = 0.5


@dataclass(frozen=True)
class AffineReadout:
    """e_k = a (Y_k - mean Y) - (z_k - mean z), a = clip(S_yz / S_yy, gain_min, gain_max).

    With the gain free this squared error has the correlation loss's minimum over gain and offset;
    the upper limit of the gain enforces a separation of 1/gain_max between low and high outputs.

    Equal targets (a constant gate) leave S_yz = 0, and a = clip(0.5 V / max |Y_k - mean Y|,
    gain_min, gain_max) takes its place: outputs have to be alike on the scale of that separation,
    and while they are far from it, the largest error is half a logic swing, as it is for two labels
    that can't be told apart.

    Attributes:
        targets: Target of each pattern, 0 or 1 (a logic swing is 1 V).
        gain_min: Least readout gain, in V/V.
        gain_max: Largest readout gain, in V/V.
    """

    targets: tuple[float, ...]
    gain_min: float
    gain_max: float

    @property
    def centred_targets_v(self) -> np.ndarray:
        """z_k - mean z, shape (K,), in V."""
        targets = np.asarray(self.targets, dtype=float)
        return targets - targets.mean()

    @property
    def constant(self) -> bool:
        """Whether all targets are equal."""
        return len(set(self.targets)) == 1

    def error_v(self, held_v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ideal response to held outputs of shape (..., K): errors e_k and the gain a (...)."""
        centred_v = held_v - held_v.mean(axis=-1, keepdims=True)
        syy = np.maximum((centred_v**2).sum(axis=-1), _FLOOR_V**2)
        gain = centred_v @ self.centred_targets_v / syy
        if self.constant:
            gain = _HALF_SWING_V / np.maximum(np.abs(centred_v).max(axis=-1), _FLOOR_V)
        gain = np.clip(gain, self.gain_min, self.gain_max)
        return gain[..., None] * centred_v - self.centred_targets_v, gain

    def subcircuit(self, name: str = "affine_readout") -> Subcircuit:
        """Ports ``y<k>`` (held outputs), ``e<k>`` (errors), ``p<k>`` (selects), ``d``.

        d = a e_k of the selected pattern is the slope of sum e_k^2 / 2 with respect to y_k.
        """
        count = len(self.targets)
        ports = [f"{kind}{k}" for kind in "yep" for k in range(count)]
        part = Subcircuit(
            name, [*ports, "d"], "Error circuit: affine readout with limited gain, e and a e."
        )
        part.resistor("mean", "mean", GROUND, 1.0)
        if not self.constant:
            part.resistor("syz", "syz", GROUND, 1.0)
            part.resistor("syy", "syy", GROUND, 1.0)
        for k, target_v in enumerate(self.centred_targets_v):
            part.vccs(f"mean{k}", GROUND, "mean", f"y{k}", GROUND, 1 / count)
            part.resistor(f"c{k}", f"c{k}", GROUND, 1.0)
            part.vccs(f"c{k}", GROUND, f"c{k}", f"y{k}", "mean", 1.0)
            if target_v:
                part.vccs(f"syz{k}", GROUND, "syz", f"c{k}", GROUND, target_v)
            if not self.constant:
                part.behavioural_current(f"syy{k}", GROUND, "syy", f"v(c{k})*v(c{k})")
        ratio = f"v(syz)/max(v(syy),{format_number(_FLOOR_V**2)})"
        if self.constant:
            peak = add_peak(part, [f"c{k}" for k in range(count)])
            ratio = f"{format_number(_HALF_SWING_V)}/max(v({peak}),{format_number(_FLOOR_V)})"
        low, high = format_number(self.gain_min), format_number(self.gain_max)
        part.behavioural_voltage("gain", "a", GROUND, f"min(max({ratio},{low}),{high})")
        for k, target_v in enumerate(self.centred_targets_v):
            part.behavioural_voltage(
                f"e{k}", f"e{k}", GROUND, f"v(a)*v(c{k})-({format_number(target_v)})"
            )
            part.behavioural_current(f"s{k}", GROUND, "s", f"v(p{k})*v(e{k})")
        part.resistor("s", "s", GROUND, 1.0)
        part.behavioural_voltage("d", "d", GROUND, "v(a)*v(s)")
        return part
