"""Derivatives of many operating points, sequential against parallel: Figs. 3c and 3d."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.reproduce.rig import AMPLITUDE_V, NOISE, TOP_HZ, input_converter, load
from hgecircuit.reproduce.rig import output_converter as rig_output
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.spread import JUDGED, Interval
from hgecircuit.reproduce.workshop import Workshop

if TYPE_CHECKING:
    from hgecircuit.run.reference import LockIn

TIME_S = 0.1
CHANNELS = 7
#: The low-passes: both readings of "98 % settled", and the mean over T.
LOW_PASSES = ("first", "stay", "gate")
#: Parallel, sequential, and sequential once more, which shows what noise alone does.
KINDS = ("parallel", "sequential", "again")

_BLOCKS, _QUICK_BLOCKS, _BLOCK = 10, 1, 100
_DRAWS, _PHASE_SETS = 2000, 200


@dataclass(frozen=True, eq=False)
class Scatter:
    """Derivatives in A/V at P operating points.

    Attributes:
        spacing_hz: Distance of neighbouring carriers.
        measured: By low-pass and kind, each of shape (P, M).
        exact: The model's own, shape (P, M).
        clipped: Number of operating points whose current is outside the input module's range.
        seed: Seed of the draws behind the intervals.
    """

    spacing_hz: float
    measured: Mapping[tuple[str, str], np.ndarray]
    exact: np.ndarray
    clipped: int
    seed: int

    @property
    def size_a_per_v(self) -> float:
        """Root mean square of the exact derivatives."""
        return float(np.sqrt(np.mean(self.exact**2)))


@dataclass(frozen=True)
class Numbers:
    """What the clouds of points come to, each with its interval over the operating points.

    Attributes:
        pearson: Correlation of parallel and sequential derivatives.
        slope: Of parallel over sequential derivatives, through the origin. The second sequential
            measurement is the instrument, so that noise in the first doesn't lower the slope.
        deviation: Root mean square of parallel minus sequential, over that of the derivatives.
        repeated: The same of the second sequential measurement minus the first.
        crosstalk: Power of what parallelisation adds, over the noise power of one sequential
            derivative: (mean (p - s)^2 - mean (s' - s)^2) / (mean (s' - s)^2 / 2).
        accuracy: Mean squared error of the parallel derivatives over that of the sequential ones,
            both against the exact derivatives.
    """

    pearson: Interval
    slope: Interval
    deviation: Interval
    repeated: Interval
    crosstalk: Interval
    accuracy: Interval


def carriers_hz(spacing_hz: float) -> np.ndarray:
    """Carriers of electrodes 0 to 6: 1 kHz and downwards."""
    return TOP_HZ - spacing_hz * np.arange(CHANNELS)


def measure(workshop: Workshop, figure: str, spacing_hz: float) -> Scatter:
    """Derivatives at 1000 operating points (or 100), the same for every spacing.

    Args:
        workshop: Where.
        figure: Name that goes into the seeds of the noise.
        spacing_hz: Distance of neighbouring carriers.
    """
    jobs = [
        {
            "spacing_hz": spacing_hz,
            "points_seed": seed_for(workshop.seed, "fig3", "points", number),
            "seeds": {
                f"{low_pass} {kind}": seed_for(workshop.seed, figure, low_pass, kind, number)
                for low_pass in LOW_PASSES
                for kind in KINDS
            },
        }
        for number in range(workshop.count(_BLOCKS, _QUICK_BLOCKS))
    ]
    made = workshop.run("operating points", block, jobs)
    return Scatter(
        spacing_hz,
        {
            (low_pass, kind): np.concatenate([one[f"{low_pass} {kind}"] for one in made])
            for low_pass in LOW_PASSES
            for kind in KINDS
        },
        np.concatenate([one["exact"] for one in made]),
        sum(int(one["clipped"]) for one in made),
        seed_for(workshop.seed, figure, "intervals"),
    )


def block(spacing_hz: float, points_seed: int, seeds: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Derivatives in A/V at 100 random operating points, shape (100, M) each.

    Args:
        spacing_hz: Distance of neighbouring carriers.
        points_seed: Of the operating points, even over the safe ranges.
        seeds: Of the noise, by low-pass and kind.
    """
    from hgecircuit.run.reference import HomodyneGradient
    from hgecircuit.run.reference.noise import IndependentNoise

    device, converter = load(), input_converter()
    generator = np.random.Generator(np.random.PCG64(points_seed))
    shape = (_BLOCK, device.electrodes)
    points_v = generator.uniform(device.voltage_min_v, device.voltage_max_v, shape)
    found = {
        "exact": device.gradient_a_per_v(points_v),
        "clipped": np.array(converter.clipped(device.current_a(points_v))),
    }
    for name, seed in seeds.items():
        low_pass, kind = name.split()
        noise = IndependentNoise(replace(NOISE, seed=seed), 1 / TIME_S)
        estimator = HomodyneGradient(
            make_lock_in(spacing_hz, low_pass),
            sequential=kind != "parallel",
            noise=noise,
            converter=converter,
            dac=rig_output(),
        )
        found[name] = estimator.measure(device, points_v, range(CHANNELS)).gradient_a_per_v
    return found


def make_lock_in(spacing_hz: float, low_pass: str, phases_rad: np.ndarray | None = None) -> LockIn:
    """The lock-in of all channels.

    Args:
        spacing_hz: Distance of neighbouring carriers.
        low_pass: One of ``LOW_PASSES``.
        phases_rad: Of the perturbations, shape (M,); 0 without it.
    """
    from hgecircuit.run.reference import LockIn

    phases = np.zeros(CHANNELS) if phases_rad is None else phases_rad
    base = LockIn(
        tuple(carriers_hz(spacing_hz).tolist()),
        tuple(phases.tolist()),
        (AMPLITUDE_V,) * CHANNELS,
        TIME_S,
        NOISE.sample_rate_hz,
    )
    if low_pass == "gate":
        return replace(base, low_pass="boxcar")
    return replace(base, settled=low_pass)  # pyright: ignore[reportArgumentType]


def numbers(found: Scatter, low_pass: str) -> Numbers:
    """Figures of the points, with intervals from draws of operating points with replacement."""
    parallel, sequential, again = (found.measured[low_pass, kind] for kind in KINDS)
    exact = found.exact
    one = np.ones_like(exact)
    products = [
        (parallel, parallel),
        (sequential, sequential),
        (parallel, sequential),
        (parallel, one),
        (sequential, one),
        (parallel, again),
        (sequential, again),
        (parallel - sequential, parallel - sequential),
        (again - sequential, again - sequential),
        (parallel - exact, parallel - exact),
        (sequential - exact, sequential - exact),
        (exact, exact),
    ]
    means = np.array([np.mean(left * right, axis=1) for left, right in products])
    points = means.shape[1]
    generator = np.random.Generator(np.random.PCG64(found.seed))
    weights = generator.multinomial(points, np.full(points, 1 / points), _DRAWS) / points
    estimate = _figures(means.mean(axis=1))
    draws = _figures(means @ weights.T)
    ends = np.quantile(draws, [(1 - JUDGED) / 2, (1 + JUDGED) / 2], axis=1)
    return Numbers(
        *(
            Interval(float(value), float(low), float(high))
            for value, low, high in zip(estimate, *ends, strict=True)
        )
    )


def _figures(means: np.ndarray) -> np.ndarray:
    """The six figures of :class:`Numbers` from mean products, shape (12, ...) to (6, ...)."""
    pp, ss, ps, p, s, pa, sa, moved, noise, p_error, s_error, size = means
    return np.array(
        [
            (ps - p * s) / np.sqrt((pp - p**2) * (ss - s**2)),
            pa / sa,
            np.sqrt(moved / size),
            np.sqrt(noise / size),
            (moved - noise) / (noise / 2),
            p_error / s_error,
        ]
    )


def crosstalk_of_phases(found: Scatter, low_pass: str) -> np.ndarray:
    """What the phases of the perturbations change, for a linear device without noise.

    Returns:
        Root mean square of parallel minus sequential derivatives in A/V: first with all phases 0,
        then with random ones, shape (1 + sets,).
    """
    generator = np.random.Generator(np.random.PCG64(found.seed))
    sets = np.vstack([np.zeros(CHANNELS), generator.uniform(0, 2 * np.pi, (_PHASE_SETS, CHANNELS))])
    result = []
    for phases in sets:
        coupling = make_lock_in(found.spacing_hz, low_pass, phases).coupling()
        np.fill_diagonal(coupling, 0.0)
        result.append(np.sqrt(np.mean((found.exact @ coupling.T) ** 2)))
    return np.array(result)
