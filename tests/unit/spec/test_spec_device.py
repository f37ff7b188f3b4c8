"""A circuit file against its device: electrodes and safe ranges."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from spec_texts import CIRCUIT, FILE, SevenElectrodes, changed, read

from hgecircuit.spec import CircuitFileError, check_against_device, control_ranges_v

DEVICE = cast(Any, SevenElectrodes())


def failure(text: str) -> CircuitFileError:
    with pytest.raises(CircuitFileError) as caught:
        check_against_device(read(text), DEVICE)
    assert str(caught.value).startswith(FILE)
    return caught.value


def test_the_right_circuit_fits():
    check_against_device(read(CIRCUIT), DEVICE)


def test_control_ranges_default_to_the_safe_ranges_less_the_amplitude():
    low_v, high_v = control_ranges_v(read(CIRCUIT), DEVICE)
    np.testing.assert_allclose(low_v, [-1.18, -1.18, -1.18, -0.68, -0.68])
    np.testing.assert_allclose(high_v, [0.58, 0.58, 0.58, 0.28, 0.28])


def test_control_ranges_can_be_given_up_to_the_safe_ranges():
    ends = 'control_min = "-0.68 V"\ncontrol_max = ["0.58 V", "0 V", "0 V", "0 V", "0.28 V"]'
    spec = read(changed("inputs = [1, 4]", "inputs = [1, 4]\n" + ends))
    check_against_device(spec, DEVICE)
    low_v, high_v = control_ranges_v(spec, DEVICE)
    assert low_v.tolist() == [-0.68] * 5
    assert high_v.tolist() == [0.58, 0.0, 0.0, 0.0, 0.28]


ONE_MISTAKE = {
    "electrode out of range": (
        "controls = [0, 2, 3, 5, 6]", "controls = [0, 2, 3, 5, 6, 7]",
        "device.controls[5]", "test-device has 7 electrodes", "7", "0 to 6",
    ),
    "unused electrode": (
        "controls = [0, 2, 3, 5, 6]", "controls = [0, 2, 5]",
        "device.controls", "electrode 3, 6 of test-device is neither input nor control",
        "[0, 2, 5]", "every electrode in device.inputs or device.controls",
    ),
    "input outside the range": (
        'logic_high = "0.51 V"', 'logic_high = ["0.51 V", "0.61 V"]',
        "device.logic_high[1]", "610 mV is outside the safe range of electrode 4 of test-device",
        "'0.61 V'", "-1.2 V to 600 mV",
    ),
    "control range with the perturbation outside the range": (
        "inputs = [1, 4]", 'inputs = [1, 4]\ncontrol_max = ["0 V", "0 V", "0 V", "0 V", "0.29 V"]',
        "device.control_max[4]",
        "310 mV with the perturbation is outside the safe range of electrode 6",
        "'0.29 V'", "-700 mV to 300 mV with the perturbation",
    ),
    "start outside the control range": (
        "seed = 3", 'voltages = ["0 V", "0 V", "0 V", "0 V", "0.29 V"]',
        "start.voltages[4]", "outside the control range of electrode 6", "'0.29 V'",
        "-680 mV to 280 mV",
    ),
    "step wider than a range": (
        "epochs = 60", 'step_limit = "1 V"\n',
        "loop.step_limit", "wider than the control range of electrode 5", "'1 V'",
        "a small part of the range",
    ),
    "amplitude of half the range": (
        'amplitude = "20 mV"', 'amplitude = ["20 mV", "20 mV", "20 mV", "20 mV", "0.5 V"]',
        "perturbation.amplitude", "leaves electrode 6 no control range", "'0.5 V'",
        "less than half of the safe range, -700 mV to 300 mV",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_MISTAKE.values(), ids=ONE_MISTAKE.keys())
def test_one_mistake_is_named(case):
    old, new, key, problem, value, expected = case
    error = failure(changed(old, new))
    assert error.problems[0].key == key
    text = str(error)
    assert f"{key}: {problem}" in text
    assert f"(got {value})" in text
    assert f"; expected {expected}" in text


def test_one_text_for_all_inputs_is_named_once_per_electrode_outside():
    error = failure(changed('logic_low = "-1.11 V"', 'logic_low = "-1.3 V"'))
    assert [each.key for each in error.problems] == ["device.logic_low", "device.logic_low"]
    assert "electrode 1" in error.problems[0].problem
    assert "electrode 4" in error.problems[1].problem
