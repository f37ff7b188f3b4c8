"""The paper's error model: its formulas, and the lock-in in the settled limit and at T."""

import numpy as np
import pytest
from analytic_devices import close
from scipy import signal

from hgecircuit.run.reference import LockIn, error_power, mean_square_error

RATE_HZ = 1e4


def lock_in(frequencies, phases=None, **others):
    count = len(frequencies)
    phases = (0.0,) * count if phases is None else phases
    return LockIn(tuple(frequencies), tuple(phases), (0.008,) * count, 0.1, **others)


def test_equations_7_to_10_by_hand():
    # low frequencies and little noise, so that every term counts
    device = lock_in((8.0, 26.0))
    response_a, density = np.array([0.2e-9, 0.5e-9]), 1e-23
    b, a = signal.butter(3, 2 * np.pi * device.cutoff_hz, analog=True)

    def power_gain(frequency_hz):
        return abs(signal.freqs(b, a, [2 * np.pi * frequency_hz])[1][0]) ** 2

    noise = 1.0472 * device.cutoff_hz * density / 2
    double = power_gain(16) * 0.2e-9**2 / 4
    parallel = 0.5e-9**2 / 4 * (power_gain(34) + power_gain(18))
    assert min(noise, double, 0.5e-9**2 / 4 * power_gain(34)) > 0.01 * parallel
    power = error_power(device, response_a, density)
    assert power.noise[0] == close(noise, 1e-4)
    assert power.double_frequency[0] == close(double)
    assert power.parallel[0] == close(parallel)
    alone = mean_square_error(device, response_a, density, sequential=True)
    together = mean_square_error(device, response_a, density)
    assert alone[0] == close(4 * (double + noise) / 0.008**2, 1e-4)
    assert together[0] == close(4 * (parallel + double + noise) / 0.008**2, 1e-4)


def settled_powers(device, periods=20):
    """Mean square over both phases of the filtered product of two unit tones, after many T."""
    samples = periods * device.samples
    weights = device.filter.impulse_response(samples, RATE_HZ)[::-1]
    time_s, phases = np.arange(samples) / RATE_HZ, 2 * np.pi * np.arange(8) / 8
    tones = [
        [np.sin(2 * np.pi * f * time_s + phase) for phase in phases] for f in device.frequencies_hz
    ]
    filtered = np.einsum("k,ak,bk->ab", weights, tones[0], tones[1])
    alone = np.array([weights @ (tone * tone) for tone in tones[0]])
    return (filtered**2).mean(), ((alone - 0.5) ** 2).mean()


@pytest.mark.parametrize("spacing_hz", [10.0, 20.0, 40.0])
def test_the_settled_lock_in_leaves_what_equations_7_and_9_say(spacing_hz):
    """The equations hold squared amplitudes: twice the mean square; the hold costs 3 %."""
    device = lock_in((300.0, 300.0 + spacing_hz))
    crosstalk, double = settled_powers(device)
    power = error_power(device, np.ones(2))
    assert 2 * crosstalk == close(power.parallel[0], 0.01)
    assert 2 * double == close(power.double_frequency[0], 0.03)


def test_at_the_measurement_time_the_transient_exceeds_the_settled_remains():
    """T = 0.1 s, first, 40 Hz: 2.2 % rms of a neighbour where Eq. 9 has 0.3 % at worst."""
    rng = np.random.default_rng(6)
    couplings = np.array(
        [lock_in((600.0, 640.0), rng.uniform(0, 2 * np.pi, 2)).coupling() for _ in range(100)]
    )
    crosstalk = np.sqrt((couplings[:, 0, 1] ** 2).mean())
    double = np.sqrt(((couplings[:, 0, 0] - 0.98) ** 2).mean())
    assert crosstalk == pytest.approx(0.022, abs=0.003)
    assert double == pytest.approx(6e-4, abs=1e-4)
    power = error_power(lock_in((600.0, 640.0)), np.array([0.0, 1.0]))
    assert 2 * np.sqrt(power.parallel[0]) == pytest.approx(0.0031, abs=2e-4)
