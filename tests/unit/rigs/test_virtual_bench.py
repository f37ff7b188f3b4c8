"""The virtual rig's outputs, device, converter and filter, against solutions by other means."""

from __future__ import annotations

import numpy as np
import pytest

from hgecircuit.devices.base import DeviceModel
from hgecircuit.netlist import Subcircuit
from hgecircuit.run.rigs.virtual.bench import Bench
from hgecircuit.run.rigs.virtual.drives import Drive, DriveLog

STEP_S = 1e-4


class Wire(DeviceModel):
    """I = 1 nA/V times the sum of all voltages."""

    def __init__(self, electrodes: int) -> None:
        self.name = "wire"
        self.voltage_min_v, self.voltage_max_v = -np.ones(electrodes), np.ones(electrodes)
        self.current_range_a = 2e-9 * electrodes
        self.provenance = {}

    def current_a(self, voltages_v: np.ndarray) -> np.ndarray:
        return 1e-9 * voltages_v.sum(axis=-1)

    def gradient_a_per_v(self, voltages_v: np.ndarray) -> np.ndarray:
        return np.full(voltages_v.shape, 1e-9)

    def subcircuit(self) -> Subcircuit:
        raise AssertionError("not for netlists")


def bench(bandwidth_hz: float, electrodes: int = 1) -> Bench:
    return Bench(Wire(electrodes), np.arange(electrodes), 1e9, 0.0, bandwidth_hz)


def played(values: np.ndarray, start_s: float = 0.0, step_s: float = STEP_S) -> DriveLog:
    log = DriveLog(np.zeros(values.shape[1]))
    outputs = np.arange(values.shape[1])
    log.add(Drive(outputs, values, step_s, start_s=start_s, total=len(values)))
    return log


def test_the_converter_answers_a_step_with_its_exponential() -> None:
    log = played(np.full((3, 1), 0.5), start_s=1.0)
    times_s = 1.0 + np.linspace(-1e-4, 5e-4, 601)
    volts = bench(1e3).output_v(log, times_s)
    rise = np.where(times_s < 1.0, 0.0, 0.5 * (1 - np.exp(-2e3 * np.pi * (times_s - 1.0))))
    assert np.abs(volts - rise).max() < 1e-12


@pytest.mark.parametrize("bandwidth_hz", [300.0, 3e3, 20e3])
def test_any_staircase_against_small_steps(bandwidth_hz: float) -> None:
    generator = np.random.default_rng(4)
    values = generator.uniform(-1, 1, (40, 1))
    log = played(values)
    fine = 2000
    times_s = STEP_S * np.arange(40 * fine) / fine
    volts = bench(bandwidth_hz).output_v(log, times_s)
    # backward Euler, whose error is half a step of the pole's time
    share = 1 / (1 + 1 / (2 * np.pi * bandwidth_hz * STEP_S / fine))
    state, euler = 0.0, np.empty(len(times_s))
    for index, target in enumerate(np.repeat(values[:, 0], fine)):
        euler[index] = state
        state += share * (target - state)
    assert np.abs(volts - euler).max() < 2 * share


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("shift", [0.0, 0.37])
def test_the_comb_filter_against_repeated_averages(order: int, shift: float) -> None:
    generator = np.random.default_rng(5)
    log = played(generator.uniform(-1, 1, (30, 1)))
    fine = 400
    front = bench(20e3)
    times_s = shift * STEP_S + STEP_S * (np.arange(-6 * fine, 30 * fine) + 0.5) / fine
    signal = front.output_v(log, times_s)
    for _ in range(order):
        sums = np.cumsum(np.insert(signal, 0, 0.0))
        signal = (sums[fine:] - sums[:-fine]) / fine
    # after n averages the first value is that of n periods after the beginning
    expected = signal[(6 - order) * fine :: fine][:28]
    found = front.filtered_v(log, shift * STEP_S, STEP_S, 28, order)
    # an average of eight instead of one over a sample: below 1 % of a step of 2 V, from order 2 on
    assert np.abs(found - expected).max() < (0.005 if order == 1 else 0.02)


def test_the_filters_first_notch_is_the_sample_rate() -> None:
    """An output that alternates at twice the input's rate vanishes; at 1/10 of it sinc remains."""
    fast = played(np.tile([[1.0], [-1.0]], (400, 1)), step_s=STEP_S / 2)
    assert np.abs(bench(20e3).filtered_v(fast, 0.01, STEP_S, 50, 1)).max() < 0.02
    phase = 2 * np.pi * np.arange(100_000) / 1000
    slow = played(np.sin(phase)[:, None], step_s=STEP_S / 100)
    volts = bench(1e6).filtered_v(slow, 0.02, STEP_S, 500, 2)
    assert np.sqrt(2 * np.mean(volts**2)) == pytest.approx(np.sinc(0.1) ** 2, rel=1e-3)


def test_a_reading_in_pieces_is_the_reading_as_a_whole() -> None:
    generator = np.random.default_rng(6)
    log = played(generator.uniform(-1, 1, (1000, 3)), start_s=0.05)
    front = bench(5e3, 3)
    whole = front.filtered_v(log, 0.04, STEP_S, 1200, 1)
    pieces = [
        front.filtered_v(log, 0.04 + begin * STEP_S, STEP_S, 75, 1) for begin in range(0, 1200, 75)
    ]
    assert np.abs(np.concatenate(pieces) - whole).max() < 1e-9


def test_noise_is_shaped_by_the_converters_pole() -> None:
    generator = np.random.default_rng(7)
    front = Bench(
        Wire(1), np.arange(1), 1e9, 0.0, 500.0, lambda rate_hz, n: generator.normal(size=n) * 1e-9
    )
    volts = np.concatenate([front.noise_v(1e4, 5000) for _ in range(8)])
    pole = np.exp(-2 * np.pi * 500 / 1e4)
    assert np.var(volts) == pytest.approx((1 - pole) / (1 + pole), rel=0.05)


def test_drives_hold_repeat_and_follow_each_other() -> None:
    log = DriveLog(np.array([0.1, 0.2]))
    first = np.array([0])
    ring = Drive(first, np.array([[1.0], [2.0], [3.0]]), 1.0, start_s=10.0, total=None, buffer=3)
    log.add(ring)
    times = np.array([9.9, 10.0, 10.99, 11.0, 12.5, 13.0, 16.0, 17.2])
    assert log.voltages(times)[:, 0].tolist() == [0.1, 1, 1, 2, 3, 1, 1, 2]
    assert log.voltages(times)[:, 1].tolist() == [0.2] * 8
    ring.end_s = 17.5
    log.add(Drive(np.array([1]), np.array([[7.0]]), 1e-9, start_s=18.0))
    log.add(Drive(first, np.array([[5.0], [6.0]]), 0.5, start_s=20.0, total=2))
    times = np.array([17.6, 18.5, 20.0, 20.5, 99.0])
    assert log.voltages(times).tolist() == [[2, 0.2], [2, 7], [5, 7], [6, 7], [6, 7]]
    assert log.changes(17.0, 21.0).tolist() == [17.0, 18.0, 20.0, 20.5]
    log.forget(30.0)
    assert log.now(31.0).tolist() == [6, 7]
    assert log.changes(0.0, 40.0).tolist() == [0.0]


def test_long_generations_are_forgotten_as_they_go() -> None:
    drive = Drive(np.array([0]), np.zeros((10, 1)), 1e-3, start_s=0.0, total=None, buffer=10)
    drive.regenerate = False
    log = DriveLog(np.zeros(1))
    log.add(drive)
    for piece in range(200):
        drive.extend(np.full((1000, 1), float(piece)))
        log.forget(piece * 1.0)
    assert drive.written == 200_010
    assert len(drive.samples) < 50_000
    assert log.now(199.5).tolist() == [199.0]


def test_a_stuck_output_has_the_voltage_of_when_it_stuck() -> None:
    log = played(np.arange(10.0)[:, None], step_s=1.0)
    log.stick(0, 2.5, 6.0)
    assert log.voltages(np.arange(10.0))[:, 0].tolist() == [0, 1, 2, 2, 2, 2, 6, 7, 8, 9]
    assert 2.5 in log.changes(0.0, 9.0)
