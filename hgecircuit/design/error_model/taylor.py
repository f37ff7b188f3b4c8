"""How a device answers small changes: its derivatives up to the third order at operating points."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.devices.base import DeviceModel


@dataclass(frozen=True, eq=False)
class Taylor:
    """I(V + d) = I_0 + sum g_m d_m + sum H_mn d_m d_n / 2 + sum T_mnk d_m d_n d_k / 6.

    Attributes:
        gradient_a_per_v: g, shape (P, C).
        second_a_per_v2: H, shape (P, C, C); None for a device without curvature.
        third_a_per_v3: T, shape (P, C, C, C); None likewise.
    """

    gradient_a_per_v: np.ndarray
    second_a_per_v2: np.ndarray | None = None
    third_a_per_v3: np.ndarray | None = None

    def condensed(self) -> Taylor:
        """As few points as hold the same sums of products of any two derivatives over points.

        Powers of tones summed over all points are such sums, whatever the number of points.
        """
        second, third = self.second_a_per_v2, self.third_a_per_v3
        present = [one for one in (self.gradient_a_per_v, second, third) if one is not None]
        columns = [one[(slice(None), *_entries(one.shape))] for one in present]
        ends = np.cumsum([part.shape[1] for part in columns])[:-1]
        few = np.split(_same_products(np.concatenate(columns, axis=1)), ends, axis=1)
        found = [_tensor(part, one.shape) for part, one in zip(few, present, strict=True)]
        return Taylor(
            found[0],
            None if second is None else found[1],
            None if third is None else found[-1],
        )


def _entries(shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """Indices i <= j <= k of symmetric tensors of ``shape``, one array for each place."""
    order, count = len(shape) - 1, shape[-1]
    chosen = list(itertools.combinations_with_replacement(range(count), order))
    return tuple(np.array(chosen).T)


def _tensor(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Symmetric tensors of ``shape``, but for the number of points, from their entries."""
    result = np.empty((len(values), *shape[1:]))
    index = _entries(shape)
    for places in itertools.permutations(range(len(index))):
        result[(slice(None), *(index[place] for place in places))] = values
    return result


def _same_products(rows: np.ndarray) -> np.ndarray:
    """A square matrix R with R^T R = rows^T rows, from the eigenvectors of the latter."""
    size = np.linalg.norm(rows, axis=0)
    size[size == 0] = 1.0
    scaled = rows / size
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    return np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T * size


def taylor_of_device(
    device: DeviceModel,
    points_v: np.ndarray,
    controls: tuple[int, ...],
    amplitudes_v: np.ndarray,
) -> Taylor:
    """Derivatives of a device model, from differences of its exact gradient.

    The steps are a_m / sqrt(2), the nodes of the two-point Gauss-Chebyshev rule over a sine of
    amplitude a_m: the third-order terms then hold the fifth order along one electrode as well, and
    a device made of straight pieces gets the curvature that the perturbation meets.

    Args:
        device: The device model.
        points_v: Operating points, shape (P, M), in V.
        controls: Perturbed electrodes, C of them.
        amplitudes_v: Perturbation amplitudes, shape (C,).
    """
    channels = range(len(controls))
    step_v = np.asarray(amplitudes_v, float) / math.sqrt(2)
    picked = list(controls)

    def gradient(*moves: tuple[int, float]) -> np.ndarray:
        moved_v = np.array(points_v, float)
        for channel, sign in moves:
            moved_v[:, controls[channel]] += sign * step_v[channel]
        return device.gradient_a_per_v(moved_v)[:, picked]

    base = gradient()
    second = np.empty((*base.shape, len(controls)))
    third = np.empty((*second.shape, len(controls)))
    for n in channels:
        up, down = gradient((n, 1)), gradient((n, -1))
        second[:, :, n] = (up - down) / (2 * step_v[n])
        third[:, :, n, n] = (up + down - 2 * base) / step_v[n] ** 2
    for n, k in itertools.combinations(channels, 2):
        total = sum(
            i * j * gradient((n, i), (k, j)) for i, j in itertools.product((1, -1), repeat=2)
        )
        third[:, :, n, k] = third[:, :, k, n] = total / (4 * step_v[n] * step_v[k])
    return Taylor(base, (second + second.transpose(0, 2, 1)) / 2, _symmetric(third))


def _symmetric(third: np.ndarray) -> np.ndarray:
    """T from derivatives [p, of, along, along]: repeated indices from the pure difference."""
    result = np.empty_like(third)
    for index in itertools.combinations_with_replacement(range(third.shape[1]), 3):
        i, j, k = index
        if i == j:
            value = third[:, k, i, i]
        elif j == k:
            value = third[:, i, j, j]
        else:
            value = (third[:, i, j, k] + third[:, j, i, k] + third[:, k, i, j]) / 3
        for order in set(itertools.permutations(index)):
            result[:, order[0], order[1], order[2]] = value
    return result


def uniform_taylor(
    gradient_a_per_v: np.ndarray, second_a_per_v2: float = 0.0, third_a_per_v3: float = 0.0
) -> Taylor:
    """A device of which only typical sizes are known: all second and all third derivatives equal.

    Args:
        gradient_a_per_v: g, shape (C,).
        second_a_per_v2: Every H_mn.
        third_a_per_v3: Every T_mnk.
    """
    gradient = np.asarray(gradient_a_per_v, float)[None]
    count = gradient.shape[1]
    return Taylor(
        gradient,
        np.broadcast_to(second_a_per_v2, (1, count, count)) if second_a_per_v2 else None,
        np.broadcast_to(third_a_per_v3, (1, count, count, count)) if third_a_per_v3 else None,
    )
