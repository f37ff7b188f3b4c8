"""The paper's correlation-sigmoid loss: its derivative computed from the held outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from hgecircuit.netlist import GROUND, Subcircuit, format_number
from hgecircuit.parts.error_circuits.base import (
    ErrorCircuit,
    add_sum,
    add_unused_gate,
    error_ports,
)
from hgecircuit.parts.multipliers.product import Multiplier

#: ``"mean"``: mean of the high outputs minus mean of the low ones (the paper's words);
#: ``"minimum"``: lowest high output minus highest low one.
Separation = Literal["mean", "minimum"]
_IDEAL = Multiplier()


@final
@dataclass(frozen=True)
class CorrelationSigmoid(ErrorCircuit):
    """Slope of E = (1 - rho) / sigmoid(y_sep / scale) (Boon 2025, Methods, "Loss function").

    From the centred outputs c_k = y_k - mean y and the unit target t = (z - mean z) / |z - mean z|
    it forms n = |c| (squarers and a root), rho = c t / n (a divider), D = 1 - rho, and

        dE/dy_k = (1 + q) (rho c_k / n - t_k) g - D q u_k / scale,

    with q = exp(-y_sep / scale) = 1/sigmoid - 1 and u_k = dy_sep/dy_k. Only the selected pattern's
    c_k, t_k and u_k reach the two multipliers.

    - The sigmoid is a differential pair: its two halves carry (1 +- tanh(x/2)) / 2 of the tail
      current, x = y_sep / scale, and q is their ratio. The divider stops at ``least_share`` of the
      tail, where q is 1/least_share.
    - g = 1/n, but falls to 0 below n = ``floor_v``: with all outputs equal rho has no derivative,
      and the sigmoid alone drives the labels apart, as in the loss.
    - With the minimum as separation u_k comes from a winner-take-all: exponentials of
      (y_k - min) / ``tie_v``, normalised, so that equal outputs share equally.

    The errors, which only the latch needs, are those of the best affine readout:
    e_k = min(|z - mean z| / n, gain_max) c_k - (z_k - mean z); they vanish at rho = 1, and the
    limit of the gain asks for a separation of 1/gain_max.

    Attributes:
        targets: Target of each pattern, 0 or 1, with both labels among them.
        scale_v: Output voltage that one unit of the sigmoid's argument stands for.
        gain_max: Largest readout gain of the errors, in V/V.
        separation: Which reading of y_sep.
        multiplier: The two products.
        floor_v: Least n that the root and the dividers work with.
        least_share: Least share of the tail current that q's divider works with.
        tie_v: Difference at which the winner-take-all tells two outputs apart.
        limit_v: Largest magnitude of ``d``, in V: the rails.
    """

    targets: tuple[float, ...]
    scale_v: float
    gain_max: float
    separation: Separation = "mean"
    multiplier: Multiplier = _IDEAL
    floor_v: float = 1e-3
    least_share: float = 1e-3
    tie_v: float = 1e-3
    limit_v: float = 10.0

    @property
    def unit_targets(self) -> np.ndarray:
        """Centred targets of length 1, shape (K,)."""
        return self.centred_targets_v / np.linalg.norm(self.centred_targets_v)

    def error_v(self, held_v: np.ndarray) -> np.ndarray:
        """See :class:`ErrorCircuit`."""
        centred_v, norm_v = self._shape(held_v)
        target_v = self.centred_targets_v
        gain = np.minimum(np.linalg.norm(target_v) / norm_v, self.gain_max)
        return gain[..., None] * centred_v - target_v

    def slope(self, held_v: np.ndarray) -> np.ndarray:
        """See :class:`ErrorCircuit`; with the multipliers' errors and the rails."""
        centred_v, norm_v = self._shape(held_v)
        rho = centred_v @ self.unit_targets / norm_v
        share = np.minimum((centred_v**2).sum(axis=-1) / self.floor_v**2, 1.0) / norm_v
        apart_v, weights = self._separate(held_v)
        half = np.tanh(apart_v / (2 * self.scale_v)) / 2
        odds = (0.5 - half) / np.maximum(0.5 + half, self.least_share)
        turn = ((rho / norm_v)[..., None] * centred_v - self.unit_targets) * share[..., None]
        product_v = self.multiplier.product_v
        slope = product_v((1 + odds)[..., None], turn)
        slope = slope - product_v(((1 - rho) * odds)[..., None], weights / self.scale_v)
        return np.clip(slope, -self.limit_v, self.limit_v)

    def subcircuit(self, name: str = "error_circuit") -> Subcircuit:
        """See :class:`ErrorCircuit`."""
        patterns = range(len(self.targets))
        part = Subcircuit(
            name, error_ports(len(patterns)), "Error circuit: slope of (1 - rho) / sigmoid(y_sep)."
        )
        add_unused_gate(part)
        self._add_correlation(part)
        part.comment("Separation of the labels, and its derivative by the selected output")
        if self.separation == "mean":
            self._add_mean_separation(part)
        else:
            self._add_minimum_separation(part)
        part.comment("Differential pair, and the ratio q of its currents")
        half = f"0.5*tanh({format_number(0.5 / self.scale_v)}*v(apart))"
        part.behavioural_voltage("high", "high", GROUND, f"0.5+{half}")
        part.behavioural_voltage("low", "low", GROUND, f"0.5-{half}")
        least = format_number(self.least_share)
        part.behavioural_voltage("odds", "q", GROUND, f"v(low)/max(v(high),{least})")
        part.comment("The two terms of the slope, and the rails")
        product = self.multiplier.subcircuit()
        part.behavioural_voltage("weight", "weight", GROUND, "1+v(q)")
        part.instance("correlation", product, ("weight", "turn", "first"))
        part.behavioural_voltage("distance", "distance", GROUND, "(1-v(rho))*v(q)")
        part.vcvs("direction", "direction", GROUND, "chosen", GROUND, 1 / self.scale_v)
        part.instance("separation", product, ("distance", "direction", "second"))
        limit = format_number(self.limit_v)
        part.behavioural_voltage(
            "slope", "d", GROUND, f"min(max(v(first)-v(second),-{limit}),{limit})"
        )
        return part

    def _shape(self, held_v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        centred_v = held_v - held_v.mean(axis=-1, keepdims=True)
        return centred_v, np.maximum(np.linalg.norm(centred_v, axis=-1), self.floor_v)

    def _labels(self, label: str) -> np.ndarray:
        targets = np.asarray(self.targets)
        return np.flatnonzero((targets == targets.max()) == (label == "high"))

    def _mean_weights(self) -> np.ndarray:
        weights = np.zeros(len(self.targets))
        for label, sign in (("high", 1), ("low", -1)):
            weights[self._labels(label)] = sign / len(self._labels(label))
        return weights

    def _separate(self, held_v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Separation in V, shape (...), and its derivative by the outputs, (..., K) or (K,)."""
        if self.separation == "mean":
            return held_v @ self._mean_weights(), self._mean_weights()
        weights, ends_v = np.zeros_like(held_v), []
        for label, sign in (("high", 1), ("low", -1)):
            members = self._labels(label)
            mine_v = sign * held_v[..., members]
            end_v = mine_v.min(axis=-1, keepdims=True)
            votes = np.exp(-(mine_v - end_v) / self.tie_v)
            weights[..., members] = sign * votes / votes.sum(axis=-1, keepdims=True)
            ends_v.append(end_v[..., 0])
        return ends_v[0] + ends_v[1], weights

    def _add_correlation(self, part: Subcircuit) -> None:
        """Add ``c<k>``, the errors, ``n``, ``rho``, and ``turn``: dD/dy of the selected output."""
        patterns = range(len(self.targets))
        part.comment("Centred outputs, their length, and their correlation with the targets")
        add_sum(part, "mean", [(f"y{k}", GROUND, 1 / len(patterns)) for k in patterns])
        part.resistor("syy", "syy", GROUND, 1.0)
        for k in patterns:
            add_sum(part, f"c{k}", [(f"y{k}", "mean", 1.0)])
            part.behavioural_current(f"syy{k}", GROUND, "syy", f"v(c{k})*v(c{k})")
        floor = format_number(self.floor_v**2)
        part.behavioural_voltage("root", "n", GROUND, f"sqrt(max(v(syy),{floor}))")
        unit = [float(target) for target in self.unit_targets]
        add_sum(part, "syz", [(f"c{k}", GROUND, unit[k]) for k in patterns])
        part.behavioural_voltage("rho", "rho", GROUND, "v(syz)/v(n)")
        part.comment("Errors for the latch")
        length = format_number(float(np.linalg.norm(self.centred_targets_v)))
        limit = format_number(self.gain_max)
        part.behavioural_voltage("gain", "a", GROUND, f"min({length}/v(n),{limit})")
        for k, target_v in enumerate(self.centred_targets_v):
            error = f"v(a)*v(c{k})-({format_number(target_v)})"
            part.behavioural_voltage(f"e{k}", f"e{k}", GROUND, error)
        part.comment("Derivative of 1 - rho by the selected output")
        part.resistor("selected", "selected", GROUND, 1.0)
        for k in patterns:
            part.behavioural_current(f"selected{k}", GROUND, "selected", f"v(p{k})*v(c{k})")
        add_sum(part, "target", [(f"p{k}", GROUND, unit[k]) for k in patterns])
        part.behavioural_voltage("share", "share", GROUND, f"min(v(syy)/{floor},1)/v(n)")
        part.behavioural_voltage(
            "turn", "turn", GROUND, "(v(rho)*v(selected)/v(n)-v(target))*v(share)"
        )

    def _add_mean_separation(self, part: Subcircuit) -> None:
        """Add ``apart`` and ``chosen``, u_k of the selected pattern."""
        weights = [float(weight) for weight in self._mean_weights()]
        for node, kind in (("apart", "y"), ("chosen", "p")):
            terms = [(f"{kind}{k}", GROUND, weight) for k, weight in enumerate(weights)]
            add_sum(part, node, terms)

    def _add_minimum_separation(self, part: Subcircuit) -> None:
        """Add ``apart`` and ``chosen`` with a winner-take-all among each label's outputs."""
        slope = format_number(1 / self.tie_v)
        for label, pick in (("high", "min"), ("low", "max")):
            members = [int(k) for k in self._labels(label)]
            end = ""
            for node, expression in _chain(members, label, pick):
                part.behavioural_voltage(node, node, GROUND, expression)
                end = node
            add_sum(part, f"{label}_end", [(end, GROUND, 1.0)])
            for k in members:
                above = f"v(y{k})-v({label}_end)"
                above = above if label == "high" else f"v({label}_end)-v(y{k})"
                vote = f"exp(-{slope}*max({above},0))"
                part.behavioural_voltage(f"vote{k}", f"vote{k}", GROUND, vote)
            add_sum(part, f"{label}_votes", [(f"vote{k}", GROUND, 1.0) for k in members])
            part.resistor(f"{label}_chosen", f"{label}_chosen", GROUND, 1.0)
            for k in members:
                vote = f"v(p{k})*v(vote{k})"
                part.behavioural_current(f"chosen{k}", GROUND, f"{label}_chosen", vote)
        part.behavioural_voltage("apart", "apart", GROUND, "v(high_end)-v(low_end)")
        shares = [f"v({label}_chosen)/v({label}_votes)" for label in ("high", "low")]
        part.behavioural_voltage("chosen", "chosen", GROUND, "-".join(shares))


def _chain(members: list[int], label: str, pick: str) -> Iterator[tuple[str, str]]:
    """Nodes and expressions that find the lowest or highest of some held outputs, two at a time."""
    best = f"v(y{members[0]})"
    for k in members:
        yield f"{label}_{k}", f"{pick}({best},v(y{k}))"
        best = f"v({label}_{k})"
