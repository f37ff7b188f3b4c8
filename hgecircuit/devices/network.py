"""A device as a feed-forward network: value, exact gradient, and the same network as SPICE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hgecircuit.devices.activations import ACTIVATIONS
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.network_netlist import network_subcircuit
from hgecircuit.errors import InputError
from hgecircuit.netlist import Subcircuit

# Rows times widest layer evaluated at once: intermediate arrays of 0.3 MB stay inside the cache.
_CHUNK_VALUES = 32_768
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_RANGE_SEED = 2019
_RANGE_SAMPLES = 20_000


@dataclass(frozen=True, eq=False)
class NetworkDevice(DeviceModel):
    """A feed-forward network with a linear output neuron.

    h_0 = V; h_k = f(W_k h_(k-1) + b_k); I = scale (W_L h_(L-1) + b_L) + offset, then clipped if
    ``clip_a`` is given.

    Attributes:
        name: Short name, fit for a file name and, with ``-`` as ``_``, for a subcircuit.
        weights: One array per layer, shape (neurons, inputs); the first takes volts.
        biases: One array per layer, shape (neurons,).
        activation: A key of :data:`hgecircuit.devices.activations.ACTIVATIONS`.
        current_scale_a: Current of one unit at the output neuron, in A.
        voltage_min_v: Lower ends of the safe ranges, shape (M,), in V.
        voltage_max_v: Upper ends, shape (M,), in V.
        current_offset_a: Current added behind the scale, in A.
        clip_a: Lowest and highest output current in A, or None for no clipping.
        current_range_a: Largest minus smallest current inside the ranges, in A; 0 on construction
            means that :func:`measure_current_range_a` finds it.
        provenance: Where the model comes from, fit errors, seeds.

    Raises:
        InputError: Shapes that do not chain, values that are not finite, an unknown activation,
            or empty ranges.
    """

    name: str
    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    activation: str
    current_scale_a: float
    voltage_min_v: np.ndarray
    voltage_max_v: np.ndarray
    current_offset_a: float = 0.0
    clip_a: tuple[float, float] | None = None
    current_range_a: float = 0.0
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _set(self, "weights", tuple(_frozen(w) for w in self.weights))
        _set(self, "biases", tuple(_frozen(b) for b in self.biases))
        _set(self, "voltage_min_v", _frozen(self.voltage_min_v))
        _set(self, "voltage_max_v", _frozen(self.voltage_max_v))
        _check(self)
        if not self.current_range_a > 0:
            _set(self, "current_range_a", measure_current_range_a(self))
        if not self.current_range_a > 0:
            raise InputError("the current is the same everywhere in the ranges", key="layers")

    @property
    def hidden(self) -> tuple[int, ...]:
        """Neurons in each hidden layer."""
        return tuple(len(bias) for bias in self.biases[:-1])

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        """Output current in A, shape (...), at electrode voltages of shape (..., M) in V."""
        return self._evaluate(voltages_v, gradient=False)[0]

    def shifted_current_a(self, points_v: np.ndarray, shifts_v: np.ndarray) -> np.ndarray:
        """See :class:`DeviceModel`.

        W_1 (V + s) = W_1 V + W_1 s: both products serve many pairs, and a pair costs one addition
        per neuron of the first layer instead of a product.
        """
        first, bias = self.weights[0].T, self.biases[0]
        current = np.empty((len(points_v), len(shifts_v)))
        across = max(1, min(self._chunk_rows, len(shifts_v)))
        down = max(1, self._chunk_rows // across)
        room = np.empty((down, across, len(bias)))
        for left in range(0, len(shifts_v), across):
            shifts = shifts_v[left : left + across] @ first
            for top in range(0, len(points_v), down):
                points = points_v[top : top + down] @ first + bias
                block = current[top : top + down, left : left + across]
                totals = room.reshape(-1, len(bias))[: block.size]
                np.add(points[:, None], shifts, out=totals.reshape(*block.shape, -1))
                block[:] = self._evaluate_totals(totals, False)[0].reshape(block.shape)
        return current

    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """Exact derivatives dI/dV_m in A/V, shape (..., M), at voltages of shape (..., M)."""
        return self._evaluate(voltages_v, gradient=True)[1]

    def current_and_gradient(self, voltages_v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Current (...) in A and its derivatives (..., M) in A/V, for the price of the latter."""
        return self._evaluate(voltages_v, gradient=True)

    def subcircuit(self) -> Subcircuit:
        """The network as SPICE: ports ``e0 .. e<M-1>`` (drawing no current), then ``out``."""
        return network_subcircuit(self)

    def _evaluate(self, voltages_v: np.ndarray, gradient: bool) -> tuple[np.ndarray, np.ndarray]:
        voltages = np.asarray(voltages_v, dtype=float)
        if voltages.shape[-1:] != (self.electrodes,):
            raise ValueError(f"voltages need shape (..., {self.electrodes}), not {voltages.shape}")
        rows = voltages.reshape(-1, self.electrodes)
        current = np.empty(len(rows))
        slopes = np.empty(rows.shape if gradient else (0, 0))
        for start in range(0, len(rows), self._chunk_rows):
            part = slice(start, start + self._chunk_rows)
            totals = rows[part] @ self.weights[0].T
            totals += self.biases[0]
            current[part], found = self._evaluate_totals(totals, gradient)
            if found is not None:
                slopes[part] = found
        return (
            current.reshape(voltages.shape[:-1]),
            slopes.reshape(voltages.shape) if gradient else slopes,
        )

    @property
    def _chunk_rows(self) -> int:
        return max(1, _CHUNK_VALUES // max(len(bias) for bias in self.biases))

    def _evaluate_totals(
        self, totals: np.ndarray, gradient: bool
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Current and slopes from the first layer's sums, shape (rows, neurons), which are lost."""
        activation = ACTIVATIONS[self.activation]
        apply = activation.value if gradient else activation.overwrite
        layer = apply(totals)
        slopes = [activation.slope(totals, layer)] if gradient else []
        for weights, biases in zip(self.weights[1:-1], self.biases[1:-1], strict=True):
            totals = layer @ weights.T
            totals += biases
            layer = apply(totals)
            if gradient:
                slopes.append(activation.slope(totals, layer))
        scale = self.current_scale_a
        current = (layer @ self.weights[-1][0] + self.biases[-1][0]) * scale
        current += self.current_offset_a
        back = self._back_propagate(slopes, len(totals)) if gradient else None
        if self.clip_a is None:
            return current, back
        clipped = np.clip(current, *self.clip_a)
        if back is not None:
            back[clipped != current] = 0.0
        return clipped, back

    def _back_propagate(self, slopes: Sequence[np.ndarray], rows: int) -> np.ndarray:
        back = np.broadcast_to(self.weights[-1][0] * self.current_scale_a, (rows, self.hidden[-1]))
        for weights, slope in zip(reversed(self.weights[:-1]), reversed(slopes), strict=True):
            back = (back * slope) @ weights
        return back


def fold_input_scaling(
    weights: np.ndarray, biases: np.ndarray, scale_per_v: np.ndarray, offset: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First layer of a network that takes volts, from one that takes x = scale V + offset.

    Args:
        weights: Shape (neurons, M), for the scaled inputs.
        biases: Shape (neurons,).
        scale_per_v: Shape (M,), in 1/V.
        offset: Shape (M,).

    Returns:
        Weights in 1/V and biases.
    """
    return weights * np.asarray(scale_per_v), biases + weights @ np.asarray(offset)


def measure_current_range_a(model: DeviceModel) -> float:
    """Largest minus smallest current inside the ranges, in A.

    Fixed random points, then 60 steps of projected gradient ascent and descent from the 32
    extreme ones (steps of at most 5 % of the range): a lower bound, close to the truth.
    """
    low, high = model.voltage_min_v, model.voltage_max_v
    generator = np.random.Generator(np.random.PCG64(_RANGE_SEED))
    points = generator.uniform(low, high, (_RANGE_SAMPLES, model.electrodes))
    order = np.argsort(model.current_a(points))
    ends = []
    for sign, chosen in ((-1.0, order[:32]), (1.0, order[-32:])):
        place = points[chosen]
        best = sign * model.current_a(place).max() if sign > 0 else -model.current_a(place).min()
        for _ in range(60):
            slope = model.gradient_a_per_v(place) * (high - low)
            size = np.abs(slope).max(axis=-1, keepdims=True)
            step = np.divide(slope, size, out=np.zeros_like(slope), where=size > 0)
            place = np.clip(place + sign * 0.05 * (high - low) * step, low, high)
            best = max(best, float((sign * model.current_a(place)).max()))
        ends.append(best)
    return float(ends[0] + ends[1])


def check_name(name: str) -> None:
    """Refuse a model's name that netlists or file systems would misread."""
    if not _NAME.fullmatch(name):
        raise InputError(
            "a model's name must be fit for netlists and files",
            key="name",
            value=name,
            expected="letters, digits, - and _, at most 60",
        )


def _set(model: NetworkDevice, name: str, value: object) -> None:
    object.__setattr__(model, name, value)


def _frozen(values: object) -> np.ndarray:
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array


def _check(model: NetworkDevice) -> None:
    check_name(model.name)
    if model.activation not in ACTIVATIONS:
        raise InputError(
            "unknown activation",
            key="activation",
            value=model.activation,
            expected="one of " + ", ".join(ACTIVATIONS),
        )
    if len(model.weights) < 2 or len(model.weights) != len(model.biases):
        raise InputError("a network needs a hidden layer, and a bias array for each weight array")
    if model.voltage_min_v.ndim != 1 or model.voltage_min_v.shape != model.voltage_max_v.shape:
        raise InputError("voltage ranges must be two lists of the same length", key="voltage_min")
    width = model.electrodes
    for index, (weights, biases) in enumerate(zip(model.weights, model.biases, strict=True)):
        if weights.ndim != 2 or weights.shape[1] != width or biases.shape != weights.shape[:1]:
            raise InputError(
                "layer shapes do not chain",
                key=f"layer {index}",
                value=(weights.shape, biases.shape),
                expected=f"weights of shape (neurons, {width}) and biases of shape (neurons,)",
            )
        width = weights.shape[0]
    if width != 1:
        raise InputError("the last layer must have one output", key="layers", value=width)
    _check_values(model)


def _check_values(model: NetworkDevice) -> None:
    for index, arrays in enumerate(zip(model.weights, model.biases, strict=True)):
        if not all(np.isfinite(array).all() for array in arrays):
            raise InputError("a weight or bias is not finite", key=f"layer {index}")
    scalars = [model.current_scale_a, model.current_offset_a, *(model.clip_a or ())]
    if not np.isfinite(scalars).all() or model.current_scale_a == 0:
        raise InputError("scale, offset or clipping is not usable", key="current", value=scalars)
    if model.clip_a is not None and not model.clip_a[0] < model.clip_a[1]:
        raise InputError("empty clipping range", key="clip", value=model.clip_a)
    low, high = model.voltage_min_v, model.voltage_max_v
    if not (np.isfinite(low).all() and np.isfinite(high).all() and (low < high).all()):
        raise InputError(
            "every electrode needs a range with minimum below maximum",
            key="voltage_min, voltage_max",
            value=(low.tolist(), high.tolist()),
        )
