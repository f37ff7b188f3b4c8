"""Errors of behavioural blocks: every key of a circuit file reaches its part and the budget."""

import numpy as np
import pytest

from hgecircuit import InputError, Learner
from hgecircuit.design.budget import gradient_budget
from hgecircuit.design.size import operating_points_v
from hgecircuit.run.twin import run_twin

XOR, CONTINUOUS = "circuits/xor.toml", "circuits/xor_continuous.toml"
# Of the size of data sheets: AD633, an OPA140 of 2 mV behind 10 kohm, a sample-and-hold chip.
ERRORS = {
    "multiplier.scale_error": "1 %",
    "multiplier.x_offset": "5 mV",
    "multiplier.y_offset": "5 mV",
    "multiplier.output_offset": "1 mV",
    "integrator.offset": "1 mV",
    "integrator.dc_gain": 1e4,
    "integrator.leakage": "1 nA",
    "sample_hold.offset": "5 mV",
    "sample_hold.pedestal": "5 mV",
    "sample_hold.droop": "1 V/s",
    "adder.gain_error": "1 %",
    "adder.offset": "5 mV",
    "level_driver.offset": "5 mV",
    "iv_converter.offset": "5 mV",
    "oscillator.amplitude_error": "1 %",
    "oscillator.frequency_error": "0.1 %",
}
# They move no derivative: whole periods of every reference, or subtracted with the held output.
HARMLESS = {"iv_converter.offset", "sample_hold.offset", "sample_hold.pedestal"}


def _bound(learner: Learner) -> float:
    points_v = operating_points_v(learner.design, learner.spec.verification)
    return gradient_budget(learner.design, points_v).relative()


@pytest.mark.parametrize("key", ERRORS)
def test_each_error_is_in_the_netlist_and_in_the_budget(key: str, coherent: Learner) -> None:
    table = key.split(".")[0]
    wrong = Learner.from_file(XOR, overrides={key: ERRORS[key]})
    assert wrong.netlist() != coherent.netlist()
    ideal = {"blocks.integrator" if table == "integrator" else f"blocks.{table}": "ideal"}
    without, never = (
        Learner.from_file(XOR, overrides={**ideal, **more}) for more in ({key: ERRORS[key]}, {})
    )
    assert without.netlist() == never.netlist()
    if key not in HARMLESS:
        assert _bound(wrong) > 1.001 * _bound(coherent)


@pytest.mark.parametrize(
    "key", ["multiplier.x_offset", "multiplier.y_offset", "adder.offset", "multiplier.scale_error"]
)
def test_the_continuous_loop_budgets_them_too(key: str, continuous: Learner) -> None:
    wrong = Learner.from_file(CONTINUOUS, overrides={key: ERRORS[key]})
    assert _bound(wrong) > _bound(continuous) * (1 + 1e-6)


@pytest.mark.parametrize(
    "block", ["sequencer", "selector", "readout", "mixer", "step", "latch", "coupling"]
)
def test_a_fidelity_that_changes_nothing_is_refused(block: str) -> None:
    with pytest.raises(InputError, match=f"blocks.{block}"):
        Learner.from_file(XOR, overrides={f"blocks.{block}": "behavioural"})
    Learner.from_file(XOR, overrides={f"blocks.{block}": "ideal"})


def test_the_twin_learns_at_the_electrodes_that_the_circuit_has() -> None:
    errors = {"adder.gain_error": "1 %", "adder.offset": "5 mV", "level_driver.offset": "-4 mV"}
    design = Learner.from_file(XOR, overrides={**errors, "loop.epochs": 2}).design
    found = run_twin(design, design.start_v[None]).outputs_a[0, 0]
    electrodes_v = design.task.electrode_voltages_v(1.01 * design.start_v + 5e-3)
    electrodes_v[:, list(design.task.inputs)] -= 4e-3
    np.testing.assert_allclose(found, design.device.current_a(electrodes_v), rtol=1e-12)


def test_the_stream_has_no_errors_at_its_electrodes() -> None:
    with pytest.raises(InputError, match="adder"):
        Learner.from_file("circuits/sphere.toml", overrides={"adder.offset": "1 mV"})


@pytest.mark.parametrize("circuit", [XOR, CONTINUOUS])
@pytest.mark.parametrize("multiplier", ["AD633", "AD734"])
def test_every_chip_makes_every_loop(circuit: str, multiplier: str) -> None:
    """The AD734's denominator of 1 V leaves no gain for an amplifier in front of the reference."""
    parts = {"blocks.fidelity": "component", "components.multiplier": multiplier}
    if circuit == CONTINUOUS:  # 1, 1.4 and 2.2 kHz have no clock below 10 MHz with its windows
        parts["blocks.sequencer"] = "ideal"
    assert "demod0" in Learner.from_file(circuit, overrides=parts).netlist()
