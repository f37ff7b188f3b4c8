"""Device noise of stated density, made by the project from a seed, the same in both worlds.

ngspice's own transient noise can't be reproduced by any seed, so the samples are made here and
handed to the netlist as a piecewise-linear function of time; Python reads the same samples by
linear interpolation.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit, format_number

# A B source's pwl() is found by bisection and sets no breakpoints, unlike a PWL source, but ngspice
# 39 reads its text in a time that grows with the square of its length, while many short sources
# cost time at each step. Added by 50,000 samples to a run of 100,000 steps: one B source 6.7 s,
# 13 with 4,096 samples each 1.1 s, 49 with 1,024 samples 2.8 s, one PWL source 91 s.
_SAMPLES_PER_SOURCE = 4096
_LARGEST_SAMPLES = 5_000_000


@dataclass(frozen=True)
class NoiseSpec:
    """One-sided density of the output current's noise: S(f) = white + flicker (f0 / f)^exponent.

    Boon 2025, Fig. 2c measures a 1/f^1.5 law with 1e-5 nA^2/Hz at 1 kHz.

    Attributes:
        white_a2_per_hz: White part, one-sided, in A^2/Hz.
        flicker_a2_per_hz: The 1/f^n part at ``frequency_hz``, one-sided, in A^2/Hz.
        frequency_hz: Where ``flicker_a2_per_hz`` holds, f0.
        exponent: n, from 0 to 2.
        sample_rate_hz: Samples per second; between them the current is a straight line, so the
            density falls off above about a quarter of this rate.
        seed: Seed of the samples (numpy PCG64).
    """

    white_a2_per_hz: float = 0.0
    flicker_a2_per_hz: float = 0.0
    frequency_hz: float = 1e3
    exponent: float = 1.5
    sample_rate_hz: float = 1e4
    seed: int = 1

    def __post_init__(self) -> None:
        limits = {
            "white_a2_per_hz": (0.0, 1.0, "a density in A^2/Hz"),
            "flicker_a2_per_hz": (0.0, 1.0, "a density in A^2/Hz"),
            "frequency_hz": (1e-6, 1e12, "a frequency in Hz"),
            "exponent": (0.0, 2.0, "a number from 0 to 2"),
            "sample_rate_hz": (1e-3, 1e12, "a rate in Hz"),
            "seed": (0, 2**63, "a whole number"),
        }
        for key, (low, high, expected) in limits.items():
            if not low <= getattr(self, key) <= high:
                raise InputError(
                    "not a usable value",
                    key=f"noise.{key}",
                    value=getattr(self, key),
                    expected=expected,
                )
        if self.white_a2_per_hz == 0 and self.flicker_a2_per_hz == 0:
            raise InputError("no noise: both densities are zero", key="noise")

    def density_a2_per_hz(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """The one-sided density S(f) in A^2/Hz at frequencies above 0."""
        ratio = self.frequency_hz / np.asarray(frequency_hz, dtype=float)
        return self.white_a2_per_hz + self.flicker_a2_per_hz * ratio**self.exponent

    def sample(self, duration_s: float) -> Noise:
        """Samples from t = 0 to at least ``duration_s``.

        Gaussian amplitudes are drawn per frequency over twice the duration and the first half is
        kept, so the end doesn't repeat the beginning. There is no power at frequency 0 and none
        below 1 / (2 duration).

        Raises:
            InputError: No duration, or more than 5 million samples.
        """
        if not (math.isfinite(duration_s) and duration_s > 0):
            raise InputError("not a duration", key="noise", value=duration_s, expected="above 0 s")
        count = math.ceil(duration_s * self.sample_rate_hz * (1 - 1e-12)) + 1
        if count > _LARGEST_SAMPLES:
            raise InputError(
                "too many noise samples",
                key="noise.sample_rate_hz",
                value=self.sample_rate_hz,
                expected=f"at most {_LARGEST_SAMPLES / duration_s:.3g} Hz for this run",
            )
        total = 2 * count
        frequencies = np.arange(1, count + 1) * (self.sample_rate_hz / total)
        # |X_k|^2 = S fs N / 2 for the one-sided density of a real signal of N samples
        size = np.sqrt(self.density_a2_per_hz(frequencies) * self.sample_rate_hz * total / 4)
        generator = np.random.Generator(np.random.PCG64(self.seed))
        parts = generator.normal(size=(2, count))
        spectrum = np.zeros(count + 1, dtype=complex)
        spectrum[1:] = size * (parts[0] + 1j * parts[1])
        spectrum[-1] = math.sqrt(2) * spectrum[-1].real
        current = np.fft.irfft(spectrum, total)[:count]
        return Noise(current, self.sample_rate_hz, {**asdict(self), "generator": "numpy PCG64"})


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise samples, equally spaced from t = 0.

    Attributes:
        current_a: Shape (n,), in A.
        sample_rate_hz: Samples per second.
        provenance: The specification with its seed.
    """

    current_a: np.ndarray
    sample_rate_hz: float
    provenance: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Hash of the samples' bytes."""
        return hashlib.sha256(np.ascontiguousarray(self.current_a, "<f8").tobytes()).hexdigest()

    def at(self, time_s: np.ndarray | float) -> np.ndarray:
        """The current in A at ``time_s``: linear between samples, constant outside."""
        position = np.asarray(time_s, dtype=float) * self.sample_rate_hz
        return np.interp(position, np.arange(len(self.current_a)), self.current_a)

    def subcircuit(self, name: str = "device_noise") -> Subcircuit:
        """A subcircuit with one port, ``out``, out of which the noise current flows."""
        circuit = Subcircuit(
            name,
            ["out"],
            f"device noise: {len(self.current_a)} samples at {self.sample_rate_hz:g} Hz, "
            f"seed {self.provenance.get('seed')}, current out of `out` in A",
        )
        position = f"time*{format_number(self.sample_rate_hz)}"
        for index, start in enumerate(range(0, len(self.current_a), _SAMPLES_PER_SOURCE)):
            points = self._segment(start)
            circuit.behavioural_current(
                f"{index}", GROUND, "out", f"pwl({position}, {', '.join(points)})"
            )
        return circuit

    def _segment(self, start: int) -> list[str]:
        """One source's points: its samples, and 0 where the neighbours' begin and end.

        Neighbouring segments add up to the straight line between their samples.
        """
        values = self.current_a
        end = min(start + _SAMPLES_PER_SOURCE, len(values))
        points = [f"{index}, {format_number(values[index])}" for index in range(start, end)]
        # two zeros, because ngspice's pwl() continues its last piece as a straight line
        if start > 0:
            points[:0] = [f"{start - 2}, 0", f"{start - 1}, 0"]
        if end < len(values):
            points += [f"{end}, 0", f"{end + 1}, 0"]
        else:
            points.append(f"{end}, {format_number(values[-1])}")
        return points
