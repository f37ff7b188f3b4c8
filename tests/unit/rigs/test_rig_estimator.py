"""The rig as a device and an estimator: the reference's method on measured samples."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_rig import BenchRig

from hgecircuit.devices.formats import load_device
from hgecircuit.errors import InputError
from hgecircuit.run.reference import (
    Checkpoint,
    Descent,
    HomodyneGradient,
    LockIn,
    TrainingResult,
    Wiring,
    gate,
)
from hgecircuit.run.reference import train as train_reference
from hgecircuit.run.rigs.alignment import Timing
from hgecircuit.run.rigs.apparatus import Apparatus, Guard, make_pace
from hgecircuit.run.rigs.calibration import Calibration
from hgecircuit.run.rigs.estimator import RigDevice, RigGradient
from hgecircuit.run.rigs.interrupts import StoppedError
from hgecircuit.run.rigs.recording import Entry
from hgecircuit.run.rigs.safety import Limits, RigError

DEVICE = load_device("rnpu-compact")
LIMITS = Limits(DEVICE.voltage_min_v, DEVICE.voltage_max_v, np.full(7, 1000.0))
GAIN = 3.33e7
CONTROLS = (0, 2, 3, 5, 6)
LOCK_IN = LockIn(
    (400, 400, 500, 500, 700), (0, np.pi / 2, 0, np.pi / 2, 0), (0.02,) * 5, time_s=0.1
)
CHAIN = {"latency_s": 3.7e-3, "drift": 60e-6, "offset_v": 0.011, "gain_v_per_a": -GAIN}
POINTS = np.random.default_rng(5).uniform(LIMITS.minimum_v + 0.03, LIMITS.maximum_v - 0.03, (9, 7))


def apparatus(rig: BenchRig, **settings: object) -> Apparatus:
    calibration = Calibration(Timing(rig.latency_s, rig.drift), rig.gain_v_per_a, rig.offset_v)
    guard = Guard(10.0, 3e-7)
    return Apparatus(rig, calibration, make_pace(rig, calibration, 0.015), guard, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize("low_pass", ["butterworth", "boxcar"])
def test_measured_equals_the_reference(sequential: bool, low_pass: str) -> None:
    lock_in = replace(LOCK_IN, low_pass=low_pass)
    with BenchRig(DEVICE.current_a, LIMITS, **CHAIN) as rig:
        found = RigGradient(apparatus(rig), lock_in, sequential).measure(DEVICE, POINTS, CONTROLS)
    expected = HomodyneGradient(lock_in, sequential).measure(DEVICE, POINTS, CONTROLS)
    # the bench interpolates once, the alignment once more: 3e-6 each of the whole current, which
    # is up to 200 times a carrier's share of it
    np.testing.assert_allclose(found.output_a, expected.output_a, atol=1e-13)
    error = np.linalg.norm(found.gradient_a_per_v - expected.gradient_a_per_v)
    assert error < 1e-4 * np.linalg.norm(expected.gradient_a_per_v)


def test_rates_that_the_rig_has_coerced() -> None:
    with BenchRig(
        DEVICE.current_a, LIMITS, output_rate_hz=1.024e4, input_rate_hz=1.25e4, **CHAIN
    ) as rig:
        with pytest.raises(InputError, match="another rate than the rig's"):
            RigGradient(apparatus(rig), LOCK_IN)
        lock_in = replace(LOCK_IN, sample_rate_hz=1.024e4)
        found = RigGradient(apparatus(rig), lock_in).measure(DEVICE, POINTS, CONTROLS)
    expected = HomodyneGradient(lock_in).measure(DEVICE, POINTS, CONTROLS)
    error = np.linalg.norm(found.gradient_a_per_v - expected.gradient_a_per_v)
    assert error < 1e-4 * np.linalg.norm(expected.gradient_a_per_v)


def test_the_chains_phase_is_taken_off_quadrature_partners() -> None:
    """Half a sample of delay that the calibration only knows as a phase."""
    late_s = 0.5e-4
    frequencies_hz = np.array([100.0, 400, 500, 700, 1000])
    with BenchRig(DEVICE.current_a, LIMITS, gain_v_per_a=GAIN, latency_s=late_s) as rig:
        wrong = Calibration(Timing(), GAIN)
        right = replace(
            wrong,
            frequencies_hz=frequencies_hz,
            response=np.exp(-2j * np.pi * frequencies_hz * late_s),
        )
        expected = HomodyneGradient(LOCK_IN).measure(DEVICE, POINTS, CONTROLS).gradient_a_per_v
        errors = []
        for calibration in (wrong, right):
            bench = Apparatus(rig, calibration, make_pace(rig, wrong, 0.015), Guard(10.0, 3e-7))
            found = RigGradient(bench, LOCK_IN).measure(DEVICE, POINTS, CONTROLS)
            errors.append(
                np.linalg.norm(found.gradient_a_per_v - expected) / np.linalg.norm(expected)
            )
    # 0.13 rad at 400 Hz leaks 13 % of a partner's derivative into channels of two partners
    assert errors[0] > 0.04
    assert errors[1] < 0.002


def test_many_points_are_put_into_several_runs_from_zero_to_zero() -> None:
    kept: list[Entry] = []
    with BenchRig(DEVICE.current_a, LIMITS, **CHAIN) as rig:
        bench = apparatus(rig, longest_s=0.5, record=kept.append)
        found = RigGradient(bench, LOCK_IN).measure(DEVICE, POINTS, CONTROLS)
        whole = RigGradient(apparatus(rig), LOCK_IN).measure(DEVICE, POINTS, CONTROLS)
    assert len(rig.played) == len(kept) + 1 > 3
    for samples_v in rig.played[:-1]:
        assert len(samples_v) <= 0.5 * 1e4
        assert not samples_v[0].any()
        assert not samples_v[-1].any()
    np.testing.assert_allclose(
        found.gradient_a_per_v, whole.gradient_a_per_v, rtol=1e-3, atol=1e-12
    )


def test_a_window_longer_than_the_longest_run_is_refused() -> None:
    """Who wants to stop it would have to wait for its end."""
    with BenchRig(DEVICE.current_a, LIMITS, **CHAIN) as rig:
        bench = apparatus(rig, longest_s=0.1)
        with pytest.raises(InputError, match=r"at most 0\.1 s"):
            RigGradient(bench, LOCK_IN).measure(DEVICE, POINTS, CONTROLS)
        assert not rig.played


def test_nothing_leaves_the_limits_at_the_ends_of_the_control_ranges() -> None:
    with BenchRig(DEVICE.current_a, LIMITS, **CHAIN) as rig:
        # at its ends the device may have more current than the paper's converter can read
        bench = replace(apparatus(rig), guard=Guard(100.0, 1e-5))
        largest_v = np.zeros(7)
        largest_v[list(CONTROLS)] = 0.02
        device = RigDevice(bench, "rig", 0.1, largest_v)
        ends_v = np.stack([device.voltage_min_v, device.voltage_max_v])
        RigGradient(bench, LOCK_IN).measure(DEVICE, ends_v, CONTROLS)
        with pytest.raises(InputError, match="outside the electrode's limits"):
            RigGradient(bench, LOCK_IN).measure(DEVICE, ends_v + 2e-9, CONTROLS)
    assert len(rig.played) == 1


def test_the_undisturbed_current() -> None:
    with BenchRig(DEVICE.current_a, LIMITS, **CHAIN) as rig:
        device = RigDevice(apparatus(rig), "rig", 0.02, np.zeros(7))
        found_a = device.current_a(POINTS.reshape(3, 3, 7))
        with pytest.raises(InputError, match="no netlist"):
            device.subcircuit()
        with pytest.raises(InputError, match="without a lock-in"):
            device.gradient_a_per_v(POINTS)
    np.testing.assert_allclose(found_a, DEVICE.current_a(POINTS).reshape(3, 3), atol=1e-13)


@pytest.mark.parametrize(
    ("guard", "words"),
    [(Guard(0.05, 1.0), "the input is clipped"), (Guard(10.0, 1e-8), "overload: ")],
)
def test_clipping_and_overload_stop_the_measurement(guard: Guard, words: str) -> None:
    kept: list[Entry] = []
    with BenchRig(DEVICE.current_a, LIMITS, **CHAIN) as rig:
        bench = replace(apparatus(rig), guard=guard, record=kept.append)
        with pytest.raises(RigError, match=words) as caught:
            RigGradient(bench, LOCK_IN).measure(DEVICE, POINTS, CONTROLS)
    assert "outputs are at 0 V" in str(caught.value)
    assert caught.value.exit_code == 3
    assert len(kept) == 1  # what was read is kept


def trained(
    rig: BenchRig, checkpoint: Path | None = None, iterations: int = 30, **settings: object
) -> TrainingResult:
    wiring = Wiring.on(DEVICE, (1, 4), (0.05, 0.95))
    bench = apparatus(rig, **settings)
    largest_v = np.zeros(7)
    largest_v[list(CONTROLS)] = 0.02
    device = RigDevice(bench, "rig", 0.05, largest_v)
    return train_reference(
        device,
        gate("0110", wiring),
        RigGradient(bench, LOCK_IN),
        np.array([[-0.3, -0.2, 0.1, -0.4, 0.0]]),
        descent=Descent(iterations=iterations),
        checkpoint=None if checkpoint is None else Checkpoint(checkpoint, every=1),
    )


def test_training_is_the_references_step_by_step() -> None:
    with BenchRig(DEVICE.current_a, LIMITS, **CHAIN) as rig:
        found = trained(rig)
    expected = train_reference(
        DEVICE,
        gate("0110", Wiring.on(DEVICE, (1, 4), (0.05, 0.95))),
        HomodyneGradient(LOCK_IN),
        np.array([[-0.3, -0.2, 0.1, -0.4, 0.0]]),
        descent=Descent(iterations=30),
    )
    length = min(found.losses.shape[1], expected.losses.shape[1])
    assert length > 3
    np.testing.assert_allclose(
        found.voltages_v[:, :length], expected.voltages_v[:, :length], atol=2e-4
    )
    assert found.provenance["device"]["provenance"]["rig"] == {"kind": "bench"}


def test_training_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    with BenchRig(DEVICE.current_a, LIMITS, noise_v=1e-5, **CHAIN) as rig:
        whole = trained(rig, iterations=6)

    class StopAfter(list):
        def __call__(self, entry: Entry) -> None:
            self.append(entry)
            if len(self) == 3:
                bench.number = 2  # as a signal would

    from hgecircuit.run.rigs.interrupts import Interrupts

    bench = Interrupts()
    stopper = StopAfter()
    with BenchRig(DEVICE.current_a, LIMITS, noise_v=1e-5, **CHAIN) as rig:
        with pytest.raises(StoppedError) as caught:
            trained(rig, tmp_path / "state.npz", 6, interrupts=bench, record=stopper)
        assert caught.value.exit_code == 130
        assert not rig.present_v.any()
        # the third iteration's noise was drawn, and is drawn again by the one that goes on
        rig._random = np.random.default_rng(1)
        for played in rig.played[:2]:
            rig._random.normal(0, 1e-5, len(played))
        again = trained(rig, tmp_path / "state.npz", 6)
    labels = [entry.label for entry in stopper]
    assert labels == ["iteration 0", "iteration 1", "iteration 2"]
    np.testing.assert_array_equal(again.voltages_v, whole.voltages_v)
    np.testing.assert_array_equal(again.final_outputs_a, whole.final_outputs_a)
