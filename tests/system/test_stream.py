"""The stream loop in ngspice: its parts, the learner against a numerical twin, and `verify`."""

import json
from pathlib import Path

import numpy as np
import pytest

from hgecircuit import InputError, Learner, verify_to_folder
from hgecircuit.design.budget import gradient_budget
from hgecircuit.design.design import StreamDesign
from hgecircuit.design.size import operating_points_v
from hgecircuit.netlist import Circuit, format_number
from hgecircuit.parts.error_circuits import StreamReadout
from hgecircuit.parts.pattern_memory import PatternMemory
from hgecircuit.parts.sequencer import Sequencer, Window
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice
SPHERE = Path(__file__).parents[2] / "circuits" / "sphere.toml"
TINY = {
    "task.training": 24,
    "task.test": 40,
    "loop.batch": 8,
    "loop.epochs": 4,
    "verification.operating_points": 20,
    "reference.iterations": 3,
}
RELTOL = 1e-6


def _directives(circuit: Circuit, step_s: float, stop_s: float, nodes: list[str]) -> None:
    step, stop = format_number(step_s), format_number(stop_s)
    circuit.observe(*nodes)
    circuit.directive(f".options method=trap reltol={RELTOL} abstol=1e-15 vntol=1e-9")
    circuit.directive(f".tran {step} {stop} 0 {step} uic")
    circuit.directive(".save " + " ".join(f"v({node})" for node in nodes))


@pytest.mark.parametrize("repeated", [True, False])
def test_memory(tmp_path: Path, repeated: bool) -> None:
    memory = PatternMemory([[0.3, -0.2, 1.0], [1.0, 1.0, 0.0]], 1e-3, 1e-5, repeated)
    circuit = Circuit("memory")
    circuit.instance("memory", memory.subcircuit(), ("a", "b"))
    stop_s = 7.5e-3 if repeated else 2.9e-3
    _directives(circuit, 4e-6, stop_s, ["a", "b"])
    traces = {"a": "v(a)", "b": "v(b)"}
    record = Ngspice().run(circuit.write(), tmp_path, traces=traces, stop_s=stop_s)
    for n, name in enumerate(traces):
        expected = memory.level_v(n, record.time_s)
        np.testing.assert_allclose(record[name], expected, atol=1e-6)


def test_readout_adapts_like_its_ideal_response(tmp_path: Path) -> None:
    """Forty patterns, one after the other: mean, gain, error and slope after each."""
    generator, open_s, slot_s, edge_s = np.random.default_rng(4), 1e-3, 2e-3, 1e-6
    targets = generator.integers(0, 2, 40).astype(float)
    held_v = 0.7 * targets + generator.normal(scale=0.6, size=40) - 0.4
    part = StreamReadout.sized(0.5, (0.1, 1.6), open_s, (20.0, 10.0))
    circuit = Circuit("stream readout")
    memory = PatternMemory([held_v.tolist(), targets.tolist()], slot_s, edge_s, repeated=False)
    circuit.instance("memory", memory.subcircuit(), ("y", "z"))
    window = Window(5e-4, 5e-4 + open_s)
    sequencer = Sequencer({"adapt": (window,)}, slot_s, edge_s, 0.0, {})
    circuit.instance("sequencer", sequencer.subcircuit(), ("adapt",))
    nodes = ["mean", "theta", "e", "d"]
    circuit.instance("readout", part.subcircuit(), ("y", "z", "adapt", *nodes))
    stop_s = slot_s * len(targets)
    _directives(circuit, 1e-5, stop_s, nodes)
    traces = {node: f"v({node})" for node in nodes}
    record = Ngspice().run(circuit.write(), tmp_path, traces=traces, stop_s=stop_s)
    state, expected = part.start, []
    for y_v, z_v in zip(held_v, targets, strict=True):
        state = part.adapt(state, float(y_v), z_v, open_s)
        error_v = part.error_v(state, float(y_v), z_v)
        expected.append([*state, error_v, part.gain(state.theta_v) * error_v])
    read_s = slot_s * (np.arange(len(targets)) + 0.9)
    found = np.stack([record.at(node, read_s) for node in nodes], axis=-1)
    # reltol of every pattern's change, and of its edges (a thousandth of the window)
    np.testing.assert_allclose(found, expected, atol=2e-3)
    ends = np.ptp(found[:, 1])
    assert ends > 0.5, "the gain hardly moved"


def _twin(design: StreamDesign) -> tuple[np.ndarray, np.ndarray]:
    """Exact gradients, ideal parts.

    Returns:
        Control voltages after every batch, shape (batches, C), and for every batch how much larger
        the points' contributions to the accumulators are than their sum, shape (batches,).
    """
    timing, task, readout = design.timing, design.task, design.readout
    low_v = np.array([weight.minimum_v for weight in design.weights])
    high_v = np.array([weight.maximum_v for weight in design.weights])
    per_a = np.array([part.tau_s for part in design.accumulators])
    per_a = np.array(design.amplitudes_v) * design.chain_gain * timing.gate_s / 2 / per_a
    weights_v, state = design.start_v.copy(), readout.start
    course, accumulators = [], np.zeros(len(weights_v))
    sizes, cancelled = np.zeros(len(weights_v)), []
    reset_s = timing.reset_window.stop_s - timing.reset_window.start_s
    forget = np.exp(-reset_s / design.accumulators[0].reset_tau_s)
    held = timing.hold_epochs * timing.patterns // timing.batch
    for n in range(design.epochs * timing.patterns):
        batch, within = divmod(n, timing.batch)
        if within == 0:
            if batch >= held:
                scale = design.limiter.scale(accumulators)
                step_v = design.step_v_per_v * scale * accumulators
                weights_v = np.clip(weights_v - step_v, low_v, high_v)
            cancelled.append(sizes.max() / max(np.abs(accumulators).max(), 1e-9))
            accumulators, sizes = accumulators * forget, sizes * forget
            course.append(weights_v)
        k = n % timing.patterns
        point_v = task.electrode_voltages_v(weights_v)[k]
        held_v = float(design.device.current_a(point_v)) * design.iv.gain_ohm
        target_v = float(task.targets[k])
        state = readout.adapt(state, held_v, target_v, timing.adapt_s)
        slope = readout.gain(state.theta_v) * readout.error_v(state, held_v, target_v)
        gradient = design.device.gradient_a_per_v(point_v)[list(task.controls)]
        moved = slope * design.iv.gain_ohm * gradient * per_a
        accumulators, sizes = accumulators + moved, sizes + np.abs(moved)
    return np.array(course), np.array(cancelled)


def test_learner_follows_its_numerical_twin(tmp_path: Path) -> None:
    """First epochs of 24 points: the control voltages follow exact gradients.

    A step's length is the limiter's; its direction is off by the gradient's error, which the error
    budget states for single points, times the share by which they cancel each other, and at most
    twice that, because the largest control sets the length of all. Errors of steps add up. That a
    wrong voltage changes later gradients is not counted: the horizon is short.
    """
    learner = Learner.from_file(SPHERE, overrides={**TINY, "blocks.integrator": "ideal"})
    design = learner.design
    assert isinstance(design, StreamDesign)
    expected_v, cancelled = _twin(design)
    record = learner.simulate(tmp_path)
    batches = np.arange(1, len(expected_v))
    times_s = batches * design.timing.batch_s + design.timing.transfer_s
    found_v = np.stack([record.at(f"w{m}", times_s) for m in design.channels], axis=-1)
    steps_v = np.abs(np.diff(expected_v, axis=0)).max(axis=1)
    assert steps_v.sum() > 0.1
    assert steps_v[1] == 0.0, "the first epoch holds the weights"
    points_v = operating_points_v(design, learner.spec.verification)
    budget = gradient_budget(design, points_v).relative()
    error_v = np.abs(found_v - expected_v[1:]).max(axis=1)
    limit_v = (2 * budget * cancelled[1:] * steps_v).cumsum()
    assert (error_v <= limit_v + 1e-6).all()


def test_a_tiny_sphere_goes_through_verify(tmp_path: Path) -> None:
    """Every stage and file; so little learning may fail its accuracy, and nothing else."""
    folder = tmp_path / "tiny"
    report = verify_to_folder(Learner.from_file(SPHERE, overrides=TINY), folder)
    rows = {row["name"]: row for row in report.data["verdicts"]}
    failed = {name for name, row in rows.items() if row["status"] != "pass"}
    assert failed <= {"learning.test_accuracy"}
    assert rows["learning.test_accuracy"]["limit"] == pytest.approx(0.94)
    assert "Boon 2025" in rows["learning.test_accuracy"]["source"]
    assert "learning.truth_table" not in rows
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    sphere = data["learning"]["sphere"]
    assert (sphere["training_points"], sphere["test_points"]) == (24, 40)
    assert len(sphere["test_outputs_A"]) == 40
    assert len(sphere["epoch_test_accuracy"]) == 5
    assert sphere["test_accuracy"] == rows["learning.test_accuracy"]["value"]
    assert data["provenance"]["seeds"]["points"] == 1
    for name in ("accuracy", "exam", "batch", "controls", "derivatives", "budget", "loss"):
        assert (folder / "plots" / f"{name}.png").is_file(), name
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "Accuracy on 24 training points and 40 test points" in text
    assert "of the test points" in report.summary[0]


def test_random_starts_of_a_sphere_are_refused(tmp_path: Path) -> None:
    from hgecircuit.starts import StartsPlan

    learner = Learner.from_file(SPHERE, overrides=TINY)
    with pytest.raises(InputError, match="one start"):
        verify_to_folder(learner, tmp_path / "out", plan=StartsPlan(1, 2))


@pytest.mark.slow
def test_the_sphere_is_learned(tmp_path: Path) -> None:
    """The whole circuit file: 300 training points, 40 epochs, 1000 test points in the exam."""
    report = verify_to_folder(Learner.from_file(SPHERE), tmp_path / "sphere")
    assert report.passed, report.data["verdicts"]
