"""What carriers must obey, however they were chosen: quadrature, whole cycles, sample rates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.problems import Problem
from hgecircuit.spec.signals import ExplicitPlan, GateFilter
from hgecircuit.units import format_quantity

# Twice a carrier folds back at |rate - 2 f|; up to rate/2.5 that stays above a fifth of the rate,
# far outside a low-pass that settles within ten samples.
SAMPLES_PER_CYCLE = 2.5
# Leaks sin(tolerance) of the partner's derivative: 1.7e-4.
QUADRATURE_TOLERANCE_RAD = math.radians(0.01)
RELATIVE = 1e-6


@dataclass(frozen=True)
class Carriers:
    """Sines on the controls: v_m = amplitude_m sin(2 pi f_m t + phase_m).

    Attributes:
        frequencies_hz: One per control, shape (M,).
        phases_rad: One per control, shape (M,).
    """

    frequencies_hz: tuple[float, ...]
    phases_rad: tuple[float, ...]


def carrier_problems(spec: CircuitSpec, carriers: Carriers) -> list[Problem]:
    """Every rule that the carriers of a circuit break."""
    return [
        *_sharing_problems(spec, carriers),
        *_window_problems(spec, carriers),
        *_rate_problems(spec, carriers),
    ]


def _problem(
    spec: CircuitSpec, index: int, problem: str, frequency_hz: float, expected: str
) -> Problem:
    """A problem of carrier ``index``, at the key that decides its frequency."""
    if isinstance(spec.perturbation, ExplicitPlan):
        key = f"perturbation.frequencies[{index}]"
        return Problem(key, problem, spec.source.written(key), expected)
    key = "perturbation.lowest" if index == 0 else "perturbation.spacing"
    electrode = spec.device.controls[index]
    problem = f"the carrier of electrode {electrode} is {problem}"
    return Problem(key, problem, format_quantity(frequency_hz, "Hz", 6), expected)


def _sharing_problems(spec: CircuitSpec, carriers: Carriers) -> Iterator[Problem]:
    frequencies_hz, phases_rad = carriers.frequencies_hz, carriers.phases_rad
    for index, frequency_hz in enumerate(frequencies_hz):
        earlier = [
            other
            for other in range(index)
            if math.isclose(frequencies_hz[other], frequency_hz, rel_tol=RELATIVE)
        ]
        if len(earlier) > 1:
            yield _problem(
                spec,
                index,
                "a frequency that two other controls already use",
                frequency_hz,
                "at most two controls per frequency, 90 deg apart",
            )
        elif earlier:
            apart_rad = abs(phases_rad[index] - phases_rad[earlier[0]]) % math.pi
            if abs(apart_rad - math.pi / 2) > QUADRATURE_TOLERANCE_RAD:
                yield _problem(
                    spec,
                    index,
                    f"equal to that of control {earlier[0]} and not in quadrature",
                    frequency_hz,
                    "another frequency, or phases 90 deg apart",
                )


def _window_problems(spec: CircuitSpec, carriers: Carriers) -> Iterator[Problem]:
    """Cycles within the lock-in times; tones closer than 1/T can't be told apart within T."""
    windows = [("lock_in.time", spec.lock_in.time_s), ("reference.time", spec.reference.time_s)]
    for index, frequency_hz in enumerate(carriers.frequencies_hz):
        cycles = frequency_hz * spec.lock_in.time_s
        if isinstance(spec.lock_in, GateFilter) and not _is_whole(cycles):
            yield _problem(
                spec,
                index,
                "not a whole number of cycles in the gate",
                frequency_hz,
                f"a multiple of 1/lock_in.time, which is {_hertz(1 / spec.lock_in.time_s)}",
            )
        for key, time_s in windows:
            if frequency_hz * time_s < 1 - RELATIVE:
                yield _problem(
                    spec,
                    index,
                    f"less than one cycle in {key}",
                    frequency_hz,
                    f"at least {_hertz(1 / time_s)}, or a longer {key}",
                )
            closest_hz = _closest_hz(carriers.frequencies_hz, index)
            if closest_hz * time_s < 1 - RELATIVE:
                yield _problem(
                    spec,
                    index,
                    f"only {_hertz(closest_hz)} from another: {key} can't tell them apart",
                    frequency_hz,
                    f"equal frequencies in quadrature, or {_hertz(1 / time_s)} apart",
                )


def _closest_hz(frequencies_hz: tuple[float, ...], index: int) -> float:
    """Distance to the nearest earlier carrier of another frequency; infinite without one."""
    frequency_hz = frequencies_hz[index]
    distances_hz = (
        abs(frequency_hz - other_hz)
        for other_hz in frequencies_hz[:index]
        if not math.isclose(frequency_hz, other_hz, rel_tol=RELATIVE)
    )
    return min(distances_hz, default=math.inf)


def _rate_problems(spec: CircuitSpec, carriers: Carriers) -> Iterator[Problem]:
    rates = [("reference.sample_rate", spec.reference.sample_rate_hz)]
    if spec.device.noise is not None:
        rates.append(("device.noise.sample_rate", spec.device.noise.sample_rate_hz))
    for index, frequency_hz in enumerate(carriers.frequencies_hz):
        for key, rate_hz in rates:
            if frequency_hz > rate_hz / SAMPLES_PER_CYCLE * (1 + RELATIVE):
                yield _problem(
                    spec,
                    index,
                    f"above what {key} = {_hertz(rate_hz)} can carry",
                    frequency_hz,
                    f"at most {_hertz(rate_hz / SAMPLES_PER_CYCLE)}, or a higher {key}",
                )


def _is_whole(cycles: float) -> bool:
    return abs(cycles - round(cycles)) <= RELATIVE * max(1.0, cycles)


def _hertz(frequency_hz: float) -> str:
    return format_quantity(frequency_hz, "Hz", 6)
