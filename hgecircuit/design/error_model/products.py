"""Harmonics and intermodulation: the tones that a curved device makes of the carriers.

With z_g = exp(j theta_g) for oscillator g, sin(theta_m) = (u_m z_g + conj(u_m) / z_g) / 2, so that
the second- and third-order terms of the device's Taylor series become Laurent polynomials
sum_n C_n z^n: one tone per vector n of whole numbers, at the frequency n . f. A channel's reference
multiplies it by (v_m z_g + conj(v_m) / z_g). Tones that end on the same vector k have a fixed phase
to each other and add as amplitudes; those on different vectors add as powers, because the phases of
different oscillators are random. That makes the mean square exact.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.errors import InputError

# A vector's digits lie in -4..4; 19 of them fit a 64-bit key.
_BASE = 9
LARGEST_CHANNELS = 19


@dataclass(frozen=True, eq=False)
class Tones:
    """A Laurent polynomial: sum_n C_n exp(j n . theta), both signs of n present.

    Attributes:
        vectors: n, shape (L, G), whole numbers.
        amplitude_a: C_n, complex, shape (P, L).
    """

    vectors: np.ndarray
    amplitude_a: np.ndarray


class Mixed(NamedTuple):
    """A channel's mixed tones, one per vector.

    Attributes:
        constant: Tone of the vector 0: a bias that has no phase, shape (P,).
        others: Amplitudes of all others, complex, shape (P, K).
    """

    constant: np.ndarray
    others: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """Mean square over random phases, shape (P,)."""
        return (np.abs(self.others) ** 2).sum(axis=1)

    @property
    def bound(self) -> np.ndarray:
        """Largest sum that phases can make, shape (P,)."""
        return np.abs(self.others).sum(axis=1)


class _Structure(NamedTuple):
    """Which entries of the derivatives make which tones.

    Attributes:
        vectors: Shape (L, G).
        channels: Channels of every entry, shape (E, order).
        signs: +1 or -1 for u or its conjugate, shape (E, order).
        factor: Numbers before the entries, shape (E,).
        starts: First entry of every tone, shape (L,); entries are sorted by tone.
    """

    vectors: np.ndarray
    channels: np.ndarray
    signs: np.ndarray
    factor: np.ndarray
    starts: np.ndarray


def product_tones(lock_in: LockIn, derivatives: np.ndarray) -> Tones:
    """Tones that one order of the Taylor series makes, in front of the chain.

    Args:
        lock_in: Carriers.
        derivatives: H of shape (P, C, C), or T of shape (P, C, C, C); symmetric.

    Raises:
        InputError: More channels than the sums are made for.
    """
    if lock_in.channels > LARGEST_CHANNELS:
        raise InputError(
            "too many channels for the products of a curved device",
            key="--channels",
            value=lock_in.channels,
            expected=f"at most {LARGEST_CHANNELS} channels with curvature; any number without",
        )
    order = derivatives.ndim - 1
    structure = _structure(order, tuple(int(group) for group in lock_in.groups))
    channels, signs = structure.channels, structure.signs
    turns = np.where(signs > 0, lock_in.turns[channels], np.conj(lock_in.turns[channels]))
    weight = structure.factor * np.prod(turns * np.asarray(lock_in.amplitudes_v)[channels], axis=1)
    values = derivatives[(slice(None), *channels.T)] * weight
    return Tones(structure.vectors, np.add.reduceat(values, structure.starts, axis=1))


def carrier_tones(lock_in: LockIn, vectors: np.ndarray, gradient_a_per_v: np.ndarray) -> np.ndarray:
    """Amplitudes of the carriers themselves among tones of shape (L, G), complex, shape (P, L)."""
    tone_a = gradient_a_per_v * np.asarray(lock_in.amplitudes_v) * lock_in.turns / 2
    member = lock_in.groups[:, None] == np.arange(vectors.shape[1])
    total = tone_a @ member
    single = np.abs(vectors).sum(axis=1) == 1
    up, down = single[:, None] * (vectors == 1), single[:, None] * (vectors == -1)
    return total @ up.T + np.conj(total) @ down.T


def mix(lock_in: LockIn, tones: Tones, m: int) -> Mixed:
    """What channel ``m`` reads of tones, over its amplitude: shapes (P,) and (P, K), in A/V."""
    frequency_hz = tones.vectors @ lock_in.oscillators_hz
    kernel = lock_in.kernel(frequency_hz, lock_in.frequencies_hz[m])
    amplitude = tones.amplitude_a * lock_in.gain(frequency_hz) / lock_in.amplitudes_v[m]
    reference = lock_in.references[m]
    both = np.concatenate(
        [amplitude * reference * kernel.plus, amplitude * np.conj(reference) * kernel.minus], axis=1
    )
    layout = mixed_layout(tones.vectors, int(lock_in.groups[m]))
    sums = np.add.reduceat(both[:, layout.order], layout.starts, axis=1)
    zero = ~layout.vectors.any(axis=1)
    return Mixed(sums[:, zero].sum(axis=1).real, sums[:, ~zero])


class MixedLayout(NamedTuple):
    """Where the sum and difference of every tone with a reference go.

    Attributes:
        vectors: Vectors k of the mixed tones, shape (K, G).
        order: Sums, then differences, sorted by k, shape (2 L,).
        starts: First of every k in ``order``, shape (K,).
    """

    vectors: np.ndarray
    order: np.ndarray
    starts: np.ndarray


def mixed_layout(vectors: np.ndarray, group: int) -> MixedLayout:
    """The layout of tones of shape (L, G) with the reference of oscillator ``group``."""
    unit = np.zeros(vectors.shape[1], int)
    unit[group] = 1
    both = np.concatenate([vectors + unit, vectors - unit])
    keys = both @ _digits(vectors.shape[1])
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order[0]] - 1))
    return MixedLayout(both[order[starts]], order, starts)


@lru_cache(maxsize=32)
def _structure(order: int, groups: tuple[int, ...]) -> _Structure:
    """Entries i <= j (<= k) of a symmetric tensor, times all signs of their exponents."""
    oscillators = max(groups) + 1
    chosen = list(itertools.combinations_with_replacement(range(len(groups)), order))
    signs = np.array(list(itertools.product((1, -1), repeat=order)))
    channels = np.repeat(np.array(chosen), len(signs), axis=0)
    every = np.tile(signs, (len(chosen), 1))
    # 1/order! of the series, permutations of the entry, 1/2 of every sine.
    factor = [len(set(itertools.permutations(one))) for one in chosen]
    scale = np.repeat(factor, len(signs)) / math.factorial(order) / 2**order
    vectors = np.zeros((len(channels), oscillators), int)
    rows = np.arange(len(channels))
    for place in range(order):
        np.add.at(vectors, (rows, np.array(groups)[channels[:, place]]), every[:, place])
    keys = vectors @ _digits(oscillators)
    by_tone = np.argsort(keys, kind="stable")
    keys = keys[by_tone]
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    return _Structure(
        vectors[by_tone[starts]], channels[by_tone], every[by_tone], scale[by_tone], starts
    )


def _digits(count: int) -> np.ndarray:
    return _BASE ** np.arange(count, dtype=np.int64)
