"""Noise of the device's current at whatever rate the input runs."""

from __future__ import annotations

import numpy as np

from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.run.reference.noise import NoiseStream
from hgecircuit.run.rigs.config_virtual import RigNoiseSpec

# Changes within this time are as large as the law says; below, the density becomes flat.
_LONGEST_S = 1000.0


class RigNoise:
    """One endless record per sample rate, all from the same seed.

    Args:
        spec: Densities, exponent and seed.
    """

    def __init__(self, spec: RigNoiseSpec) -> None:
        self._spec = spec
        self._streams: dict[float, NoiseStream] = {}

    def __call__(self, rate_hz: float, samples: int) -> np.ndarray:
        """The next samples in A of the record for a rate, shape (samples,)."""
        if rate_hz not in self._streams:
            spec = self._spec
            law = NoiseSpec(
                white_a2_per_hz=spec.white_a2_per_hz,
                flicker_a2_per_hz=spec.flicker_a2_per_hz,
                frequency_hz=spec.flicker_at_hz,
                exponent=spec.flicker_exponent,
                sample_rate_hz=rate_hz,
                seed=spec.seed,
            )
            self._streams[rate_hz] = NoiseStream(law, min(1 / _LONGEST_S, rate_hz / 4))
        return self._streams[rate_hz].read(samples)
