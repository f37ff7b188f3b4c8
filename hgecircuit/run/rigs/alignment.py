"""From the input's samples to the output's time: delay, rates, and clocks that drift apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Half the number of samples that a value between two samples is made of, and the Kaiser window's
# parameter: errors below 3e-6 up to 0.35 of the sample rate, 1e-6 up to a fifth of it.
_HALF = 16
_BETA = 12.0
# Weights are tabulated for this many positions between two samples and interpolated between them:
# error (pi / 512)^2 / 8 = 5e-6 at half the sample rate, and with its square less below.
_STEPS = 512


@dataclass(frozen=True)
class Timing:
    """Where the input's samples lie on the outputs' clock.

    Input sample k was taken at output time t_k = k / (f_in (1 + drift)) - latency: the input shows
    what the outputs did ``latency_s`` before, and its clock runs faster by ``drift``.

    Attributes:
        latency_s: Delay from output to input in s: filters, converters, trigger.
        drift: Relative error of the input's clock against the outputs'; two oscillators in a
            chassis may differ by tens of 1e-6.
    """

    latency_s: float = 0.0
    drift: float = 0.0

    def positions(self, times_s: np.ndarray, input_rate_hz: float) -> np.ndarray:
        """Input samples, as fractions too, that belong to output times in s; shape as given."""
        return (np.asarray(times_s, float) + self.latency_s) * (input_rate_hz * (1 + self.drift))


def interpolate(samples: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Band-limited values between samples: a windowed sinc over 32 of them.

    Args:
        samples: Shape (L,).
        positions: Sample numbers with their fractions, any shape. Beyond the ends the first or
            last sample goes on.

    Returns:
        Values of the shape of ``positions``.
    """
    positions = np.asarray(positions, float)
    padded = np.pad(np.asarray(samples, float), _HALF + 1, mode="edge")
    inside = np.clip(positions, -1.0, len(samples))
    first = np.floor(inside).astype(int)
    step = (inside - first) * _STEPS
    low = np.minimum(step.astype(int), _STEPS - 1)
    share = (step - low)[..., None]
    weights = (1 - share) * _WEIGHTS[low] + share * _WEIGHTS[low + 1]
    taken = padded[first[..., None] + np.arange(2, 2 * _HALF + 2)]
    return np.einsum("...k,...k->...", taken, weights)


def _tabulate() -> np.ndarray:
    """Weights of samples -15 to 16 around the position, shape (steps + 1, 32), each row's sum 1."""
    offset = np.arange(1 - _HALF, _HALF + 1) - np.linspace(0, 1, _STEPS + 1)[:, None]
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (offset / _HALF) ** 2, 0, None)))
    weights = np.sinc(offset) * window
    return weights / weights.sum(axis=1, keepdims=True)


_WEIGHTS = _tabulate()
