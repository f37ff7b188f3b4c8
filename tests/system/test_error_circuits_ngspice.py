"""Error circuits in ngspice against the exact derivatives of their losses."""

from pathlib import Path

import numpy as np
import pytest

from hgecircuit import Learner
from hgecircuit.losses import AffineLoss, CorrelationLoss, Loss
from hgecircuit.netlist import GROUND, Circuit, format_number
from hgecircuit.parts.error_circuits import (
    AffineServo,
    BiasServo,
    CorrelationSigmoid,
    ErrorCircuit,
)
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.run.engines.ngspice import Ngspice
from hgecircuit.spec import CircuitSpec

pytestmark = pytest.mark.ngspice
XOR = Path(__file__).parents[2] / "circuits" / "xor.toml"
RELTOL, STEP_S, EDGE_S = 1e-6, 1e-5, 1e-6
GAIN_OHM = 1e8
GAINS = (1 / (GAIN_OHM * 100e-9), 1 / (GAIN_OHM * 6e-9))
SETTLE_S, TIME_CONSTANTS = 1e-3, 5.0
TARGETS = ((0.0, 1.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0))


def _read(
    part: ErrorCircuit, held_v: np.ndarray, wait_s: float, folder: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Errors and slopes, shape (N, K) each: every set is held for ``wait_s``, then each read."""
    count = held_v.shape[1]
    slot_s, look_s = wait_s + count * 2 * STEP_S, 2 * STEP_S
    starts_s = slot_s * np.arange(len(held_v))
    circuit = Circuit("error circuit")
    for k in range(count):
        corners = [0.0, held_v[0, k]]
        for start_s, before_v, after_v in zip(
            starts_s[1:], held_v[:-1, k], held_v[1:, k], strict=True
        ):
            corners += [start_s, before_v, start_s + EDGE_S, after_v]
        text = " ".join(format_number(float(corner)) for corner in corners)
        circuit.voltage(f"y{k}", f"y{k}", GROUND, f"PWL({text})")
        first_s = wait_s + k * look_s
        pulse = (0.0, 1.0, first_s, EDGE_S, EDGE_S, look_s - 2 * EDGE_S, slot_s)
        text = " ".join(format_number(number) for number in pulse)
        circuit.voltage(f"p{k}", f"p{k}", GROUND, f"PULSE({text})")
    circuit.voltage("gate", "gate", GROUND, 0.0)
    inner = part.subcircuit()
    circuit.instance("part", inner, inner.ports)
    nodes = [*(f"e{k}" for k in range(count)), "d"]
    circuit.observe(*nodes)
    stop_s = slot_s * len(held_v)
    step, stop = format_number(STEP_S), format_number(stop_s)
    circuit.directive(f".options method=trap reltol={RELTOL} abstol=1e-15 vntol=1e-9")
    circuit.directive(f".tran {step} {stop} 0 {step} uic")
    circuit.directive(".save " + " ".join(f"v({node})" for node in nodes))
    traces = {node: f"v({node})" for node in nodes}
    record = Ngspice().run(circuit.write(), folder, traces=traces, stop_s=stop_s)
    looks_s = starts_s[:, None] + wait_s + look_s * (np.arange(count) + 0.5)
    errors_v = np.stack([record.at(f"e{k}", looks_s[:, 0]) for k in range(count)], axis=-1)
    return errors_v, record.at("d", looks_s)


def _exact(loss: Loss, held_v: np.ndarray, targets: tuple[float, ...]) -> np.ndarray:
    """dE/dy_k in V per V."""
    return loss.derivative_per_a(held_v / GAIN_OHM, np.array(targets)) / GAIN_OHM


def _sets(count: int, targets: tuple[float, ...], span_v: tuple[float, float]) -> np.ndarray:
    """Degenerate outputs, right ones, upside down ones, and random ones of many sizes, in V."""
    generator, z = np.random.default_rng(5), np.array(targets)
    equal = np.full((1, len(z)), 0.75)
    perfect = 0.3 + np.array([0.3, 0.6, 2.0])[:, None] * z
    swapped = 0.5 - np.array([0.5, 1.5])[:, None] * z
    ramps = np.linspace(-1, 1, len(z)) * np.array([[0.4], [-0.4]])
    random = generator.normal(size=(count, len(z))) * np.geomspace(*span_v, count)[:, None]
    random += generator.uniform(-4, 4, (count, 1))
    return np.concatenate([equal, perfect, swapped, ramps, random])


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("gain", [0.1, 1.6])
def test_bias_servo(tmp_path: Path, targets: tuple[float, ...], gain: float) -> None:
    """The affine loss with both limits of its gain at the servo's gain."""
    held_v = _sets(30, targets, (0.05, 3.0))
    part = BiasServo.sized(targets, gain, SETTLE_S, TIME_CONSTANTS)
    waits = 20 / TIME_CONSTANTS  # exp(-20) = 2e-9 of the last set is left
    errors_v, slopes = _read(part, held_v, waits * SETTLE_S, tmp_path)
    loss = AffineLoss(gain * GAIN_OHM, gain * GAIN_OHM)
    exact = _exact(loss, held_v, targets)
    np.testing.assert_allclose(part.slope(held_v), exact, rtol=1e-9, atol=1e-12)
    # every node is the solver's within reltol: gain, offset, mean error, error, slope
    limit = 5 * RELTOL * gain * (1 + gain * np.abs(held_v).max())
    np.testing.assert_allclose(slopes, exact, rtol=0, atol=limit)
    np.testing.assert_allclose(errors_v, part.error_v(held_v), rtol=0, atol=limit / gain)


@pytest.mark.parametrize("targets", TARGETS)
def test_affine_servo(tmp_path: Path, targets: tuple[float, ...]) -> None:
    """The affine loss, with either limit met and with none, after the servos have settled."""
    held_v, wait_s = _sets(30, targets, (0.3, 3.0)), 40e-3
    part = AffineServo.sized(targets, GAINS, SETTLE_S, TIME_CONSTANTS)
    gains, inside = part.readout_gain(held_v), _inside(part, held_v)
    assert 8 <= inside.sum() < len(held_v) - 8
    errors_v, slopes = _read(part, held_v, wait_s, tmp_path)
    exact = _exact(AffineLoss(*(gain * GAIN_OHM for gain in GAINS)), held_v, targets)
    np.testing.assert_allclose(part.slope(held_v), exact, rtol=1e-9, atol=1e-12)
    # equal outputs (the first set): any gain within the limits is at rest, the sign is right
    found = slopes[0] / -part.centred_targets_v
    assert np.ptp(found) < 1e-5
    assert GAINS[0] <= found[0] <= GAINS[1]
    left = _left(part, held_v, wait_s)
    assert (left[1:] < 1e-3).sum() > 0.7 * len(held_v)
    swing_v = gains * np.abs(held_v - held_v.mean(axis=-1, keepdims=True)).max(axis=-1)
    limit = gains * (1 + 2 * swing_v) * (8 * RELTOL + left)
    assert (np.abs(slopes - exact).max(axis=-1) < limit)[1:].all()
    assert (np.abs(errors_v - part.error_v(held_v)).max(axis=-1) < limit / gains)[1:].all()


def _left(part: AffineServo, held_v: np.ndarray, wait_s: float) -> np.ndarray:
    """Bound of the gain's relative error after ``wait_s``, shape (N,).

    x = a s, s being the outputs' deviation, obeys dx/dt = -x^2 (x - x0)/tau with x0 = rho times the
    targets' deviation. Near x0 > 0 that decays at the rate x0^2/tau, for which half of the time is
    counted here (the other half brings x near x0). Where x0 <= 0 it is faster than with x0 = 0,
    whose solution is x = sqrt(tau/(2 t)) at most.
    """
    tau_s = part.gain_integrator.tau_s
    deviation_v = np.maximum(held_v.std(axis=-1), 1e-12)
    rest_v = _correlation(held_v, part.targets) * np.std(part.targets)
    slow = np.log(part.gain_max / part.gain_min) * np.exp(-(rest_v**2) * wait_s / 2 / tau_s)
    excess = np.sqrt(tau_s / (2 * wait_s)) / deviation_v / part.gain_min - 1
    return np.where(rest_v > 0, slow, np.maximum(excess, 0.0))


def _correlation(held_v: np.ndarray, targets: tuple[float, ...]) -> np.ndarray:
    """Pearson's correlation of outputs of shape (N, K) and targets; 0 for equal outputs."""
    centred_v, target = held_v - held_v.mean(axis=-1, keepdims=True), np.array(targets)
    length_v = np.linalg.norm(centred_v, axis=-1)
    unit = (target - target.mean()) / np.linalg.norm(target - target.mean())
    return centred_v @ unit / np.maximum(length_v, 1e-12)


def _inside(part: AffineServo, held_v: np.ndarray) -> np.ndarray:
    """Where neither limit of the gain is met."""
    gain = part.readout_gain(held_v)
    return (gain > part.gain_min) & (gain < part.gain_max)


@pytest.mark.parametrize("targets", TARGETS)
def test_affine_servo_rests_at_the_correlation_loss(
    tmp_path: Path, targets: tuple[float, ...]
) -> None:
    """At rest dE/dy = S_zz rho d(1 - rho)/dy: the correlation loss's, less its sigmoid.

    Measured slopes against the correlation loss with a scale so small that its sigmoid is 1.
    """
    held_v = _sets(80, targets, (0.3, 3.0))
    part = AffineServo.sized(targets, GAINS, SETTLE_S, TIME_CONSTANTS)
    correlation = _correlation(held_v, targets)
    apart_v = np.array([y[np.array(targets) == 1].mean() - y[np.array(targets) == 0].mean()
                        for y in held_v])  # fmt: skip
    chosen = _inside(part, held_v) & (correlation > 0.3) & (correlation < 0.999) & (apart_v > 0.1)
    held_v, correlation = held_v[chosen], correlation[chosen]
    assert len(held_v) >= 5
    _, slopes = _read(part, held_v, 40e-3, tmp_path)
    plain = CorrelationLoss(1e-3 / GAIN_OHM)
    turn = _exact(plain, held_v, targets)
    square = float(np.var(targets)) * len(targets)
    expected = square * correlation[:, None] * turn
    tolerance = 2 * _left(part, held_v, 40e-3)
    cosine = (slopes * turn).sum(axis=-1) / np.linalg.norm(slopes, axis=-1)
    cosine /= np.linalg.norm(turn, axis=-1)
    assert (cosine > 1 - tolerance - 20 * RELTOL).all()
    size = np.linalg.norm(expected, axis=-1)
    assert (np.linalg.norm(slopes - expected, axis=-1) < size * (tolerance + 1e-4)).all()


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("separation", ["mean", "minimum"])
def test_correlation_sigmoid(tmp_path: Path, targets: tuple[float, ...], separation) -> None:
    """The paper's loss, equal outputs and labels upside down among the sets."""
    held_v, scale_v = _sets(40, targets, (0.02, 1.2)), 0.5
    part = CorrelationSigmoid(
        targets, scale_v, GAINS[1], separation, least_share=1e-6, tie_v=1e-5, limit_v=5e3
    )
    if separation == "minimum":
        assert _runners_up_v(held_v[3:], targets).min() > 20 * part.tie_v
    errors_v, slopes = _read(part, held_v, 10 * STEP_S, tmp_path)
    exact = _exact(CorrelationLoss(scale_v / GAIN_OHM, separation), held_v, targets)
    # ten nodes one behind the other, each within reltol, times the size of the two terms
    half = np.abs(held_v[:, np.array(targets) == 1].min(axis=-1) -
                  held_v[:, np.array(targets) == 0].max(axis=-1)) / scale_v  # fmt: skip
    length_v = np.linalg.norm(held_v - held_v.mean(axis=-1, keepdims=True), axis=-1)
    limit = 10 * RELTOL * (1 + np.exp(half)) * (2 / np.maximum(length_v, 1e-2) + 2 / scale_v)
    assert (np.abs(slopes - exact).max(axis=-1) < limit).all()
    np.testing.assert_allclose(errors_v, part.error_v(held_v), rtol=0, atol=1e-5)


def _runners_up_v(held_v: np.ndarray, targets: tuple[float, ...]) -> np.ndarray:
    """Smallest non-zero distance between the extreme output of a label and the next, (N,) in V."""
    high = np.array(targets) == 1
    gaps_v = [
        np.diff(np.sort(side, axis=-1)[:, :2], axis=-1)[:, 0]
        for side in (held_v[:, high], -held_v[:, ~high])
        if side.shape[1] > 1
    ]
    gaps_v = np.stack(gaps_v)
    return np.where(gaps_v == 0, np.inf, gaps_v).min(axis=0)


def test_correlation_sigmoid_shares_equally_at_a_tie(tmp_path: Path) -> None:
    """Two lowest outputs of the high label: half of the minimum's weight each."""
    targets = (0.0, 1.0, 1.0, 1.0)
    held_v = np.array([[0.1, 0.6, 0.6, 0.9], [0.1, 0.6, 0.9, 0.6]])
    part = CorrelationSigmoid(targets, 0.5, GAINS[1], "minimum")
    _, slopes = _read(part, held_v, 10 * STEP_S, tmp_path)
    exact = _exact(CorrelationLoss(5e-9, "minimum"), held_v, targets)
    np.testing.assert_allclose(slopes, exact, rtol=1e-4)


def test_errors_of_the_parts_show(tmp_path: Path) -> None:
    """An integrator's offset moves the mean error; multipliers' errors move the slope."""
    targets, held_v = TARGETS[0], _sets(5, TARGETS[0], (0.3, 1.0))
    servo = BiasServo.sized(targets, 0.5, SETTLE_S, TIME_CONSTANTS, offset_v=0.02)
    errors_v, slopes = _read(servo, held_v, 4 * SETTLE_S, tmp_path / "bias")
    np.testing.assert_allclose(errors_v.mean(axis=-1), -0.02, atol=1e-5)
    np.testing.assert_allclose(slopes, servo.slope(held_v), atol=1e-5)
    affine = AffineServo.sized(targets, GAINS, SETTLE_S, TIME_CONSTANTS, offset_v=0.02)
    errors_v, _ = _read(affine, held_v, 40e-3, tmp_path / "affine")
    np.testing.assert_allclose(errors_v.mean(axis=-1), -0.02, atol=1e-4)
    product = Multiplier(0.02, 0.01)
    part = CorrelationSigmoid(targets, 0.5, GAINS[1], multiplier=product, limit_v=100.0)
    _, slopes = _read(part, held_v, 10 * STEP_S, tmp_path / "correlation")
    np.testing.assert_allclose(slopes, part.slope(held_v), rtol=1e-5, atol=1e-5)
    ideal = CorrelationSigmoid(targets, 0.5, GAINS[1], limit_v=100.0).slope(held_v)
    np.testing.assert_allclose(slopes, 1.02 * ideal, rtol=1e-3, atol=1e-4)  # equal offsets cancel


@pytest.mark.parametrize("error", ["affine_servo", "bias_servo", "correlation"])
def test_the_coherent_loop_learns_with_it(tmp_path: Path, error: str) -> None:
    """XOR from the start of the circuit file, read from the held outputs at the end."""
    text = XOR.read_text(encoding="utf-8").replace("[loop]\n", f'[loop]\nerror = "{error}"\n')
    if error != "affine_servo":
        text = text.replace('separation_max = "100 nA"\n', "")
    if error == "bias_servo":
        text = text.replace('separation_min = "6 nA"', 'separation_min = "15 nA"')
        text = text.replace("latch_error = 0.15", "latch_error = 0.1")
    spec = CircuitSpec.from_text(text, XOR, overrides={"loop.epochs": 45})
    learner = Learner.from_spec(spec)
    record = learner.simulate(tmp_path)
    held_a = np.array([record[f"y{k}"][-1] for k in range(4)]) / learner.design.iv.gain_ohm
    assert float(CorrelationLoss().value(held_a, learner.design.task.targets)) < 0.05


def test_the_continuous_loop_takes_it_too() -> None:
    overrides = {"loop.error": "affine_servo"}
    text = Learner.from_file(XOR.parent / "xor_continuous.toml", overrides=overrides).netlist()
    ports = " ".join(f"{kind}{k}" for kind in "yep" for k in range(4))
    assert f"xreadout {ports} update d readout" in " ".join(text.lower().split("\n+"))
