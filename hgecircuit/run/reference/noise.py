"""Output noise and drift as endless streams: any length, any blocks, no repeats.

:class:`hgecircuit.devices.noise.NoiseSpec` makes one record of known length by Fourier synthesis,
for a netlist. The sources here follow the same law, S(f) = white + flicker (f0 / f)^n, sample by
sample, so that a measurement can go on where the last one stopped (:class:`NoiseStream`) or
thousands can be made independent of each other (:class:`IndependentNoise`).

Convention: S is the one-sided density of the sampled record, as behind an ideal anti-alias filter:
nothing is folded back. It is within 0.5 % of the law from ``lowest_hz`` to 0.48 of the sample rate
and within 1.5 % up to half of it; below ``lowest_hz`` / 300 it is flat: stationary for every n.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.run.reference.noise_bank import Ar1Bank

if TYPE_CHECKING:
    from hgecircuit.devices.noise import NoiseSpec

# A slower pole would be too near 1 for double precision: here 1 - p is 2e-12, exact to 5e-5.
_LONGEST_SAMPLES = 1e10
# Up to this n the density changes by 2e-8 at most over the ten decades, and counts as flat.
_FLAT_EXPONENT = 1e-9


class OutputNoise(ABC):
    """A :data:`~hgecircuit.run.reference.NoiseSource` that can say how it was made."""

    @abstractmethod
    def __call__(self, measurements: int, samples: int) -> np.ndarray:
        """The next noise currents in A.

        Args:
            measurements: Number of measurements R, one row each.
            samples: Samples N per measurement.

        Returns:
            Shape (R, N). However the measurements are split over calls, they get the same noise,
            bit for bit.
        """

    @property
    @abstractmethod
    def provenance(self) -> dict[str, Any]:
        """What a result must record: all settings, the seed, and how many samples were read."""


@dataclass(frozen=True)
class NoiseLaw:
    """A density law made into a filter for white samples.

    Attributes:
        spec: Densities, exponent, sample rate and seed.
        lowest_hz: 1/T of the longest time T over which samples are compared. Changes within T are
            as large as the law says (for n = 2, 1 % less in variance, because the density is flat
            below ``lowest_hz`` / 300). The offset that all samples share depends on this choice for
            n >= 1: without a limit it would be infinite. Not needed for white noise.
    """

    spec: NoiseSpec
    lowest_hz: float | None = None

    def __post_init__(self) -> None:
        if self.is_white:
            return
        rate_hz = self.spec.sample_rate_hz
        if self.lowest_hz is None or not (
            rate_hz / _LONGEST_SAMPLES <= self.lowest_hz <= rate_hz / 4
        ):
            raise InputError(
                "1/f noise needs a lowest frequency",
                key="lowest_hz",
                value=self.lowest_hz,
                expected=f"1/T of the whole record, from {rate_hz / _LONGEST_SAMPLES:g} "
                f"to {rate_hz / 4:g} Hz (a quarter of the sample rate)",
            )

    @property
    def is_white(self) -> bool:
        """Whether the law has no 1/f^n part."""
        return self.spec.flicker_a2_per_hz == 0 or self.spec.exponent <= _FLAT_EXPONENT

    @property
    def white_a(self) -> float:
        """Standard deviation of the white samples to add to the filtered ones, in A."""
        return 0.0 if self.is_white else self._deviation_a(self.spec.white_a2_per_hz)

    @cached_property
    def bank(self) -> Ar1Bank:
        """The filter from white samples of variance 1 to currents in A."""
        spec = self.spec
        if self.is_white:
            return Ar1Bank.flat(self._deviation_a(spec.white_a2_per_hz + spec.flicker_a2_per_hz))
        assert self.lowest_hz is not None
        rate_hz = spec.sample_rate_hz
        at_rate = spec.flicker_a2_per_hz * (spec.frequency_hz / rate_hz) ** spec.exponent
        bank = Ar1Bank.power_law(spec.exponent, self.lowest_hz / rate_hz)
        return bank.scaled(self._deviation_a(at_rate))

    def density_a2_per_hz(self, frequency_hz: np.ndarray | float) -> np.ndarray:
        """The one-sided density in A^2/Hz that the samples really have, from 0 to half the rate."""
        rate_hz = self.spec.sample_rate_hz
        gain = self.bank.power_gain(np.asarray(frequency_hz, float) / rate_hz)
        return 2 / rate_hz * (gain + self.white_a**2)

    @property
    def variance_a2(self) -> float:
        """Variance of every sample in A^2, over all realisations."""
        return self.bank.variance + self.white_a**2

    def _deviation_a(self, density_a2_per_hz: float) -> float:
        """White samples of variance S f_s / 2 have the one-sided density S."""
        return float(np.sqrt(density_a2_per_hz * self.spec.sample_rate_hz / 2))


@final
class NoiseStream(OutputNoise):
    """One endless record: measurements are consecutive stretches of it, as on a rig.

    Args:
        spec: Densities, exponent, sample rate and seed.
        lowest_hz: See :class:`NoiseLaw`; here T is the time of all measurements together.
    """

    def __init__(self, spec: NoiseSpec, lowest_hz: float | None = None) -> None:
        self.law = NoiseLaw(spec, lowest_hz)
        self._draws = _Draws(spec.seed)
        self._state = self.law.bank.start(self._draws.start, 1)
        self._read = 0

    def __call__(self, measurements: int, samples: int) -> np.ndarray:
        """See :class:`OutputNoise`: row after row of one record, without gaps."""
        return self.read(measurements * samples).reshape(measurements, samples)

    def read(self, samples: int) -> np.ndarray:
        """The next ``samples`` currents in A, shape (samples,)."""
        _check_counts(1, samples)
        self._read += samples
        return _currents_a(self.law, self._draws, self._state, samples)[0]

    @property
    def provenance(self) -> dict[str, Any]:
        """See :class:`OutputNoise`."""
        return _provenance(self.law, "one record", self._read)


@final
class IndependentNoise(OutputNoise):
    """Repetitions that know nothing of each other: every row is a new realisation.

    Every row starts stationary, at its own offset. What compares two rows, such as finite
    differences with one row per step, sees the difference of two offsets; on a rig the second
    measurement follows the first, so it needs :class:`NoiseStream` or both steps in one row.

    Args:
        spec: Densities, exponent, sample rate and seed.
        lowest_hz: See :class:`NoiseLaw`; here T is the time of one row.
    """

    def __init__(self, spec: NoiseSpec, lowest_hz: float | None = None) -> None:
        self.law = NoiseLaw(spec, lowest_hz)
        self._draws = _Draws(spec.seed)
        self._read = 0

    def __call__(self, measurements: int, samples: int) -> np.ndarray:
        """See :class:`OutputNoise`.

        Raises:
            InputError: Rows longer than 1 / ``lowest_hz``, whose slow noise would be missing.
        """
        _check_counts(measurements, samples)
        lowest_hz, rate_hz = self.law.lowest_hz, self.law.spec.sample_rate_hz
        if not self.law.is_white and lowest_hz and samples * lowest_hz > rate_hz * (1 + 1e-9):
            raise InputError(
                "a measurement longer than the slowest noise",
                key="lowest_hz",
                value=lowest_hz,
                expected=f"{rate_hz / samples:g} Hz or lower for {samples} samples",
            )
        self._read += measurements * samples
        state = self.law.bank.start(self._draws.start, measurements)
        return _currents_a(self.law, self._draws, state, samples)

    @property
    def provenance(self) -> dict[str, Any]:
        """See :class:`OutputNoise`."""
        return _provenance(self.law, "independent rows", self._read)


@final
class OutputDrift(OutputNoise):
    """A steady drift of the output current: rate times time since the first sample.

    Additive, because that is the drift that tells the estimators apart: finite differences take
    the change between their two steps for a derivative, while a lock-in looks at its carriers
    alone. A drift of the electrodes' response would move the true gradient too, and an estimator
    that follows it is right. For a random walk add a :class:`NoiseStream` with n = 2.

    Args:
        rate_a_per_s: Drift in A/s.
        sample_rate_hz: Samples per second.
    """

    def __init__(self, rate_a_per_s: float, sample_rate_hz: float = 1e4) -> None:
        if not np.isfinite(rate_a_per_s):
            raise InputError("no drift", key="rate_a_per_s", value=rate_a_per_s)
        if not (np.isfinite(sample_rate_hz) and sample_rate_hz > 0):
            raise InputError("no sample rate", key="sample_rate_hz", value=sample_rate_hz)
        self.rate_a_per_s = rate_a_per_s
        self.sample_rate_hz = sample_rate_hz
        self._read = 0

    def __call__(self, measurements: int, samples: int) -> np.ndarray:
        """See :class:`OutputNoise`: measurements follow each other without gaps."""
        _check_counts(measurements, samples)
        index = np.arange(self._read, self._read + measurements * samples)
        self._read += measurements * samples
        return (self.rate_a_per_s * (index / self.sample_rate_hz)).reshape(measurements, samples)

    @property
    def provenance(self) -> dict[str, Any]:
        """See :class:`OutputNoise`."""
        return {
            "rate_a_per_s": self.rate_a_per_s,
            "sample_rate_hz": self.sample_rate_hz,
            "samples_read": self._read,
        }


@final
class SummedNoise(OutputNoise):
    """Several sources together, for instance device noise, a random walk and a drift.

    Args:
        sources: Sources that are asked together from now on.
    """

    def __init__(self, *sources: OutputNoise) -> None:
        if not sources:
            raise InputError("a sum of no noise", expected="one source or more")
        self.sources = sources

    def __call__(self, measurements: int, samples: int) -> np.ndarray:
        """See :class:`OutputNoise`."""
        total = np.zeros((measurements, samples))
        for source in self.sources:
            total += source(measurements, samples)
        return total

    @property
    def provenance(self) -> dict[str, Any]:
        """See :class:`OutputNoise`."""
        return {"sum": [source.provenance for source in self.sources]}


class _Draws:
    """Three generators of one seed, one per use: blocks of any size get the same numbers."""

    def __init__(self, seed: int) -> None:
        children = np.random.SeedSequence(seed).spawn(3)
        self.filtered, self.start, self.white = (
            np.random.Generator(np.random.PCG64(child)) for child in children
        )


def _currents_a(law: NoiseLaw, draws: _Draws, state: np.ndarray, samples: int) -> np.ndarray:
    """Currents of shape (R, samples) from a state of shape (R, poles), which moves on."""
    shape = (len(state), samples)
    current_a = law.bank.run(draws.filtered.standard_normal(shape), state)
    if law.white_a:
        current_a += law.white_a * draws.white.standard_normal(shape)
    return current_a


def _provenance(law: NoiseLaw, rows: str, read: int) -> dict[str, Any]:
    return {
        **asdict(law.spec),
        "lowest_hz": law.lowest_hz,
        "rows": rows,
        "poles": law.bank.poles,
        "generator": "numpy SeedSequence(seed).spawn(3), PCG64",
        "numpy": np.__version__,
        "samples_read": read,
    }


def _check_counts(measurements: int, samples: int) -> None:
    if measurements < 1 or samples < 1:
        raise InputError(
            "no samples", value=(measurements, samples), expected="one measurement and sample up"
        )
