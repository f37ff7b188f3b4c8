"""How fast the digital reference's lock-in is, against a plain loop, and how its cost grows.

The loop is what Boon 2025, Fig. 1a and Methods describe, written down straightforwardly: for every
operating point, the device under all perturbations; for every channel, the product with the
reference and one ``scipy.signal.lfilter`` (two where Y is wanted as well). Either everything is
made for each point, or perturbations and references once before the loop.

The carriers of Fig. 3d repeat every 25 ms, so the reference asks the device model for a quarter of
the samples, and adds up the low-pass's weights of the four periods; the results are the same. The
model is what both sides need most of their time for, so the whole gains less than the lock-in; the
lines "lock-in alone" start from the same given samples.
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
LIMIT_S, LIMIT_RATIO = 2.0, 20.0
POINTS = 1000
# Boon 2025, Fig. 3d: 7 channels 40 Hz apart, 0.1 s, and the amplitude of Fig. 2
FIGURE_3D = LockIn(tuple(600.0 + 40 * m for m in range(7)), (0.0,) * 7, (0.008,) * 7, 0.1)
# What is read from every channel: X alone, or X and Y, of which the amplitude is made.
READ = {"X": FIGURE_3D, "X and Y": replace(FIGURE_3D, use="amplitude")}
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
        angles = [self._angle(m) for m in range(lock_in.channels)]
        self.made = {wave: list(map(wave, angles)) for wave in (np.sin, np.cos)}
        self.tables = tables

    def measure(self, device: DeviceModel, points_v: np.ndarray) -> np.ndarray:
        """Derivatives at all operating points, shape (P, M)."""
        return np.array([self.gradient(self.sample(device, point_v)) for point_v in points_v])

    def sample(self, device: DeviceModel, point_v: np.ndarray) -> np.ndarray:
        """Output current at one operating point, shape (N,)."""
        voltages_v = np.tile(point_v, (self.lock_in.samples, 1))
        for m, amplitude_v in enumerate(self.lock_in.amplitudes_v):
            voltages_v[:, m] += amplitude_v * self._wave(np.sin, m)
        return device.current_a(voltages_v)

    def gradient(self, current_a: np.ndarray) -> list[float]:
        """Derivatives at one operating point, one channel after the other."""
        current_a = current_a - current_a.mean()
        gradient = []
        for m, amplitude_v in enumerate(self.lock_in.amplitudes_v):
            found = x = self._filtered(current_a * self._wave(np.sin, m))
            if self.lock_in.use == "amplitude":
                found = np.copysign(
                    np.hypot(x, self._filtered(current_a * self._wave(np.cos, m))), x
                )
            gradient.append(found / amplitude_v)
        return gradient

    def _filtered(self, mixed_a: np.ndarray) -> float:
        return signal.lfilter(self.b, self.a, 2 * mixed_a)[-1]

    def _wave(self, wave: Callable[[np.ndarray], np.ndarray], m: int) -> np.ndarray:
        return self.made[wave][m] if self.tables else wave(self._angle(m))

    def _angle(self, m: int) -> np.ndarray:
        time_s = np.arange(self.lock_in.samples) / self.lock_in.sample_rate_hz
        return 2 * np.pi * self.lock_in.frequencies_hz[m] * time_s + self.lock_in.phases_rad[m]


def main() -> None:
    """Print the times of Fig. 3d beside a plain loop's, then the growth with the channels."""
    _compare_with_a_loop()
    _show_growth()


def _compare_with_a_loop() -> None:
    device = load_device("rnpu-compact")
    generator = np.random.Generator(np.random.PCG64(3))
    low_v, high_v = device.voltage_min_v, device.voltage_max_v
    points_v = generator.uniform(low_v, high_v, (POINTS, device.electrodes))
    sampler = PlainLoop(FIGURE_3D, True)
    samples_a = np.array([sampler.sample(device, point_v) for point_v in points_v])
    loops = {"loop, all made per point": False, "loop, tables made once": True}
    jobs: dict[tuple[str, str], Callable[[], np.ndarray]] = {}
    for read, lock_in in READ.items():
        jobs["reference", read] = lambda lock_in=lock_in: _measured(lock_in, device, points_v)
        jobs["lock-in alone: reference", read] = lambda lock_in=lock_in: _demodulated(
            lock_in, samples_a
        )
        for name, tables in loops.items():
            loop = PlainLoop(lock_in, tables)
            jobs[name, read] = lambda loop=loop: loop.measure(device, points_v)
            jobs[f"lock-in alone: {name}", read] = lambda loop=loop: np.array(
                [loop.gradient(current_a) for current_a in samples_a]
            )
    times_s, results = _timed(jobs)
    difference = max(
        abs(found - results["reference", read]).max() / abs(found).max()
        for (_, read), found in results.items()
    )
    print(f"parallel lock-in of Fig. 3d: 7 channels, {POINTS} points, 0.1 s at 10 kHz,")
    print(f"device {device.name}; processor time on one core, median of {RUNS} runs, results equal")
    print(f"within {difference:.0e}\n{'':42}" + "".join(f"{read:>22}" for read in READ))
    for whole in (True, False):
        prefix = "" if whole else "lock-in alone: "
        for name in ("reference", *loops):
            shares = [
                (times_s[prefix + name, read], times_s[f"{prefix}reference", read]) for read in READ
            ]
            row = "".join(f"{own:12.4f} s{own / least:6.1f} x" for own, least in shares)
            print(f"{prefix + name:42}{row}")
    own_s = times_s["reference", "X and Y"]
    ratio = times_s["loop, all made per point", "X and Y"] / own_s
    memory = _peak_mb(jobs["reference", "X and Y"])
    print(
        f"limits: {own_s:.3f} of at most {LIMIT_S:g} s; {ratio:.1f} of at least {LIMIT_RATIO:g} x"
    )
    print(f"for X and Y, all made per point; largest memory {memory:.1f} MB")


def _timed(
    jobs: dict[tuple[str, str], Callable[[], np.ndarray]],
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], np.ndarray]]:
    """Median processor times, and results; a busy computer slows all jobs of a run alike."""
    runs_s = {name: [] for name in jobs}
    results = {}
    for _ in range(RUNS):
        for name, job in jobs.items():
            start = time.process_time()
            results[name] = job()
            runs_s[name].append(time.process_time() - start)
    return {name: float(np.median(values)) for name, values in runs_s.items()}, results


def _measured(lock_in: LockIn, device: DeviceModel, points_v: np.ndarray) -> np.ndarray:
    estimator = HomodyneGradient(lock_in)
    return estimator.measure(device, points_v, range(device.electrodes)).gradient_a_per_v


def _demodulated(lock_in: LockIn, samples_a: np.ndarray) -> np.ndarray:
    """All samples, in blocks as the estimator makes them where there is noise."""
    blocks = np.array_split(samples_a, 4)
    return np.vstack([lock_in.derivative_a_per_v(lock_in.demodulate(b)) for b in blocks])


def _peak_mb(job: Callable[[], object]) -> float:
    tracemalloc.start()
    job()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def _show_growth() -> None:
    """Processor times of a linear device with 10 to 1,000 channels, tables included."""
    print(f"\ngrowth: linear device, {GROWTH_POINTS} points, no common period, median of 3 runs")
    print(f"{'channels':>10}{'samples':>10}{'s':>10}{'ns per channel and sample':>28}")
    rows = []
    for channels in CHANNELS:
        for time_s in TIMES_S:
            # 4.1234 Hz apart: 1,000 channels below half of 10 kHz, never repeating within T
            frequencies = tuple(500.0 + 4.1234 * m for m in range(channels))
            setup = LockIn(frequencies, (0.0,) * channels, (0.01,) * channels, time_s)
            device, points_v = LinearDevice(channels), np.zeros((GROWTH_POINTS, channels))
            # the first run is the only one that has to ask the system for memory
            taken_s = np.median([_growth_s(setup, device, points_v) for _ in range(4)][1:])
            size = channels * setup.samples * GROWTH_POINTS
            rows.append((channels, np.log(size), np.log(taken_s)))
            each_ns = 1e9 * taken_s / size
            print(f"{channels:10d}{setup.samples:10d}{taken_s:10.4f}{each_ns:28.1f}")
    slopes = [
        np.polyfit(*np.transpose([row[1:] for row in rows if row[0] >= least]), 1)[0]
        for least in (min(CHANNELS), 100)
    ]
    print(f"log-log slope {slopes[0]:.2f}; from 100 channels on {slopes[1]:.2f}")
    memory = _peak_mb(lambda: _growth_s(setup, device, points_v))
    print(f"memory of the last row {memory:.0f} MB")


def _growth_s(setup: LockIn, device: DeviceModel, points_v: np.ndarray) -> float:
    fresh = replace(setup)  # without the tables of the run before
    start = time.process_time()
    HomodyneGradient(fresh).measure(device, points_v, range(device.electrodes))
    return time.process_time() - start


if __name__ == "__main__":
    main()
