"""Gradient time against error: every filter, spacing and amplitude, and the best of them.

The window depends on f T only, so that one table of |W|^2 over p top T + q spacing T serves all
times; the amplitude enters through powers that :mod:`.comb` has summed. Errors are relative: norm
over norm, over operating points and channels.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hgecircuit.design.error_model.comb import Comb, device_comb
from hgecircuit.design.error_model.quantities import check_electrodes
from hgecircuit.design.error_model.responses import GATE, RESPONSES, Filter
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.errors import InputError
from hgecircuit.units import format_quantity

#: Names of the parts of an error, in the order of :attr:`Errors.parts`.
PARTS = ("noise", "carriers", "products", "gain")
#: The paper's operating point (Boon 2025, Figs. 2d and 3).
PAPER_TIME_S, PAPER_SPACING_HZ, PAPER_AMPLITUDE_V = 0.1, 40.0, 8e-3
_POINTS = 32
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


@dataclass(frozen=True)
class OperatingPoint:
    """One choice of everything.

    Attributes:
        time_s: Measurement time of one gradient.
        error: Relative error of the gradient.
        filter: The filter.
        cutoff_hz: Its cut-off.
        top_hz: Highest carrier.
        spacing_hz: Distance between carriers.
        amplitude_v: Perturbation amplitude.
        parts: Relative error by part, of :data:`PARTS`.
        place: Where the search found it: filter, time, spacing, amplitude.
    """

    time_s: float
    error: float
    filter: Filter
    cutoff_hz: float
    top_hz: float
    spacing_hz: float
    amplitude_v: float
    parts: dict[str, float]
    place: tuple[int, int, int, int]

    @property
    def largest(self) -> str:
        """Name of the largest part."""
        return max(self.parts, key=lambda name: self.parts[name])


@dataclass(frozen=True, eq=False)
class Tradeoff:
    """Result of a search.

    Attributes:
        space: What was tried.
        errors: Errors of every filter, in the space's order.
    """

    space: Space
    errors: tuple[Errors, ...]

    def point(self, choice: int, k: int, s: int, a: int) -> OperatingPoint:
        """The operating point at one place of the search."""
        errors, chosen = self.errors[choice], self.space.filters[choice]
        time_s = float(self.space.times_s[k])
        parts = errors.parts[:, k, s, a]
        return OperatingPoint(
            time_s,
            float(np.sqrt(max(parts.sum(), 0.0))),
            chosen,
            chosen.window(time_s).cutoff_hz,
            float(errors.top_hz[k]),
            float(errors.spacings_hz[k, s]),
            float(self.space.amplitudes_v[a]),
            {name: float(np.sqrt(max(part, 0.0))) for name, part in zip(PARTS, parts, strict=True)},
            (choice, k, s, a),
        )

    def over_amplitude(self, point: OperatingPoint) -> np.ndarray:
        """Parts of the relative error at a point, for all amplitudes: shape (4, A)."""
        choice, k, s, _ = point.place
        return np.sqrt(np.maximum(self.errors[choice].parts[:, k, s], 0.0))

    @cached_property
    def best_by_time(self) -> np.ndarray:
        """Least error of every filter at every time, shape (F, K)."""
        return np.stack([errors.relative.min(axis=(1, 2)) for errors in self.errors])

    def front(self, responses: Collection[str] = RESPONSES) -> tuple[OperatingPoint, ...]:
        """The Pareto front of some responses: rising time, falling error.

        It holds the times at which the least error falls below that of every shorter time.

        Args:
            responses: Names from :data:`RESPONSES`.
        """
        names = [chosen.response for chosen in self.space.filters]
        rows = [n for n, name in enumerate(names) if name in responses]
        front: list[OperatingPoint] = []
        least = np.inf
        for k in range(len(self.space.times_s) if rows else 0):
            choice = min(rows, key=lambda n: self.best_by_time[n, k])
            if not self.best_by_time[choice, k] < least:
                continue
            least = float(self.best_by_time[choice, k])
            places = self.errors[choice].relative[k]
            s, a = np.unravel_index(int(places.argmin()), places.shape)
            front.append(self.point(choice, k, int(s), int(a)))
        return tuple(front)


class PaperPoint(NamedTuple):
    """The paper's operating point, and a search over amplitude around it."""

    search: Tradeoff
    point: OperatingPoint


def paper_point(device: DeviceModel, space: Space) -> PaperPoint | None:
    """The paper's filter, time, spacing and amplitude with this space's channels, top and noise.

    None when its carriers don't fit.
    """
    if (space.channels - 1) * PAPER_SPACING_HZ >= space.top_hz:
        return None
    amplitudes_v = np.unique(np.append(space.amplitudes_v, PAPER_AMPLITUDE_V))
    around = replace(
        space,
        filters=(Filter("butterworth", 3, "first"),),
        times_s=np.array([PAPER_TIME_S]),
        spacings_hz=np.array([PAPER_SPACING_HZ]),
        amplitudes_v=amplitudes_v,
        one_spacing=False,
    )
    search = tradeoff(device, around)
    at = int(np.searchsorted(amplitudes_v, PAPER_AMPLITUDE_V))
    return PaperPoint(search, search.point(0, 0, 0, at))


def tradeoff(device: DeviceModel, space: Space) -> Tradeoff:
    """Search all of a space.

    Args:
        device: The device model; its first electrodes are the channels.
        space: What to try.

    Raises:
        InputError: More channels than electrodes, or no spacing that fits.
    """
    check_electrodes(device, space.channels)
    limit_hz = space.top_hz / max(space.channels - 1, 1)
    if space.channels > 1 and not (space.spacings_hz < limit_hz).any():
        raise InputError(
            f"{space.channels} carriers do not fit below {format_quantity(space.top_hz, 'Hz')}",
            key="--spacing",
            value=format_quantity(float(space.spacings_hz.min()), "Hz"),
            expected=f"below {format_quantity(limit_hz, 'Hz')}",
        )
    comb = device_comb(device, space.channels, space.amplitudes_v, _POINTS)
    return Tradeoff(space, tuple(_filter_errors(space, comb, one) for one in space.filters))


def _filter_errors(space: Space, comb: Comb, chosen: Filter) -> Errors:
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
    parts = np.stack(
        [
            _noise(space, comb, spacing, top_hz, window.noise_bandwidth_hz * scale),
            np.broadcast_to((power @ comb.linear)[..., None], shape),
            power @ comb.products.T,
            np.broadcast_to(bias, shape),
        ]
    )
    parts[:, ~fits] = np.inf
    return Errors(parts, spacings_hz, top_hz)


def _carriers(space: Space, chosen: Filter) -> tuple[np.ndarray, np.ndarray]:
    """Spacings (K, S) and highest carriers (K,); not a number where there is no such spacing."""
    count = len(space.times_s)
    top_hz = np.full(count, space.top_hz)
    spacings_hz = np.broadcast_to(space.spacings_hz, (count, len(space.spacings_hz)))
    if chosen.response != GATE or space.one_spacing:
        return spacings_hz, top_hz
    steps = np.broadcast_to(_GATE_STEPS, (count, len(_GATE_STEPS)))
    top_steps = np.floor(space.top_hz * space.times_s * (1 + 1e-12))
    fits = steps * (space.channels - 1) < top_steps[:, None]
    multiples = np.where(fits, steps / space.times_s[:, None], np.nan)
    return multiples, top_steps / space.times_s


def _noise(
    space: Space, comb: Comb, spacing_hz: np.ndarray, top_hz: np.ndarray, bandwidth: float
) -> np.ndarray:
    """2 B S(f_m) / (a^2 T), averaged over channels, over the mean of g^2: shape (K, S, A)."""
    shape = (*spacing_hz.shape, len(space.amplitudes_v))
    if space.noise is None:
        return np.zeros(shape)
    steps = np.arange(space.channels)
    carriers_hz = top_hz[:, None, None] - steps * spacing_hz[..., None]
    density = space.noise.density_a2_per_hz(np.maximum(carriers_hz, 1e-9)).mean(axis=-1)
    variance = 2 * bandwidth * density / space.times_s[:, None] / comb.power_a2_per_v2
    return variance[..., None] / space.amplitudes_v**2
