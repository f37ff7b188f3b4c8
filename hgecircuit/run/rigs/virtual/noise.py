"""Noise of the device's current at whatever rate the input runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.run.reference.noise import NoiseStream
from hgecircuit.run.rigs.config_virtual import RigNoiseSpec

# Changes within this time are as large as the law says; below, the density becomes flat.
_LONGEST_S = 1000.0
# From this exponent on, the law's offset is as large as the time is long that one looks back.
_NO_OFFSET = 1.0
# White samples are drawn apart; seeds of rig files are below this.
_WHITE_SEED = 2**32

_Read = Callable[[int], np.ndarray]


class RigNoise:
    """One endless record per sample rate, all from the same seed.

    A record begins at 0 A: a 1/f^n law that goes on to microhertz has an offset of many times what
    changes in a measurement (20 nA rms for that of Boon 2025, Fig. 2c), but an offset that was
    there before the rig was switched on is none of the noise's.

    Args:
        spec: Densities, exponent and seed.
    """

    def __init__(self, spec: RigNoiseSpec) -> None:
        self._spec = spec
        self._streams: dict[float, list[_Read]] = {}

    def __call__(self, rate_hz: float, samples: int) -> np.ndarray:
        """The next samples in A of the record for a rate, shape (samples,)."""
        if rate_hz not in self._streams:
            self._streams[rate_hz] = list(self._parts(rate_hz))
        return sum((read(samples) for read in self._streams[rate_hz]), np.zeros(samples))

    def _parts(self, rate_hz: float) -> list[_Read]:
        spec, parts = self._spec, []
        if spec.white_a2_per_hz:
            law = NoiseSpec(
                white_a2_per_hz=spec.white_a2_per_hz,
                sample_rate_hz=rate_hz,
                seed=spec.seed + _WHITE_SEED,
            )
            parts.append(NoiseStream(law).read)
        if spec.flicker_a2_per_hz:
            law = NoiseSpec(
                flicker_a2_per_hz=spec.flicker_a2_per_hz,
                frequency_hz=spec.flicker_at_hz,
                exponent=spec.flicker_exponent,
                sample_rate_hz=rate_hz,
                seed=spec.seed,
            )
            stream = NoiseStream(law, min(1 / _LONGEST_S, rate_hz / 4))
            parts.append(_from_zero(stream) if spec.flicker_exponent >= _NO_OFFSET else stream.read)
        return parts


def _from_zero(stream: NoiseStream) -> _Read:
    """A record's samples without the value with which it began."""
    begin_a = stream.read(1)[0]
    return lambda samples: stream.read(samples) - begin_a
