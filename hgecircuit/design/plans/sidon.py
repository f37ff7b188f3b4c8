"""Algebraic Sidon sets: about sqrt(N) numbers modulo N, all of whose differences are distinct.

Any stretch of N whole numbers of such a set is a Golomb ruler, and so is every multiple by a unit
modulo N and every rotation, which gives thousands of dense rulers of any size at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np


class SidonSet(NamedTuple):
    """A set with distinct differences modulo ``modulus``.

    Attributes:
        name: Who found the family.
        elements: Rising, from 0 to ``modulus`` - 1, shape (n,).
        modulus: N.
    """

    name: str
    elements: np.ndarray
    modulus: int


@lru_cache(maxsize=64)
def ruzsa(prime: int) -> SidonSet:
    """Ruzsa 1993: p - 1 elements modulo p (p - 1): x = i mod p - 1 and x = g^i mod p.

    Args:
        prime: p; g is its least primitive root.
    """
    exponents = np.arange(1, prime)
    powers = np.array(_powers_of_root(prime))
    elements = (exponents * prime - powers * (prime - 1)) % (prime * (prime - 1))
    return _made("Ruzsa", elements, prime * (prime - 1))


@lru_cache(maxsize=64)
def bose(prime: int) -> SidonSet:
    """Bose 1942: p elements modulo p^2 - 1: exponents i with theta^i - theta in GF(p).

    Args:
        prime: p; theta generates the field of p^2 elements.
    """
    powers = _field_powers(prime, 2, prime**2 - 1)
    return _made("Bose", np.flatnonzero(powers[:, 1] == 1), prime**2 - 1)


@lru_cache(maxsize=64)
def singer(prime: int) -> SidonSet:
    """Singer 1938: p + 1 elements modulo p^2 + p + 1: exponents of a plane of GF(p^3).

    Args:
        prime: p; the plane is spanned by 1 and a generator of the field of p^3 elements.
    """
    modulus = prime**2 + prime + 1
    powers = _field_powers(prime, 3, modulus)
    return _made("Singer", np.flatnonzero(powers[:, 2] == 0), modulus)


FAMILIES: dict[str, Callable[[int], SidonSet]] = {"ruzsa": ruzsa, "bose": bose, "singer": singer}


def primes_from(smallest: int) -> Iterator[int]:
    """Primes from ``smallest`` on, rising."""
    number = max(2, smallest)
    while True:
        if number < 4 or not (number % np.arange(2, int(number**0.5) + 1) == 0).any():
            yield number
        number += 1


def _made(name: str, elements: np.ndarray, modulus: int) -> SidonSet:
    rising = np.sort(elements)
    rising.flags.writeable = False
    return SidonSet(name, rising, modulus)


def _prime_factors(number: int) -> list[int]:
    factors, divisor = [], 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            factors.append(divisor)
            while number % divisor == 0:
                number //= divisor
        divisor += 1
    return [*factors, number] if number > 1 else factors


def _powers_of_root(prime: int) -> list[int]:
    """g^1 ... g^(p - 1) modulo p."""
    factors = _prime_factors(prime - 1)
    root = next(
        g
        for g in range(1, prime)
        if all(pow(g, (prime - 1) // factor, prime) != 1 for factor in factors)
    )
    powers = [root]
    while len(powers) < prime - 1:
        powers.append(powers[-1] * root % prime)
    return powers


def _field_powers(prime: int, degree: int, count: int) -> np.ndarray:
    """theta^0 ... theta^(count - 1), theta a generator of GF(p^n), shape (count, n)."""
    low = _primitive_polynomial(prime, degree)
    powers = np.zeros((1, degree), np.int64)
    powers[0, 0] = 1
    # The first block, times theta to the length of the block, is the next one.
    step = np.zeros((1, degree), np.int64)
    step[0, 1] = 1
    while len(powers) < count:
        powers = np.concatenate([powers, _times(powers, step, low, prime)])
        step = _times(step, step, low, prime)
    return powers[:count]


def _primitive_polynomial(prime: int, degree: int) -> tuple[int, ...]:
    """Lower coefficients c of the first x^n + c_(n-1) x^(n-1) + ... + c_0 whose root generates.

    A root whose order is p^n - 1 makes every element but 0 a power of it, so the ring is a field.
    """
    order = prime**degree - 1
    factors = _prime_factors(order)
    one = np.eye(1, degree, dtype=np.int64)
    for number in range(1, prime**degree):
        low = tuple(number // prime**k % prime for k in range(degree))
        if low[0] == 0 or not np.array_equal(_power(order, low, prime), one):
            continue
        if all(not np.array_equal(_power(order // f, low, prime), one) for f in factors):
            return low
    raise AssertionError("every finite field has a generator")


def _power(exponent: int, low: tuple[int, ...], prime: int) -> np.ndarray:
    """theta^exponent, shape (1, n)."""
    result = np.eye(1, len(low), dtype=np.int64)
    base = np.roll(result, 1, axis=1)
    while exponent:
        if exponent & 1:
            result = _times(result, base, low, prime)
        base = _times(base, base, low, prime)
        exponent >>= 1
    return result


def _times(left: np.ndarray, right: np.ndarray, low: tuple[int, ...], prime: int) -> np.ndarray:
    """Products of polynomials (K, n) and (1, n) modulo p and modulo x^n + low, shape (K, n)."""
    degree = len(low)
    full = np.zeros((len(left), 2 * degree - 1), np.int64)
    for k in range(degree):
        full[:, k : k + degree] += left * right[0, k]
    full %= prime
    for k in range(2 * degree - 2, degree - 1, -1):
        for j in range(degree):
            full[:, k - degree + j] -= full[:, k] * low[j]
        full %= prime
    return full[:, :degree]
