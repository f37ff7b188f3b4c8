"""The lock-in whose errors are computed: carriers, window, and the chain in front of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hgecircuit.design.error_model.windows import Window
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity


class Kernel(NamedTuple):
    """What a tone exp(2 pi j f t) leaves in channel m once mixed with exp(+-2 pi j f_m t).

    Attributes:
        plus: With the sum frequency, complex.
        minus: With the difference frequency, complex.
    """

    plus: np.ndarray
    minus: np.ndarray


@dataclass(frozen=True, eq=False)
class LockIn:
    """One lock-in channel per perturbed electrode (Boon 2025, Eqs. 3 to 5).

    Channel m perturbs its electrode by a_m sin(2 pi f_m t + phi_m), multiplies the output by
    2 sin(2 pi f_m t + phi_m), weighs the product with its window and divides by a_m. Oscillators
    of different frequencies have random phases at the start of a window; of phi_m only the
    difference between channels that share a frequency matters.

    Attributes:
        frequencies_hz: f_m, shape (C,).
        amplitudes_v: a_m, shape (C,).
        window: The lock-in's window.
        phases_rad: phi_m, shape (C,); all 0 without it.
        chain: Complex gain from the device's current to the demodulators, over the converter's
            nominal gain, at frequencies of any shape; 1 without it.
        corrected: Complex gain that the readings are corrected for, shape (C,): they are divided by
            its magnitude, and references trail by its angle; 1 without it.
        remove_mean: Whether the mean of the record is subtracted first.
    """

    frequencies_hz: np.ndarray
    amplitudes_v: np.ndarray
    window: Window
    phases_rad: np.ndarray | None = None
    chain: Callable[[np.ndarray], np.ndarray] | None = None
    corrected: np.ndarray | None = None
    remove_mean: bool = False

    @property
    def channels(self) -> int:
        """Number of channels C."""
        return len(self.frequencies_hz)

    @cached_property
    def groups(self) -> np.ndarray:
        """Index of every channel's oscillator, shape (C,): channels may share a frequency."""
        rounded = [float(f"{frequency:.9g}") for frequency in self.frequencies_hz]
        return np.unique(rounded, return_inverse=True)[1]

    @cached_property
    def oscillators_hz(self) -> np.ndarray:
        """Frequency of every oscillator, shape (G,)."""
        first = np.unique(self.groups, return_index=True)[1]
        return np.asarray(self.frequencies_hz, float)[first]

    @cached_property
    def turns(self) -> np.ndarray:
        """u_m with sin(2 pi f_m t + phi_m) = Re(u_m exp(2 pi j f_m t)), complex, shape (C,)."""
        phases = np.zeros(self.channels) if self.phases_rad is None else self.phases_rad
        return -1j * np.exp(1j * np.asarray(phases, float))

    @cached_property
    def references(self) -> np.ndarray:
        """v_m: a reading is the window's weight of the output times 2 Re(v_m exp(2 pi j f_m t))."""
        if self.corrected is None:
            return self.turns
        return self.turns * self.corrected / np.abs(self.corrected) ** 2

    def gain(self, frequency_hz: np.ndarray) -> np.ndarray:
        """The chain's gain at frequencies of either sign, complex, shape as given."""
        frequency_hz = np.asarray(frequency_hz, float)
        if self.chain is None:
            return np.ones_like(frequency_hz, complex)
        gain = self.chain(np.abs(frequency_hz))
        return np.where(frequency_hz < 0, np.conj(gain), gain)

    def kernel(self, frequency_hz: np.ndarray, reference_hz: np.ndarray | float) -> Kernel:
        """What tones leave in channels, once mixed.

        Args:
            frequency_hz: Tones of either sign, shape (...).
            reference_hz: The channels' f_m, to broadcast against them.
        """
        reference_hz = np.asarray(reference_hz, float)
        plus = self.window.transform(frequency_hz + reference_hz)
        minus = self.window.transform(frequency_hz - reference_hz)
        if not self.remove_mean:
            return Kernel(plus, minus)
        cycles = np.asarray(frequency_hz, float) * self.window.time_s
        mean = np.exp(1j * np.pi * cycles) * np.sinc(cycles)
        alone = self.window.transform(reference_hz)
        return Kernel(plus - mean * alone, minus - mean * np.conj(alone))


def equal_spacing_hz(channels: int, top_hz: float, spacing_hz: float) -> np.ndarray:
    """The paper's plan: top, top - spacing, top - 2 spacing ..., shape (C,).

    Raises:
        InputError: Not a channel, or more than fit above 0 Hz.
    """
    if channels < 1:
        raise InputError(
            "no channels", key="--channels", value=channels, expected="at least 1 channel"
        )
    for key, value in (("--top-frequency", top_hz), ("--spacing", spacing_hz)):
        if not (math.isfinite(value) and value > 0):
            raise InputError("not a frequency", key=key, value=value, expected="above 0 Hz")
    if (channels - 1) * spacing_hz >= top_hz * (1 - 1e-9):
        most = math.ceil(top_hz / spacing_hz * (1 - 1e-9))
        widest = format_quantity(top_hz / (channels - 1), "Hz")
        raise InputError(
            f"{channels} carriers do not fit between 0 and {format_quantity(top_hz, 'Hz')}",
            key="--spacing",
            value=format_quantity(spacing_hz, "Hz"),
            expected=f"below {widest} for {channels} channels, or at most {most} channels",
        )
    return top_hz - spacing_hz * np.arange(channels)


def first_order_chain(
    bandwidth_hz: float = math.inf, coupling_hz: float = 0.0
) -> Callable[[np.ndarray], np.ndarray]:
    """Gain of one pole, such as the current-to-voltage converter's, and of an RC coupling.

    G(f) = 1 / (1 + j f / bandwidth) * (j f / coupling) / (1 + j f / coupling).

    Args:
        bandwidth_hz: The pole; infinite for none.
        coupling_hz: Cut-off of the high-pass; 0 for none.
    """

    def gain(frequency_hz: np.ndarray) -> np.ndarray:
        pole = 1 / (1 + 1j * frequency_hz / bandwidth_hz)
        if coupling_hz == 0:
            return pole
        return pole * frequency_hz / (frequency_hz - 1j * coupling_hz)

    return gain
