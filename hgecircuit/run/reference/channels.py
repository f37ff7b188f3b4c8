"""What the channels of a lock-in must fulfil."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hgecircuit.errors import InputError

if TYPE_CHECKING:
    from hgecircuit.run.reference.lock_in import LockIn

# How far from a whole number of cycles a carrier may be, in parts of its cycles: rounding of the
# user's numbers is 1e-16, and 1e-9 lets through no more of its neighbours than that part.
_WHOLE_CYCLES = 1e-9


def check_channels(lock_in: LockIn) -> None:
    """Refuse channels that don't fit together or that the sample rate can't carry."""
    frequencies = np.array(lock_in.frequencies_hz)
    amplitudes = np.array(lock_in.amplitudes_v)
    if not len(frequencies) == len(amplitudes) == len(lock_in.phases_rad) > 0:
        raise InputError(
            "channels don't fit together",
            value=(len(frequencies), len(lock_in.phases_rad), len(amplitudes)),
            expected="one frequency, one phase and one amplitude per channel",
        )
    if not (np.isfinite(lock_in.sample_rate_hz) and lock_in.sample_rate_hz > 0):
        raise InputError("no sample rate", key="sample_rate_hz", value=lock_in.sample_rate_hz)
    if not (np.isfinite(lock_in.time_s) and lock_in.time_s > 0):
        raise InputError("no measurement time", key="time_s", value=lock_in.time_s)
    limit_hz = lock_in.sample_rate_hz / 2
    for m, frequency_hz in enumerate(frequencies):
        if not 0 < frequency_hz < limit_hz:
            raise InputError(
                "no perturbation frequency",
                key=f"frequencies_hz[{m}]",
                value=frequency_hz,
                expected=f"above 0, below half the sample rate ({limit_hz:g} Hz)",
            )
        if not (np.isfinite(amplitudes[m]) and amplitudes[m] > 0):
            raise InputError(
                "no amplitude", key=f"amplitudes_v[{m}]", value=amplitudes[m], expected="above 0"
            )
        if not np.isfinite(lock_in.phases_rad[m]):
            raise InputError("no phase", key=f"phases_rad[{m}]", value=lock_in.phases_rad[m])


def check_coherent(lock_in: LockIn) -> None:
    """Refuse frequencies whose periods don't fit into the measurement a whole number of times."""
    most = (lock_in.samples - 1) // 2  # cycles below half the sample rate
    for m, frequency_hz in enumerate(lock_in.frequencies_hz):
        cycles = frequency_hz * lock_in.measured_s
        if abs(cycles - round(cycles)) <= _WHOLE_CYCLES * cycles:
            continue
        near = {max(1, min(int(cycles) + up, most)) for up in (0, 1)}
        nearest = " or ".join(f"{count / lock_in.measured_s:.12g} Hz" for count in sorted(near))
        raise InputError(
            "coherent integration needs a whole number of periods",
            key=f"frequencies_hz[{m}]",
            value=frequency_hz,
            expected=f"a whole multiple of 1/T = {1 / lock_in.measured_s:.12g} Hz; the nearest: "
            + nearest,
        )


def check_parallel(lock_in: LockIn) -> None:
    """Refuse channels that a common measurement can't tell apart.

    Two channels may share a frequency 90 degrees apart, when X alone is used (Boon 2025, Methods).
    """
    sharing: dict[float, list[int]] = {}
    for m, frequency_hz in enumerate(lock_in.frequencies_hz):
        sharing.setdefault(frequency_hz, []).append(m)
    for frequency_hz, channels in sharing.items():
        for n, m in combinations(channels, 2):
            apart_rad = lock_in.phases_rad[m] - lock_in.phases_rad[n]
            if abs(np.cos(apart_rad)) > 1e-6:
                problem = "two channels with one frequency that are not 90 degrees apart"
            elif lock_in.use != "x":
                problem = "two channels with one frequency need X alone, not the amplitude"
            else:
                continue
            raise InputError(
                problem,
                key=f"frequencies_hz[{n}], frequencies_hz[{m}]",
                value=frequency_hz,
                expected='different frequencies, or phases 90 degrees apart and use = "x"',
            )
