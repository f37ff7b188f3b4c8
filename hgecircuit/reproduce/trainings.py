"""What the figures that train the device share: estimators, recorded outputs, shares of starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hgecircuit.reproduce.rig import (
    AMPLITUDE_V,
    DEVICE,
    NOISE,
    TOP_HZ,
    TRANSIMPEDANCE_OHM,
    input_converter,
    output_converter,
)
from hgecircuit.reproduce.spread import DRAWN, Interval
from hgecircuit.run.reference import HomodyneGradient, LockIn
from hgecircuit.run.reference.noise import IndependentNoise, NoiseStream

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel
    from hgecircuit.run.reference import Task

#: Measurement time, spacing and iterations (Boon 2025, text on Fig. 3b and Methods).
TIME_S, SPACING_HZ, ITERATIONS = 0.1, 40.0, 300
#: Time from one pattern to the next, with waiting (Boon 2025, Fig. 4a).
RAMP_S = 0.015
#: A noise source's density is flat below its lowest frequency over this
#: (:mod:`hgecircuit.run.reference.noise`).
FLATTENED = 300.0


def carriers_hz(channels: int) -> tuple[float, ...]:
    """Carriers 40 Hz apart, the highest at 1 kHz."""
    return tuple(TOP_HZ - SPACING_HZ * (channels - 1 - m) for m in range(channels))


def lock_in(channels: int, amplitude_v: float = AMPLITUDE_V) -> LockIn:
    """The paper's lock-in: third-order Butterworth, first reading of 98 % settled."""
    phases, amplitudes = (0.0,) * channels, (amplitude_v,) * channels
    return LockIn(carriers_hz(channels), phases, amplitudes, TIME_S, NOISE.sample_rate_hz)


def noise_stream(
    seed: int, measurements: int, flat_below_hz: float | None = None, factor: float = 1.0
) -> NoiseStream:
    """The device's noise in one record.

    Args:
        seed: Of the noise.
        measurements: About how many follow each other, of 0.1 s each: the law goes on down to the
            slowest change that they see together.
        flat_below_hz: Where the law ends and the density is flat instead; None for nowhere.
        factor: Density of the noise over the device's.
    """
    spec = replace(NOISE, seed=seed, flicker_a2_per_hz=factor * NOISE.flicker_a2_per_hz)
    lowest_hz = 1 / (measurements * TIME_S)
    return NoiseStream(spec, lowest_hz if flat_below_hz is None else FLATTENED * flat_below_hz)


def rig(seed: int, measurements: int, **noise: Any) -> dict[str, Any]:
    """Noise and converters, as keyword arguments of an estimator; see :func:`noise_stream`."""
    return {
        "noise": noise_stream(seed, measurements, **noise),
        "converter": input_converter(),
        "dac": output_converter(),
    }


def homodyne(channels: int, seed: int, measurements: int, **noise: Any) -> HomodyneGradient:
    """Parallel HGE on the rig; for the arguments see :func:`noise_stream`."""
    return HomodyneGradient(lock_in(channels), **rig(seed, measurements, **noise))


@dataclass(frozen=True, eq=False)
class Recording:
    """Outputs as the rig records them while it goes through the patterns once.

    Attributes:
        time_s: Time of every sample, shape (N,).
        pattern: Pattern of every sample, shape (N,).
        held: Whether the pattern has been reached, shape (N,) of bool; before that is a ramp.
        output_a: Samples, shape (S, N).
        threshold_a: Halfway between the mean of the samples labelled 1 and of those labelled 0,
            shape (S,); NaN with one label.
        gap_a: Lowest sample labelled 1 minus highest labelled 0, shape (S,); NaN with one label.
        separated: Whether all samples are on their label's side of the threshold, shape (S,).
            With one label a threshold below or above all samples always does it.
    """

    time_s: np.ndarray
    pattern: np.ndarray
    held: np.ndarray
    output_a: np.ndarray
    threshold_a: np.ndarray
    gap_a: np.ndarray
    separated: np.ndarray

    def only(self, start: int) -> Recording:
        """The recording of one start, with S = 1."""
        row = slice(start, start + 1)
        names = ("output_a", "threshold_a", "gap_a", "separated")
        return replace(self, **{name: getattr(self, name)[row] for name in names})


def record(device: DeviceModel, task: Task, controls_v: np.ndarray, seed: int) -> Recording:
    """Go through all patterns once, 0.1 s each, with a ramp of 15 ms before each.

    Args:
        device: The device.
        task: Patterns and labels.
        controls_v: Control voltages of S starts, shape (S, M), in V.
        seed: Of the noise; every start has its own.
    """
    rate_hz, patterns = NOISE.sample_rate_hz, len(task.targets)
    ramp, hold = round(RAMP_S * rate_hz), round(TIME_S * rate_hz)
    point_v = task.voltages_v(controls_v, device.electrodes)
    before_v = np.roll(point_v, 1, axis=1)
    share = np.minimum(np.arange(1, ramp + hold + 1) / ramp, 1.0)[:, None]
    driven_v = before_v[:, :, None] * (1 - share) + point_v[:, :, None] * share
    current_a = device.current_a(output_converter()(driven_v)).reshape(len(point_v), -1)
    noise = IndependentNoise(replace(NOISE, seed=seed), rate_hz / current_a.shape[1])
    output_a = input_converter()(current_a + noise(*current_a.shape))
    pattern = np.repeat(np.arange(patterns), ramp + hold)
    held = np.tile(np.arange(ramp + hold) >= ramp, patterns)
    high = np.array(task.targets)[pattern] > 0
    highs, lows = output_a[:, held & high], output_a[:, held & ~high]
    if task.labelled:
        threshold_a = (highs.mean(axis=1) + lows.mean(axis=1)) / 2
        lowest, highest = highs.min(axis=1), lows.max(axis=1)
        gap_a, separated = lowest - highest, (lowest > threshold_a) & (threshold_a > highest)
    else:
        threshold_a = gap_a = np.full(len(output_a), np.nan)
        separated = np.ones(len(output_a), bool)
    time_s = np.arange(len(pattern)) / rate_hz
    return Recording(time_s, pattern, held, output_a, threshold_a, gap_a, separated)


def read_outputs(
    device: DeviceModel,
    task: Task,
    controls_v: np.ndarray,
    seed: int,
    flat_below_hz: float | None = None,
) -> np.ndarray:
    """Outputs at all patterns as the rig reads them, each the mean of 0.1 s, in A, shape (K,).

    Args:
        device: The device.
        task: The patterns.
        controls_v: Control voltages, shape (M,), in V.
        seed: Of the noise.
        flat_below_hz: See :func:`noise_stream`.
    """
    output_a = device.current_a(output_converter()(task.voltages_v(controls_v, device.electrodes)))
    noise = noise_stream(seed, len(output_a), flat_below_hz)
    noise_a = noise(len(output_a), round(TIME_S * NOISE.sample_rate_hz))
    return input_converter()(output_a[:, None] + noise_a).mean(axis=1)


def judge(agrees: bool, quick: bool) -> bool | None:
    """A quick run's few starts and iterations can show that something works, but not that not."""
    return None if quick and not agrees else agrees


def pad_histories(histories: np.ndarray, measured: np.ndarray, iterations: int) -> np.ndarray:
    """Histories as long as a training may be, NaN behind each start's end.

    Args:
        histories: Shape (S, I, ...); a start that has stopped may repeat its last entry.
        measured: How many entries of every start are its own, shape (S,).
        iterations: Length of the result, shape (S, iterations, ...).
    """
    padded = np.full((len(histories), iterations, *histories.shape[2:]), np.nan)
    padded[:, : histories.shape[1]] = histories
    padded[np.arange(iterations) >= measured[:, None]] = np.nan
    return padded


def share_interval(good: int, tried: int, level: float = DRAWN) -> Interval:
    """A share and its interval (Clopper and Pearson 1934, exact).

    Args:
        good: Number of successes.
        tried: Number of tries.
        level: Chance that the true share lies inside, at least.
    """
    from scipy.stats import beta

    low = beta.ppf((1 - level) / 2, good, tried - good + 1) if good else 0.0
    high = beta.ppf((1 + level) / 2, good + 1, tried - good) if good < tried else 1.0
    return Interval(good / tried, float(low), float(high))


def rig_settings() -> dict[str, Any]:
    """Settings that all figures with training share."""
    return {
        "device": DEVICE,
        "time_s": TIME_S,
        "ramp_s": RAMP_S,
        "spacing_Hz": SPACING_HZ,
        "highest_carrier_Hz": TOP_HZ,
        "phases_rad": 0.0,
        "order": 3,
        "settled": "first",
        "noise_A2_per_Hz_at_1_kHz": NOISE.flicker_a2_per_hz,
        "noise_exponent": NOISE.exponent,
        "sample_rate_Hz": NOISE.sample_rate_hz,
        "transimpedance_ohm": TRANSIMPEDANCE_OHM,
        "input_module": input_converter().provenance,
        "output_module": output_converter().provenance,
        "loss": "(1 - rho) / sigmoid(y_sep / 5 nA), y_sep the difference of the class means",
    }
