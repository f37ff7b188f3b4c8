"""Training of small networks on values and derivatives, in plain numpy.

Everything here is in normalised units: inputs in [-1, 1], outputs with unit spread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hgecircuit.devices.activations import ACTIVATIONS, Activation

_ROWS_PER_CHUNK = 4096


@dataclass(frozen=True)
class Samples:
    """Training or test data in normalised units.

    Attributes:
        inputs: Shape (n, M).
        values: Shape (n,).
        gradients: Shape (n, M), or None when only values are known.
        gradient_weight: Weight of the derivative's relative error beside the value's.
    """

    inputs: np.ndarray
    values: np.ndarray
    gradients: np.ndarray | None
    gradient_weight: float

    def __len__(self) -> int:
        return len(self.values)

    def part(self, rows: np.ndarray | slice) -> Samples:
        """The same data with fewer rows."""
        gradients = None if self.gradients is None else self.gradients[rows]
        return Samples(self.inputs[rows], self.values[rows], gradients, self.gradient_weight)

    def astype(self, dtype: type) -> Samples:
        """The same data in another precision."""
        gradients = None if self.gradients is None else self.gradients.astype(dtype)
        return Samples(
            self.inputs.astype(dtype), self.values.astype(dtype), gradients, self.gradient_weight
        )


class Shape:
    """Where each layer's weights and biases lie in one flat parameter vector.

    Args:
        sizes: Inputs, hidden layers, 1.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self._places: list[tuple[slice, slice, tuple[int, int]]] = []
        start = 0
        for inputs, outputs in pairwise(sizes):
            middle, end = start + inputs * outputs, start + inputs * outputs + outputs
            self._places.append((slice(start, middle), slice(middle, end), (outputs, inputs)))
            start = end
        self.count = start

    def split(self, flat: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Views of ``flat``: (weights (out, in), biases (out,)) per layer."""
        return [
            (flat[weights].reshape(shape), flat[biases]) for weights, biases, shape in self._places
        ]

    def initial(self, generator: np.random.Generator) -> np.ndarray:
        """Normal weights of variance 1/inputs, biases spread over [-1, 1]."""
        flat = np.zeros(self.count)
        for weights, biases in self.split(flat):
            weights[:] = generator.normal(0, weights.shape[1] ** -0.5, weights.shape)
            biases[:] = generator.uniform(-1, 1, biases.shape)
        self.split(flat)[-1][1][:] = 0
        return flat

    def is_weight(self) -> np.ndarray:
        """True where ``flat`` holds a weight and not a bias."""
        found = np.zeros(self.count, dtype=bool)
        for weights, _, _ in self._places:
            found[weights] = True
        return found


def loss_and_gradient(
    shape: Shape, flat: np.ndarray, data: Samples, activation: str
) -> tuple[float, np.ndarray]:
    """Mean of (f - y)^2 + weight |grad f - grad y|^2 over ``data``, and its derivative.

    The values have unit spread; the caller scales ``gradient_weight`` so that the derivative's
    error is relative (Sobolev training, Czarnecki et al. 2017).
    """
    total, slope = 0.0, np.zeros_like(flat)
    for start in range(0, len(data), _ROWS_PER_CHUNK):
        part = data.part(slice(start, start + _ROWS_PER_CHUNK))
        loss, found = _loss_of_chunk(shape, flat, part, ACTIVATIONS[activation])
        total += loss
        slope += found
    return total / len(data), slope / len(data)


def _loss_of_chunk(
    shape: Shape, flat: np.ndarray, data: Samples, activation: Activation
) -> tuple[float, np.ndarray]:
    layers = shape.split(flat)
    sums, outputs, slopes = _forward(layers, data.inputs, activation)
    last_weights, last_bias = layers[-1]
    misfit = outputs[-1] @ last_weights[0] + last_bias[0] - data.values
    loss = float(np.dot(misfit, misfit))
    gradient = np.zeros_like(flat)
    parts = shape.split(gradient)
    if data.gradients is None:
        _backward_values(layers, parts, outputs, slopes, 2 * misfit)
        return loss, gradient
    backs = _backs(layers, slopes, len(data))
    excess = backs[0] @ layers[0][0] - data.gradients
    loss += data.gradient_weight * float(np.vdot(excess, excess))
    tangents = 2 * data.gradient_weight * excess
    _backward_both(
        layers, parts, (sums, outputs, slopes, backs), (2 * misfit, tangents), activation
    )
    return loss, gradient


def _forward(layers, inputs, activation):
    sums, outputs, slopes = [], [inputs], []
    for weights, biases in layers[:-1]:
        sums.append(outputs[-1] @ weights.T + biases)
        outputs.append(activation.value(sums[-1]))
        slopes.append(activation.slope(sums[-1], outputs[-1]))
    return sums, outputs, slopes


def _backs(layers, slopes, rows):
    """Derivatives of the output by each hidden sum, first layer first."""
    backs = []
    back = np.broadcast_to(layers[-1][0][0], (rows, layers[-1][0].shape[1]))
    for (weights, _), slope in zip(reversed(layers[:-1]), reversed(slopes), strict=True):
        backs.append(back * slope)
        back = backs[-1] @ weights
    return backs[::-1]


def _backward_values(layers, parts, outputs, slopes, misfit):
    adjoint = misfit[:, None]
    for index in range(len(layers) - 1, -1, -1):
        weights, biases = parts[index]
        weights += adjoint.T @ outputs[index]
        biases += adjoint.sum(axis=0)
        if index:
            adjoint = (adjoint @ layers[index][0]) * slopes[index - 1]


def _backward_both(layers, parts, passes, seeds, activation):
    """Derivative of sum(misfit f) + sum(tangent . grad f), seeds held constant.

    The second term is the forward derivative of f along ``tangent``; its reverse pass needs the
    tangents of all layers, and ``backs`` is already the adjoint of each tangent sum.
    """
    sums, outputs, slopes, backs = passes
    misfit, tangent = seeds
    tangents, tangent_sums = [tangent], []
    for (weights, _), slope in zip(layers[:-1], slopes, strict=True):
        tangent_sums.append(tangents[-1] @ weights.T)
        tangents.append(slope * tangent_sums[-1])
    adjoint = misfit[:, None]
    weights, biases = parts[-1]
    weights += adjoint.T @ outputs[-1] + tangents[-1].sum(axis=0)
    biases += adjoint.sum(axis=0)
    following: np.ndarray = np.ones_like(adjoint)
    for index in range(len(layers) - 2, -1, -1):
        above = layers[index + 1][0]
        bend = activation.bend(sums[index], outputs[index + 1])
        adjoint = (adjoint @ above) * slopes[index]
        adjoint += bend * tangent_sums[index] * (following @ above)
        following = backs[index]
        weights, biases = parts[index]
        weights += adjoint.T @ outputs[index] + following.T @ tangents[index]
        biases += adjoint.sum(axis=0)


def adam(
    objective: Callable[[np.ndarray, Samples], tuple[float, np.ndarray]],
    start: np.ndarray,
    data: Samples,
    *,
    epochs: int,
    batch: int,
    learning_rate: float,
    generator: np.random.Generator,
    mask: np.ndarray | None = None,
    report: Callable[[int, float, np.ndarray], None] = lambda epoch, loss, flat: None,
) -> np.ndarray:
    """Adam (Kingma and Ba 2015) on shuffled batches, its rate falling to zero as a half cosine.

    Args:
        objective: Loss and derivative of a parameter vector on some rows.
        start: Parameters to start from.
        data: All rows.
        epochs: Passes over the data.
        batch: Rows per step.
        learning_rate: Largest step per parameter.
        generator: Source of the shuffling.
        mask: 1 where a parameter may change, 0 where it stays as it is.
        report: Called after each pass with its number, mean loss and parameters.
    """
    flat = start.astype(data.inputs.dtype)
    first, second = np.zeros_like(flat), np.zeros_like(flat)
    steps = max(1, len(data) // batch)
    count, total = 0, epochs * steps
    for epoch in range(epochs):
        order = generator.permutation(len(data))
        losses = 0.0
        for index in range(steps):
            rows = order[index * batch : (index + 1) * batch]
            loss, slope = objective(flat, data.part(rows))
            if mask is not None:
                slope = slope * mask
            count += 1
            losses += loss
            rate = learning_rate * 0.5 * (1 + np.cos(np.pi * count / total))
            first += 0.1 * (slope - first)
            second += 0.001 * (slope * slope - second)
            size = np.sqrt(second / (1 - 0.999**count)) + 1e-8
            flat -= (rate / (1 - 0.9**count)) * (first / size).astype(flat.dtype)
        report(epoch, losses / steps, flat)
    return flat
