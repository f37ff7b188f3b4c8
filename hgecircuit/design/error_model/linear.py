"""What a lock-in makes of a device without curvature: settling, crosstalk, direct current, lag."""

from __future__ import annotations

import numpy as np

from hgecircuit.design.error_model.budget import Term, bias_term, random_term
from hgecircuit.design.error_model.lock_in import Kernel, LockIn
from hgecircuit.design.error_model.windows import FilterWindow


def own_terms(lock_in: LockIn, gradient_a_per_v: np.ndarray) -> list[Term]:
    """Settling, phase lag and second harmonic of every channel by itself.

    The reading of I_m sin(theta_m) is I_m (W(0) - Re W(2 f_m) exp(2 j theta_m)) of its gain.

    Args:
        lock_in: The lock-in.
        gradient_a_per_v: g, shape (P, C).
    """
    g = np.asarray(gradient_a_per_v, float)
    frequencies_hz = lock_in.frequencies_hz
    kernel = lock_in.kernel(frequencies_hz, frequencies_hz)
    gain = lock_in.gain(frequencies_hz) * lock_in.turns
    settled = np.real(kernel.minus)
    in_phase = np.real(gain * np.conj(lock_in.references))
    ripple = np.abs(gain * lock_in.references * kernel.plus)
    return [
        bias_term("settling", g * (settled - 1)),
        bias_term("phase lag", g * settled * (in_phase - 1)),
        random_term("second harmonic", (g * ripple) ** 2 / 2, np.abs(g) * ripple),
    ]


def parallel_term(lock_in: LockIn, gradient_a_per_v: np.ndarray) -> Term:
    """Crosstalk of all other channels at t = T (Boon 2025, Eq. 9, with W in the place of H)."""
    own = lock_in.frequencies_hz
    kernel = lock_in.kernel(lock_in.oscillators_hz[None, :], np.asarray(own)[:, None])
    return _crosstalk(lock_in, gradient_a_per_v, kernel)


def previous_term(lock_in: LockIn, previous_a_per_v: np.ndarray) -> Term:
    """What a low-pass that runs on still holds of the pattern before, at t = T.

    The pattern before was shown long enough to settle; at its end its tones stop, and what they
    left decays: H(f) exp(2 pi j f T) - W(f) for each. Its derivatives are independent of the
    present ones, so that even the settled share of them has no sign that is known.

    Args:
        lock_in: The lock-in, with the window of a filter.
        previous_a_per_v: Derivatives of the pattern before, or their usual size, shape (P, C).
    """
    window = lock_in.window
    assert isinstance(window, FilterWindow)

    def left(frequency_hz: np.ndarray) -> np.ndarray:
        return window.settled_transform(frequency_hz) - window.transform(frequency_hz)

    own = np.asarray(lock_in.frequencies_hz)
    others = lock_in.oscillators_hz[None, :]
    kernel = Kernel(left(others + own[:, None]), left(others - own[:, None]))
    crosstalk = _crosstalk(lock_in, previous_a_per_v, kernel)
    size = np.abs(np.asarray(previous_a_per_v, float))
    memory, ripple = np.abs(left(np.zeros(1))), np.abs(left(2 * own))
    variance = crosstalk.variance_a2_per_v2 + crosstalk.bias_a_per_v**2
    return random_term(
        "previous pattern",
        variance + size**2 * (memory**2 + ripple**2 / 2),
        crosstalk.bound_a_per_v + size * (memory + ripple),
    )


def direct_current_term(lock_in: LockIn, current_a: np.ndarray) -> Term:
    """Direct current that appears at the demodulators when the window opens.

    It is mixed to f_m, where the window's own transient lets 2 I_0 |W(f_m)| through.

    Args:
        lock_in: The lock-in.
        current_a: I_0 at the demodulators over the converter's gain, shape (P,).
    """
    leak = lock_in.kernel(np.zeros(1), lock_in.frequencies_hz).plus
    reference = np.abs(lock_in.references) / np.asarray(lock_in.amplitudes_v)
    size = 2 * np.abs(np.asarray(current_a, float))[:, None] * np.abs(leak) * reference
    return random_term("direct current", size**2 / 2, size)


def pattern_step_term(
    lock_in: LockIn, step_a: np.ndarray, coupling_hz: float, blank_s: float
) -> Term:
    """Tail of the output's step at a pattern switch, behind an AC coupling.

    Args:
        lock_in: The lock-in.
        step_a: Change of the output current, shape (P,).
        coupling_hz: Cut-off of the coupling.
        blank_s: Time from the step to the start of the window.
    """
    tau_s = 1 / (2 * np.pi * coupling_hz)
    tail = np.abs(lock_in.window.tail(lock_in.frequencies_hz, tau_s, blank_s))
    reference = np.abs(lock_in.references) / np.asarray(lock_in.amplitudes_v)
    size = 2 * np.abs(np.asarray(step_a, float))[:, None] * tail * reference
    return random_term("pattern step", size**2 / 2, size)


def _crosstalk(lock_in: LockIn, gradient_a_per_v: np.ndarray, kernel: Kernel) -> Term:
    """Other channels' tones, seen through a kernel of shape (C, G).

    Channels that share an oscillator add as amplitudes; a partner on the channel's own oscillator
    leaves a bias, which a right angle between the two makes 0.
    """
    amplitudes_v = np.asarray(lock_in.amplitudes_v, float)
    groups, references = lock_in.groups, lock_in.references
    tone_a = np.asarray(gradient_a_per_v, float) * amplitudes_v * lock_in.turns
    tone_a = tone_a * lock_in.gain(lock_in.frequencies_hz)
    member = groups[:, None] == np.arange(len(lock_in.oscillators_hz))
    scale = np.abs(references) / amplitudes_v
    total = tone_a @ member
    distant = ~member  # (C, G): oscillators other than the channel's own
    power = distant * (np.abs(kernel.plus) ** 2 + np.abs(kernel.minus) ** 2) / 2
    reach = distant * (np.abs(kernel.plus) + np.abs(kernel.minus))
    partner = total[:, groups] - tone_a
    own = np.arange(len(groups)), groups
    plus, minus = kernel.plus[own], kernel.minus[own]
    bias = np.real(partner * np.conj(references) * minus) / amplitudes_v
    ripple = np.abs(partner * plus) * scale
    # Bounds don't trust the phases of partners to cancel what they share.
    bound = np.abs(tone_a) @ member @ reach.T * scale + np.abs(bias) + ripple
    variance = np.abs(total) ** 2 @ power.T * scale**2 + ripple**2 / 2
    return Term("parallel channels", bias, variance, bound)
