"""Errors of one filter over times, spacings and amplitudes: the arithmetic of a search.

The window depends on f T only, so that one table of |W|^2 over p top T + q spacing T serves all
times, and one table over carriers the noise; the amplitude enters through powers that :mod:`.comb`
has summed. Errors are relative: norm over norm, over operating points and channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hgecircuit.design.error_model.comb import Comb
from hgecircuit.design.error_model.noise import FlickerTable
from hgecircuit.design.error_model.points import POINTS
from hgecircuit.design.error_model.responses import GATE, Filter
from hgecircuit.design.error_model.windows import FilterWindow
from hgecircuit.devices.noise import NoiseSpec

#: Names of the parts of an error, in the order of :attr:`Errors.parts`.
PARTS = ("noise", "carriers", "products", "gain")
# Multiples of 1/T that are tried as a gate's spacing.
_GATE_STEPS = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 40, 60, 80, 120, 160])


@dataclass(frozen=True, eq=False)
class Space:
    """What is tried.

    Attributes:
        filters: Filters.
        times_s: Measurement times T, rising, shape (K,).
        spacings_hz: Distances between carriers, shape (S,). A gate has multiples of 1/T instead,
            as near as each time allows, unless ``one_spacing``.
        amplitudes_v: Perturbation amplitudes, shape (A,).
        channels: Electrodes perturbed at once.
        top_hz: Highest carrier; a gate takes the next lower multiple of 1/T.
        noise: Noise of the device's output; None for none.
        calibrated: Whether readings are divided by the window's settled share, so that the 2 % that
            a low-pass lacks at T are no error.
        one_spacing: Whether the spacing is given, for a gate as well.
        points: Number of operating points of the device.
    """

    filters: tuple[Filter, ...]
    times_s: np.ndarray
    spacings_hz: np.ndarray
    amplitudes_v: np.ndarray
    channels: int = 7
    top_hz: float = 1e3
    noise: NoiseSpec | None = None
    calibrated: bool = True
    one_spacing: bool = False
    points: int = POINTS


class Errors(NamedTuple):
    """Errors of one filter.

    Attributes:
        parts: Mean squared error over the gradient's, by part, shape (4, K, S, A); infinite where
            the carriers don't fit.
        spacings_hz: Shape (K, S).
        top_hz: Highest carrier, shape (K,).
    """

    parts: np.ndarray
    spacings_hz: np.ndarray
    top_hz: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        """Root of the sum of all parts, shape (K, S, A)."""
        return np.sqrt(np.maximum(self.parts.sum(axis=0), 0.0))


def filter_errors(space: Space, comb: Comb, chosen: Filter) -> Errors:
    """Errors of one filter over all of a space.

    Args:
        space: Times, spacings, amplitudes, channels and noise.
        comb: The device's powers for these channels and amplitudes.
        chosen: The filter.
    """
    spacings_hz, top_hz = _carriers(space, chosen)
    times_s = space.times_s
    window = chosen.window(1.0)
    lowest_hz = top_hz[:, None] - (space.channels - 1) * spacings_hz
    fits = (lowest_hz > 0) & np.isfinite(spacings_hz)
    spacing = np.where(fits, spacings_hz, 0.0)
    cycles = comb.carriers * (top_hz * times_s)[:, None, None]
    cycles = cycles + comb.spacings * (spacing * times_s[:, None])[..., None]
    if chosen.response == GATE and not space.one_spacing:
        cycles = np.round(cycles)  # whole periods, without the rounding of T
    settled = window.settled_share
    scale = 1 / settled**2 if space.calibrated else 1.0
    power = np.abs(window.transform(cycles)) ** 2 * scale
    shape = (*spacings_hz.shape, len(space.amplitudes_v))
    missing = 0.0 if space.calibrated else settled - 1
    gain = 1.0 if space.calibrated else settled
    bias = missing**2 + gain * missing * comb.cross + gain**2 * comb.bias
    noise = _noise(space, window, spacing, top_hz) * scale
    parts = np.stack(
        [
            noise[..., None] / comb.power_a2_per_v2 / space.amplitudes_v**2,
            power @ comb.linear.T,
            power @ comb.products.T,
            np.broadcast_to(bias, shape),
        ]
    )
    parts[:, ~fits] = np.inf
    return Errors(parts, spacings_hz, top_hz)


def _carriers(space: Space, chosen: Filter) -> tuple[np.ndarray, np.ndarray]:
    """Spacings (K, S) and highest carriers (K,); not a number where there is no such spacing."""
    if chosen.response == GATE and not space.one_spacing:
        return gate_carriers(space)
    count = len(space.times_s)
    spacings_hz = np.broadcast_to(space.spacings_hz, (count, len(space.spacings_hz)))
    return spacings_hz, np.full(count, space.top_hz)


def gate_carriers(space: Space) -> tuple[np.ndarray, np.ndarray]:
    """Spacings and highest carriers on multiples of 1/T, shapes (K, S) and (K,)."""
    steps = np.broadcast_to(_GATE_STEPS, (len(space.times_s), len(_GATE_STEPS)))
    top_steps = np.floor(space.top_hz * space.times_s * (1 + 1e-12))
    fits = steps * (space.channels - 1) < top_steps[:, None]
    multiples = np.where(fits, steps / space.times_s[:, None], np.nan)
    return multiples, top_steps / space.times_s


def _noise(
    space: Space, window: FilterWindow, spacing_hz: np.ndarray, top_hz: np.ndarray
) -> np.ndarray:
    """Noise's variance times a^2, averaged over channels, in A^2: shape (K, S).

    As :func:`.noise.noise_variance` has it, for a window of T = 1 s.
    """
    if space.noise is None:
        return np.zeros(spacing_hz.shape)
    noise, times_s = space.noise, space.times_s[:, None]
    variance = 2 * window.noise_bandwidth_hz * noise.white_a2_per_hz / times_s
    if noise.flicker_a2_per_hz == 0:
        return np.broadcast_to(variance, spacing_hz.shape)
    carriers_hz = top_hz[:, None, None] - np.arange(space.channels) * spacing_hz[..., None]
    cycles = np.maximum(carriers_hz, 0.0) * times_s[..., None]
    table = FlickerTable(window, noise.exponent, float(cycles.max()))
    left = table.at(cycles).mean(axis=-1) * (noise.frequency_hz * times_s) ** noise.exponent
    return variance + noise.flicker_a2_per_hz * left / times_s
