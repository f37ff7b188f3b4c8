"""One derivative of the device, measured again and again: what Figs. 2d and 2e are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hgecircuit.reproduce.rig import DEVICE, NOISE, READINGS, TOP_HZ, load, output_converter
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.workshop import Workshop

#: Repetitions of the paper's points.
PAPER_REPETITIONS = 10
#: Distance of the operating point to the ends of the safe ranges: the largest amplitude tried.
MARGIN_V = 0.1
#: Random points from which a typical one is chosen.
CANDIDATES = 1001
METHODS = ("HGE", "FD")

# Repetitions per cell.
_BLOCK = 1000
# Operating points within one step of the output module, over which its rounding is averaged.
_PLACES = 64


@dataclass(frozen=True)
class OperatingPoint:
    """Where on the device the derivative is taken.

    Attributes:
        voltages_v: Electrode voltages.
        electrode: The perturbed one, counted from 0.
        derivative_a_per_v: The model's exact derivative.
    """

    voltages_v: tuple[float, ...]
    electrode: int
    derivative_a_per_v: float


def operating_point(seed: int) -> OperatingPoint:
    """A typical point of the device, and its most sensitive electrode.

    Of ``CANDIDATES`` random points, ``MARGIN_V`` inside the safe ranges, the one whose largest
    derivative is the median of all points' largest ones. Much of the device's space is flat: a
    random point alone may have no derivative worth measuring.

    Args:
        seed: The workshop's.
    """
    device = load()
    generator = np.random.Generator(np.random.PCG64(seed_for(seed, "fig2", "operating point")))
    low, high = device.voltage_min_v + MARGIN_V, device.voltage_max_v - MARGIN_V
    points_v = generator.uniform(low, high, (CANDIDATES, device.electrodes))
    gradient = device.gradient_a_per_v(points_v)
    typical = np.argsort(np.abs(gradient).max(axis=1))[CANDIDATES // 2]
    electrode = int(np.argmax(np.abs(gradient[typical])))
    voltages_v = tuple(points_v[typical].tolist())
    return OperatingPoint(voltages_v, electrode, float(gradient[typical, electrode]))


def repeat(
    method: str,
    time_s: float,
    amplitude_v: float,
    settled: str,
    repetitions: int,
    seed: int,
    voltages_v: Sequence[float],
    electrode: int,
) -> dict[str, np.ndarray]:
    """Derivatives in A/V in every repetition, shape (repetitions,).

    Every repetition starts with noise of its own: neither a lock-in that subtracts the mean nor a
    difference sees the offset that consecutive ones would share.

    Args:
        method: ``HGE`` or ``FD``.
        time_s: T.
        amplitude_v: Amplitude, or step of the differences.
        settled: Reading of "98 % settled".
        repetitions: Number of them.
        seed: Of the noise.
        voltages_v: Operating point.
        electrode: The perturbed one.
    """
    from hgecircuit.run.reference.noise import IndependentNoise

    noise = IndependentNoise(replace(NOISE, seed=seed), 1 / time_s)
    points_v = np.tile(np.asarray(voltages_v, float), (repetitions, 1))
    estimator = make_estimator(method, time_s, amplitude_v, settled, noise)
    measured = estimator.measure(load(), points_v, [electrode])
    return {"derivative": measured.gradient_a_per_v[:, 0]}


def without_noise(
    method: str, time_s: float, amplitude_v: float, settled: str, point: OperatingPoint
) -> float:
    """The derivative in A/V with what curvature and settling make of it."""
    estimator = make_estimator(method, time_s, amplitude_v, settled)
    measured = estimator.measure(load(), np.array([point.voltages_v]), [point.electrode])
    return float(measured.gradient_a_per_v[0, 0])


def rounding(
    method: str, time_s: float, amplitude_v: float, settled: str, point: OperatingPoint
) -> float:
    """Relative rms change of the derivative by the steps of the output module, without noise.

    Averaged over operating points that differ by parts of one step.
    """
    converter = output_converter()
    points_v = np.tile(point.voltages_v, (_PLACES, 1))
    points_v[:, point.electrode] += converter.step_v * np.arange(_PLACES) / _PLACES
    ideal, real = (
        make_estimator(method, time_s, amplitude_v, settled, **more).measure(
            load(), points_v, [point.electrode]
        )
        for more in ({}, {"dac": converter})
    )
    change = real.gradient_a_per_v - ideal.gradient_a_per_v
    return float(np.sqrt(np.mean(change**2))) / abs(point.derivative_a_per_v)


def make_estimator(
    method: str, time_s: float, amplitude_v: float, settled: str, noise: Any = None, **more: Any
) -> Any:
    """HGE of one channel, or central differences, with the same low-pass.

    Args:
        method: ``HGE`` or ``FD``.
        time_s: T.
        amplitude_v: Amplitude, or step.
        settled: Reading of "98 % settled".
        noise: Source of the output's noise; None for none.
        more: Converters.
    """
    from hgecircuit.run.reference import FiniteDifference, HomodyneGradient, LockIn, StepReading

    rate_hz = NOISE.sample_rate_hz
    if method == "FD":
        reading = StepReading(time_s, rate_hz, settled=settled)  # pyright: ignore[reportArgumentType]
        return FiniteDifference(reading, amplitude_v, noise, **more)
    lock_in = LockIn(
        (TOP_HZ,),
        (0.0,),
        (amplitude_v,),
        time_s,
        rate_hz,
        settled=settled,  # pyright: ignore[reportArgumentType]
    )
    return HomodyneGradient(lock_in, noise=noise, **more)


def run_repeats(
    workshop: Workshop,
    figure: str,
    settings: Sequence[Mapping[str, float]],
    repetitions: int,
    point: OperatingPoint,
) -> dict[tuple[str, str], np.ndarray]:
    """Derivatives in A/V by method and reading, each of shape (settings, repetitions).

    Args:
        workshop: Where.
        figure: Name that goes into the seeds.
        settings: ``time_s`` and ``amplitude_v`` of every point of the figure.
        repetitions: Number of repetitions; every thousand has its own noise.
        point: Where on the device.
    """
    cells = [
        (method, settled, number, first)
        for method in METHODS
        for settled in READINGS
        for number in range(len(settings))
        for first in range(0, repetitions, _BLOCK)
    ]
    jobs = [
        {
            "method": method,
            "settled": settled,
            **settings[number],
            "repetitions": min(_BLOCK, repetitions - first),
            "seed": seed_for(
                workshop.seed, figure, method, settled, *settings[number].values(), first
            ),
            "voltages_v": point.voltages_v,
            "electrode": point.electrode,
        }
        for method, settled, number, first in cells
    ]
    made = workshop.run("repetitions", repeat, jobs)
    found = {
        (method, settled): np.empty((len(settings), repetitions))
        for method in METHODS
        for settled in READINGS
    }
    for (method, settled, number, first), one in zip(cells, made, strict=True):
        found[method, settled][number, first : first + _BLOCK] = one["derivative"]
    return found


def describe(point: OperatingPoint, repetitions: int) -> dict[str, Any]:
    """Settings that Figs. 2d and 2e share."""
    return {
        "device": DEVICE,
        "voltages_V": list(point.voltages_v),
        "electrode": point.electrode,
        "derivative_A_per_V": point.derivative_a_per_v,
        "frequency_Hz": TOP_HZ,
        "repetitions": repetitions,
        "noise_A2_per_Hz_at_1_kHz": NOISE.flicker_a2_per_hz,
        "noise_exponent": NOISE.exponent,
        "noise_lowest_Hz": "1 / T",
        "sample_rate_Hz": NOISE.sample_rate_hz,
        "order": 3,
        "settled": list(READINGS),
    }
