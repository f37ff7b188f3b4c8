"""How fast the digital reference's lock-in is, against a plain loop, and how its cost grows.

The carriers of Fig. 3d repeat every 25 ms, so the reference asks the device model for a quarter of
the samples and adds up the low-pass's weights of the four periods; results are the same. The loop
asks for all samples of one operating point at once. Where the model takes most of the time in both,
the whole can't become much more than four times faster, however fast the lock-in is: the lines
"lock-in alone" leave the model out and start from the same samples.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import signal

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.formats import load_device
from hgecircuit.netlist import Subcircuit
from hgecircuit.run.reference import HomodyneGradient, LockIn

RUNS = 7
LIMIT_S = 2.0
POINTS = 1000
# Boon 2025, Fig. 3d: 7 channels 40 Hz apart, 0.1 s, and the amplitude of Fig. 2
FIGURE_3D = LockIn(tuple(600.0 + 40 * m for m in range(7)), (0.0,) * 7, (0.008,) * 7, 0.1)
CHANNELS = (10, 30, 100, 300, 1000)
TIMES_S = (0.4, 0.8, 1.6)
GROWTH_POINTS = 5


class LinearDevice(DeviceModel):
    """I = slopes . V: next to nothing to compute per sample and channel."""

    def __init__(self, electrodes: int) -> None:
        self.name = "linear"
        self.voltage_min_v, self.voltage_max_v = -np.ones(electrodes), np.ones(electrodes)
        self.current_range_a = 2e-9 * electrodes
        self.provenance = {}
        self.slopes = np.full(electrodes, 1e-9)

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        """Output current in A, shape (...)."""
        return voltages_v @ self.slopes

    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        """The slopes in A/V, shape (..., M)."""
        return np.broadcast_to(self.slopes, voltages_v.shape)

    def subcircuit(self) -> Subcircuit:
        """None: this device is for timing alone."""
        raise NotImplementedError


class PlainLoop:
    """The straightforward lock-in: one point and channel at a time, scipy.signal.lfilter.

    Attributes:
        tables: Whether perturbations and references are made once, instead of for every point.
    """

    def __init__(self, lock_in: LockIn, tables: bool) -> None:
        self.lock_in = lock_in
        analog = signal.butter(lock_in.order, 2 * np.pi * lock_in.cutoff_hz, analog=True)
        b, self.a, _ = signal.cont2discrete(analog, 1 / lock_in.sample_rate_hz, method="zoh")
        # without SciPy's delay by one sample: the output at the end of the last sample's hold
        self.b = b.ravel()[1:]
        self.sines = [self._sine(m) for m in range(lock_in.channels)] if tables else None

    def sample(self, device: DeviceModel, point_v: np.ndarray) -> np.ndarray:
        """Output current at one operating point, shape (N,)."""
        voltages_v = np.tile(point_v, (self.lock_in.samples, 1))
        for m, amplitude_v in enumerate(self.lock_in.amplitudes_v):
            voltages_v[:, m] += amplitude_v * (self.sines[m] if self.sines else self._sine(m))
        return device.current_a(voltages_v)

    def gradient(self, current_a: np.ndarray) -> list[float]:
        """Derivatives at one operating point, one channel after the other."""
        current_a = current_a - current_a.mean()
        gradient = []
        for m, amplitude_v in enumerate(self.lock_in.amplitudes_v):
            mixed = 2 * current_a * (self.sines[m] if self.sines else self._sine(m))
            gradient.append(signal.lfilter(self.b, self.a, mixed)[-1] / amplitude_v)
        return gradient

    def _sine(self, m: int) -> np.ndarray:
        time_s = np.arange(self.lock_in.samples) / self.lock_in.sample_rate_hz
        return np.sin(
            2 * np.pi * self.lock_in.frequencies_hz[m] * time_s + self.lock_in.phases_rad[m]
        )


def main() -> None:
    """Print the times of Fig. 3d beside a plain loop's, then the growth with the channels."""
    _compare_with_a_loop()
    _show_growth()


def _compare_with_a_loop() -> None:
    device = load_device("rnpu-compact")
    generator = np.random.Generator(np.random.PCG64(3))
    low_v, high_v = device.voltage_min_v, device.voltage_max_v
    points_v = generator.uniform(low_v, high_v, (POINTS, device.electrodes))
    loops = {"tables made once": PlainLoop(FIGURE_3D, True)}
    loops["all made per point"] = PlainLoop(FIGURE_3D, False)
    samples_a = np.array([loops["tables made once"].sample(device, v) for v in points_v])
    jobs: dict[str, Callable[[], np.ndarray]] = {
        "reference": lambda: _measured(device, points_v),
        "lock-in alone: reference": lambda: _demodulated(samples_a),
    }
    for name, loop in loops.items():
        jobs[f"loop, {name}"] = lambda loop=loop: np.array(
            [loop.gradient(loop.sample(device, v)) for v in points_v]
        )
        jobs[f"lock-in alone: loop, {name}"] = lambda loop=loop: np.array(
            [loop.gradient(current_a) for current_a in samples_a]
        )
    times_s, results = _timed(jobs)
    scale = abs(results["reference"]).max()
    difference = max(abs(found - results["reference"]).max() for found in results.values()) / scale
    print(f"parallel lock-in of Fig. 3d: 7 channels, {POINTS} points, 0.1 s at 10 kHz,")
    print(f"device {device.name}; median of {RUNS} runs, results equal within {difference:.0e}")
    for name, seconds in sorted(times_s.items(), key=lambda item: ("alone" in item[0], item)):
        own = times_s["lock-in alone: reference" if "alone" in name else "reference"]
        print(f"{name:44}{seconds:8.4f} s{seconds / own:8.1f} x")
    print(f"limit {LIMIT_S} s, largest memory {_peak_mb(jobs['reference']):.1f} MB")


def _timed(
    jobs: dict[str, Callable[[], np.ndarray]],
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Median times, and results; a busy computer slows all jobs of a run alike."""
    runs_s = {name: [] for name in jobs}
    results = {}
    for _ in range(RUNS):
        for name, job in jobs.items():
            start = time.perf_counter()
            results[name] = job()
            runs_s[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in runs_s.items()}, results


def _measured(device: DeviceModel, points_v: np.ndarray) -> np.ndarray:
    estimator = HomodyneGradient(FIGURE_3D)
    return estimator.measure(device, points_v, range(device.electrodes)).gradient_a_per_v


def _demodulated(samples_a: np.ndarray) -> np.ndarray:
    """All samples, in blocks as the estimator makes them where there is noise."""
    blocks = np.array_split(samples_a, 4)
    return np.vstack([FIGURE_3D.derivative_a_per_v(FIGURE_3D.demodulate(b)) for b in blocks])


def _peak_mb(job: Callable[[], object]) -> float:
    tracemalloc.start()
    job()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def _show_growth() -> None:
    """Times of a linear device with 10 to 1,000 channels, tables included."""
    print(f"\ngrowth: linear device, {GROWTH_POINTS} points, no common period, median of 3 runs")
    print(f"{'channels':>10}{'samples':>10}{'s':>10}{'ns per channel and sample':>28}")
    rows = []
    for channels in CHANNELS:
        for time_s in TIMES_S:
            # 4.1234 Hz apart: 1,000 channels below half of 10 kHz, never repeating within T
            frequencies = tuple(500.0 + 4.1234 * m for m in range(channels))
            setup = LockIn(frequencies, (0.0,) * channels, (0.01,) * channels, time_s)
            device, points_v = LinearDevice(channels), np.zeros((GROWTH_POINTS, channels))
            taken_s = np.median([_growth_s(setup, device, points_v) for _ in range(3)])
            size = channels * setup.samples * GROWTH_POINTS
            rows.append((channels, np.log(size), np.log(taken_s)))
            each_ns = 1e9 * taken_s / size
            print(f"{channels:10d}{setup.samples:10d}{taken_s:10.4f}{each_ns:28.1f}")
    slopes = [
        np.polyfit(*np.transpose([row[1:] for row in rows if row[0] >= least]), 1)[0]
        for least in (min(CHANNELS), 100)
    ]
    print(f"log-log slope {slopes[0]:.2f}; from 100 channels on {slopes[1]:.2f}")


def _growth_s(setup: LockIn, device: DeviceModel, points_v: np.ndarray) -> float:
    fresh = replace(setup)  # without the tables of the run before
    start = time.perf_counter()
    HomodyneGradient(fresh).measure(device, points_v, range(device.electrodes))
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
