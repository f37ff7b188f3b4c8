"""Every part's subcircuit in ngspice against its ideal response."""

from pathlib import Path

import numpy as np
import pytest

from hgecircuit.netlist import GROUND, Circuit, Subcircuit
from hgecircuit.parts.adders import PatternAdder, PerturbationAdder
from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.filters.lowpass import Lowpass
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.integrators.gated import Accumulator, WeightIntegrator
from hgecircuit.parts.iv_converter import IvConverter
from hgecircuit.parts.latch import Latch
from hgecircuit.parts.multipliers.mixer import Mixer
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.oscillators.bank import OscillatorBank
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.parts.sample_hold import SampleHold
from hgecircuit.parts.selector import Selector
from hgecircuit.parts.sequencer import Sequencer, Window
from hgecircuit.parts.switches.gate import GateSwitch
from hgecircuit.record import Record
from hgecircuit.run.engines.ngspice import Ngspice

pytestmark = pytest.mark.ngspice
RELTOL = 1e-6


def _transient(
    part: Subcircuit,
    drives: dict[str, float | str],
    observed: list[str],
    folder: Path,
    stop_s: float,
    step_s: float,
) -> Record:
    """Run a part with a source at every driven port."""
    circuit = Circuit(f"bench of {part.name}")
    for port, value in drives.items():
        circuit.voltage(port, port, GROUND, value)
    circuit.instance("part", part, part.ports)
    circuit.observe(*observed)
    circuit.directive(f".options method=trap reltol={RELTOL} abstol=1e-15 vntol=1e-9")
    circuit.directive(f".tran {step_s} {stop_s} 0 {step_s} uic")
    circuit.directive(".save " + " ".join(f"v({node})" for node in observed))
    traces = {node: f"v({node})" for node in observed}
    return Ngspice().run(circuit.write(), folder, traces=traces, stop_s=stop_s)


def test_multiplier_with_its_errors(tmp_path: Path) -> None:
    part = Multiplier(0.02, 0.01, x_offset_v=0.03, y_offset_v=-0.02)
    drives = {"x": "SIN(0 2 100)", "y": "SIN(0.5 1 70)"}
    record = _transient(part.subcircuit(), drives, ["x", "y", "out"], tmp_path, 0.02, 1e-4)
    expected = part.product_v(record["x"], record["y"])
    np.testing.assert_allclose(record["out"], expected, atol=1e-9)


def test_oscillator_bank_with_its_errors(tmp_path: Path) -> None:
    bank = OscillatorBank((400.0, 500.0), (0.0, np.pi / 2), (0.1, 0.2), 0.01, 0.002)
    ports = ["s0", "s1", "r0", "r1"]
    record = _transient(bank.subcircuit(), {}, ports, tmp_path, 0.01, 5e-5)
    for m in range(2):
        np.testing.assert_allclose(record[f"s{m}"], bank.carrier_v(m, record.time_s), atol=1e-9)
    w = 2 * np.pi * 400.0 * 1.002
    np.testing.assert_allclose(record["r0"], 1.01 * np.sin(w * record.time_s - 0.1), atol=1e-9)


def test_sequencer(tmp_path: Path) -> None:
    windows = {"p": (Window(0.1, 0.3), Window(0.5, 0.9)), "q": (Window(0.2, 0.7),)}
    sequencer = Sequencer(windows, 1.0, 0.01, 0.05, {"q": 1})
    record = _transient(sequencer.subcircuit(), {}, ["p", "q"], tmp_path, 3.0, 0.002)
    for signal in windows:
        expected = sequencer.level_v(signal, record.time_s)
        np.testing.assert_allclose(record[signal], expected, atol=1e-6)


@pytest.mark.parametrize("offset_v", [0.0, 0.02])
def test_converter_settles_to_its_gain(tmp_path: Path, offset_v: float) -> None:
    part = IvConverter(1e8, 20e3, offset_v)
    circuit = Circuit("converter")
    circuit.voltage("drive", "a", GROUND, 1.0)
    circuit.resistor("drive", "a", "iout", 1e8)
    circuit.instance("iv", part.subcircuit(), ("iout", "y"))
    circuit.observe("y")
    circuit.directive(".tran 1e-6 1e-3 0 1e-6 uic")
    circuit.directive(".save v(y)")
    record = Ngspice().run(circuit.write(), tmp_path, traces={"y": "v(y)"}, stop_s=1e-3)
    assert record["y"][-1] == pytest.approx(1.0 + offset_v, abs=1e-6)
    tau_s = 1 / (2 * np.pi * part.bandwidth_hz)
    rising = record.time_s > 0
    expected = 1 - np.exp(-record.time_s[rising] / tau_s) + offset_v
    np.testing.assert_allclose(record["y"][rising], expected, atol=4e-3)


def test_lowpass_step(tmp_path: Path) -> None:
    part = Lowpass(Prototype("butterworth", 3, 40.0))
    drive = "PULSE(0 1 0 1e-6 1e-6 1 2)"
    record = _transient(part.subcircuit(), {"inp": drive}, ["out"], tmp_path, 0.06, 2e-5)
    np.testing.assert_allclose(record["out"], part.prototype.step(record.time_s), atol=2e-4)


def test_coupling_step(tmp_path: Path) -> None:
    part = AcCoupling(100.0)
    drive = "PULSE(0 1 1e-3 1e-6 1e-6 1 2)"
    record = _transient(part.subcircuit(), {"inp": drive}, ["out"], tmp_path, 0.01, 1e-5)
    later = record.time_s > 1.1e-3
    expected = np.exp(-(record.time_s[later] - 1e-3) * 2 * np.pi * 100.0)
    np.testing.assert_allclose(record["out"][later], expected, atol=1e-3)


def test_accumulator_integrates_leaks_and_resets(tmp_path: Path) -> None:
    part = Accumulator(1e-3, 1e-5, offset_v=0.01, dc_gain=100.0)
    drives = {"inp": 0.1, "reset": "PULSE(0 1 0.02 1e-6 1e-6 1 2)"}
    record = _transient(part.subcircuit(), drives, ["out"], tmp_path, 0.021, 1e-5)
    ramp = record.time_s < 0.02
    leak_s = part.dc_gain * part.tau_s
    expected = 0.11 * leak_s / part.tau_s * (1 - np.exp(-record.time_s[ramp] / leak_s))
    np.testing.assert_allclose(record["out"][ramp], expected, rtol=1e-4, atol=1e-4)
    # Drive and reset switch balance at (0.1 + 0.01) V * reset_tau / tau.
    assert record["out"][-1] == pytest.approx(0.11 * 1e-5 / 1e-3, rel=1e-2)


def test_a_chopped_accumulator_counts_either_way(tmp_path: Path) -> None:
    part = Accumulator(1e-3, 1e-5, offset_v=0.01, chopped=True)
    drives = {
        "inp": 0.1,
        "reset": 0.0,
        "gate": "PWL(0 0 1e-3 0 1.01e-3 1 2e-3 1 2.01e-3 0 3e-3 0 3.01e-3 1 5e-3 1 5.01e-3 0)",
        "chop": "PULSE(0 1 2.5e-3 1e-5 1e-5 1 2)",
    }
    record = _transient(part.subcircuit(), drives, ["out"], tmp_path, 6e-3, 1e-5)
    drift_v = 0.01 * 6e-3 / 1e-3
    # The solver may miss a hundredth of what one edge lets through, 0.1 V * 10 us / 1 ms.
    assert record["out"][-1] == pytest.approx(0.1 * (1 - 2) + drift_v, abs=1e-5)


def test_weight_moves_down_and_stops_at_its_clamps(tmp_path: Path) -> None:
    part = WeightIntegrator(1e-2, -0.3, 0.4, 0.2, 1e-6)
    drives = {"inp": "PWL(0 1 0.01 1 0.0101 -1)", "gate": 1.0}
    record = _transient(part.subcircuit("weight"), drives, ["w"], tmp_path, 0.03, 1e-5)
    assert record.at("w", 0.003) == pytest.approx(0.2 - 0.3, abs=1e-4)
    overshoot_v = part.clamp_tau_s / part.tau_s  # drive of 1 V against the clamp
    assert record.at("w", 0.0099) == pytest.approx(-0.3 - overshoot_v, abs=1e-5)
    assert record["w"][-1] == pytest.approx(0.4 + overshoot_v, abs=1e-5)


def test_sample_hold_tracks_and_holds(tmp_path: Path) -> None:
    part = SampleHold(1e-5)
    drives = {"inp": "SIN(0 1 50)", "gate": "PULSE(0 1 0 1e-6 1e-6 5e-3 2)"}
    record = _transient(part.subcircuit(), drives, ["out"], tmp_path, 0.02, 1e-5)
    held = np.sin(2 * np.pi * 50 * 5e-3)
    assert record.at("out", 0.006) == pytest.approx(held, abs=1e-4)
    assert record["out"][-1] == pytest.approx(record.at("out", 0.006), abs=1e-9)


@pytest.mark.parametrize("targets", [(0, 1, 1, 0), (0, 0, 0, 0)])
def test_readout(targets: tuple[float, ...], tmp_path: Path) -> None:
    part = AffineReadout(targets, 0.1, 1.5)
    held = {"y0": 0.3, "y1": 1.4, "y2": 0.9, "y3": -0.2}
    selects = {f"p{k}": f"PULSE(0 1 {k}e-3 1e-6 1e-6 0.999e-3 1)" for k in range(4)}
    ports = [*(f"e{k}" for k in range(4)), "d"]
    record = _transient(part.subcircuit(), held | selects, ports, tmp_path, 4e-3, 1e-4)
    error_v, gain = part.error_v(np.array(list(held.values())))
    np.testing.assert_allclose([record[f"e{k}"][-1] for k in range(4)], error_v, atol=1e-6)
    shown_s = (np.arange(4) + 0.5) * 1e-3
    np.testing.assert_allclose(record.at("d", shown_s), gain * error_v, atol=1e-6)


def test_mixer(tmp_path: Path) -> None:
    drives = {"y": "SIN(1 0.1 400)", "yh": 1.0, "d": -0.5, "gate": "PULSE(0 1 5e-3 1e-5 1e-5 1 2)"}
    part = Mixer(Multiplier(scale_error=0.02, output_offset_v=0.01))
    record = _transient(part.subcircuit(), drives, ["y", "q"], tmp_path, 0.01, 1e-5)
    shut, open_ = record.time_s < 5e-3, record.time_s > 5.1e-3
    np.testing.assert_allclose(record["q"][shut], 0, atol=1e-9)
    expected = 1.02 * -0.5 * (record["y"][open_] - 1) + 0.01
    np.testing.assert_allclose(record["q"][open_], expected, atol=1e-9)


def test_gate_switch(tmp_path: Path) -> None:
    drives = {"inp": -0.7, "gate": "PWL(0 0 1e-3 1)"}
    record = _transient(GateSwitch().subcircuit(), drives, ["gate", "out"], tmp_path, 1e-3, 1e-5)
    np.testing.assert_allclose(record["out"], -0.7 * record["gate"], atol=1e-9)


def test_selector(tmp_path: Path) -> None:
    drives = {"p0": 0.0, "p1": 1.0, "p2": 0.0, "x0": 0.3, "x1": -0.7, "x2": 5.0}
    record = _transient(Selector(3).subcircuit(), drives, ["out"], tmp_path, 1e-3, 1e-4)
    assert record["out"][-1] == pytest.approx(-0.7, abs=1e-9)


def test_limiter(tmp_path: Path) -> None:
    part = StepLimiter(3, 0.1)
    drives = {"a0": 0.05, "a1": "PWL(0 0 1e-3 -0.4)", "a2": -0.02, "transfer": 0.5, "open": 0.8}
    nodes = ["a1", "move"]
    record = _transient(part.subcircuit(), drives, nodes, tmp_path, 1e-3, 1e-5)
    inputs = np.stack(
        [np.full_like(record["a1"], 0.05), record["a1"], np.full_like(record["a1"], -0.02)], axis=-1
    )
    np.testing.assert_allclose(record["move"], 0.4 * part.scale(inputs), atol=1e-6)


def test_latch_closes_holds_and_opens_again(tmp_path: Path) -> None:
    """Strobed every 1 ms: max |e| below 0.15 closes, up to 0.3 stays closed, above 0.3 opens."""
    part = Latch(2, 0.15, 2.0, 1e-5)
    drives = {
        "e0": "PWL(0 0.4 1.5e-3 0.4 1.6e-3 0.1 3.5e-3 0.1 3.6e-3 -0.25 5.5e-3 -0.25 5.6e-3 -0.35)",
        "e1": 0.05,
        "strobe": "PULSE(0 1 0.5e-3 1e-6 1e-6 0.2e-3 1e-3)",
    }
    record = _transient(part.subcircuit(), drives, ["open"], tmp_path, 8e-3, 2e-6)
    levels = record.at("open", np.array([1.2, 2.9, 4.9, 6.9]) * 1e-3)
    np.testing.assert_allclose(levels, [1, 0, 0, 1], atol=1e-3)


def test_adders(tmp_path: Path) -> None:
    for gated, expected in ((True, 0.3), (False, 0.3 + 0.02)):
        part = PerturbationAdder(0.02, gated)
        drives = {"w": 0.3, "s": 1.0} | ({"gate": 0.0} if gated else {})
        folder = tmp_path / str(gated)
        record = _transient(part.subcircuit(), dict(drives), ["e"], folder, 1e-3, 1e-4)
        assert record["e"][-1] == pytest.approx(expected, abs=1e-9)
    part = PerturbationAdder(0.02, gated=True, chopped=True)
    drives = {"w": 0.3, "s": 1.0, "gate": 1.0, "chop": "PWL(0 0 1e-3 1)"}
    folder = tmp_path / "chopped"
    record = _transient(part.subcircuit(), drives, ["chop", "e"], folder, 1e-3, 1e-4)
    np.testing.assert_allclose(record["e"], 0.32 - 0.04 * record["chop"], atol=1e-9)
    for gated, perturbation_v in ((True, 0.0), (False, 0.02)):
        part = PerturbationAdder(0.02, gated, gain_error=0.01, offset_v=-3e-3)
        drives = {"w": 0.3, "s": 1.0} | ({"gate": 0.0} if gated else {})
        folder = tmp_path / f"imperfect {gated}"
        record = _transient(part.subcircuit(), dict(drives), ["e"], folder, 1e-3, 1e-4)
        expected = 0.3 * 1.01 + perturbation_v - 3e-3
        assert record["e"][-1] == pytest.approx(expected, abs=1e-9)
    part = PatternAdder(-1.1, 0.5, (0, 1, 0, 1))
    drives = {"p1": 0.0, "p3": 1.0}
    record = _transient(part.subcircuit("adder"), dict(drives), ["e"], tmp_path, 1e-3, 1e-4)
    assert record["e"][-1] == pytest.approx(0.5, abs=1e-9)
