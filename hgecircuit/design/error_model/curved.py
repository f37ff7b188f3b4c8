"""What a lock-in makes of a curved device: shifted gain, harmonics and intermodulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.error_model.budget import Term, bias_term, random_term
from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.design.error_model.products import (
    Mixed,
    Tones,
    carrier_tones,
    mix,
    product_tones,
)
from hgecircuit.design.error_model.taylor import Taylor


@dataclass(frozen=True, eq=False)
class CurvedErrors:
    """Errors of a curved device.

    Attributes:
        terms: Curvature, and products of the second and third order.
        covariance_a2_per_v2: What the mean square of the sum has beyond the terms' own: products
            that add to the carriers' crosstalk, or to the direct current, as amplitudes. Shape
            (P, C), either sign.
    """

    terms: tuple[Term, ...]
    covariance_a2_per_v2: np.ndarray | float


def curved_errors(
    lock_in: LockIn, taylor: Taylor, direct_current_a: np.ndarray | None = None
) -> CurvedErrors:
    """Curvature, and products of the second and third order, as far as the Taylor series goes.

    The third order changes the slope that the carriers meet, by
    T_mmm a_m^2 / 8 + sum_{n != m} T_mnn a_n^2 / 4, which no filter can tell from the slope itself;
    all else lies at other frequencies, or on a carrier with an oscillator's random phase
    (2 f_2 - f_1 on f_3 when carriers are equally spaced).

    Args:
        lock_in: The lock-in.
        taylor: The device.
        direct_current_a: I_0 at the demodulators, shape (P,); None when it is removed.
    """
    terms: list[Term] = []
    covariance: np.ndarray | float = 0.0
    if taylor.second_a_per_v2 is not None:
        tones = product_tones(lock_in, taylor.second_a_per_v2)
        other = None if direct_current_a is None else _direct(tones, direct_current_a)
        mixed, shared = _mix_all(lock_in, tones, other)
        covariance = covariance + shared
        terms.append(_products("second-order products", mixed, with_bias=True))
    if taylor.third_a_per_v3 is not None:
        tones = product_tones(lock_in, taylor.third_a_per_v3)
        carriers = carrier_tones(lock_in, tones.vectors, taylor.gradient_a_per_v)
        mixed, shared = _mix_all(lock_in, tones, carriers)
        covariance = covariance + shared
        terms.append(bias_term("curvature", _constants(mixed)))
        terms.append(_products("third-order products", mixed, with_bias=False))
    return CurvedErrors(tuple(terms), covariance)


def _direct(tones: Tones, current_a: np.ndarray) -> np.ndarray:
    """The direct current as a tone among those of the second order, shape (P, L)."""
    still = ~tones.vectors.any(axis=1)
    return np.asarray(current_a, float)[:, None] * still


def _mix_all(
    lock_in: LockIn, tones: Tones, other_a: np.ndarray | None
) -> tuple[list[Mixed], np.ndarray | float]:
    """What every channel reads of the products, and their covariance with other tones, (P, C)."""
    channels = range(lock_in.channels)
    if other_a is None:
        return [mix(lock_in, tones, m) for m in channels], 0.0
    points = len(other_a)
    mixed, covariance = [], []
    both = Tones(tones.vectors, np.concatenate([tones.amplitude_a, other_a]))
    for m in channels:
        one = mix(lock_in, both, m)
        products, others = one.others[:points], one.others[points:]
        covariance.append(2 * np.real(products * np.conj(others)).sum(axis=1))
        mixed.append(Mixed(one.constant[:points], products))
    return mixed, np.stack(covariance, axis=1)


def _products(name: str, mixed: list[Mixed], *, with_bias: bool) -> Term:
    """All but the constant; the second order's is 0 unless channels share an oscillator."""
    variance = np.stack([one.variance for one in mixed], axis=1)
    bound = np.stack([one.bound for one in mixed], axis=1)
    if not with_bias:
        return random_term(name, variance, bound)
    bias = _constants(mixed)
    return Term(name, bias, variance, bound + np.abs(bias))


def _constants(mixed: list[Mixed]) -> np.ndarray:
    return np.stack([one.constant for one in mixed], axis=1)
