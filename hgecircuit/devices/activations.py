"""Activation functions of network models: value, two derivatives and the SPICE expression.

`ACTIVATIONS` is the one table of the family; the loaders, the fit, the netlist writer and the
tests all read it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """One activation function, applied to each neuron.

    Attributes:
        value: h(a), for arrays of any shape.
        slope: dh/da, as a function of a and h(a).
        bend: d2h/da2, as a function of a and h(a); zero where h is piecewise linear.
        expression: SPICE expression of h for a node name, only with functions that ngspice 39
            evaluates as written (tested: max, min, exp, tanh; not pow, limit, ``?:``).
        smooth: Whether the slope is continuous.
    """

    value: Function
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    bend: Callable[[np.ndarray, np.ndarray], np.ndarray]
    expression: Callable[[str], str]
    smooth: bool

    def overwrite(self, a: np.ndarray) -> np.ndarray:
        """h(a), in the memory of ``a`` if numpy has the function: a tenth of the time less."""
        return self.value(a, out=a) if isinstance(self.value, np.ufunc) else self.value(a)


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def _no_bend(a: np.ndarray, h: np.ndarray) -> np.ndarray:
    return np.zeros_like(h)


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation(
        value=np.tanh,
        slope=lambda a, h: 1 - h * h,
        bend=lambda a, h: -2 * h * (1 - h * h),
        expression=lambda node: f"tanh(v({node}))",
        smooth=True,
    ),
    "sigmoid": Activation(
        value=_sigmoid,
        slope=lambda a, h: h * (1 - h),
        bend=lambda a, h: h * (1 - h) * (1 - 2 * h),
        # 1/(1+exp(-a)) overflows for large negative a; this is the same function
        expression=lambda node: f"0.5+0.5*tanh(0.5*v({node}))",
        smooth=True,
    ),
    "elu": Activation(
        value=lambda a: np.where(a > 0, a, np.expm1(np.minimum(a, 0))),
        slope=lambda a, h: np.where(a > 0, 1.0, h + 1).astype(h.dtype, copy=False),
        bend=lambda a, h: np.where(a > 0, 0.0, h + 1).astype(h.dtype, copy=False),
        expression=lambda node: f"max(v({node}),0)+exp(min(v({node}),0))-1",
        smooth=True,
    ),
    "relu": Activation(
        value=lambda a: np.maximum(a, 0),
        slope=lambda a, h: (a > 0).astype(h.dtype),
        bend=_no_bend,
        expression=lambda node: f"max(v({node}),0)",
        smooth=False,
    ),
    "hard-tanh": Activation(
        value=lambda a: np.clip(a, -1, 1),
        slope=lambda a, h: (np.abs(a) < 1).astype(h.dtype),
        bend=_no_bend,
        expression=lambda node: f"max(min(v({node}),1),-1)",
        smooth=False,
    ),
}
