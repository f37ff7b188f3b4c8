"""Sizing laws and ideal responses of component-level sample-and-holds and multiplexers."""

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.parts.followed import Followed
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.preferred import at_least, at_most, closest
from hgecircuit.parts.sample_hold import SampleHold
from hgecircuit.parts.sampling.buffered import BufferedSampleHold
from hgecircuit.parts.sampling.multiplexer import SwitchedSelector
from hgecircuit.parts.switches.analog_switch import SWITCHES

BUFFER = OPAMPS["OPA140"].macromodel((-15.0, 15.0), 1.0, (1.0, 1.0))


def test_preferred_numbers_above_below_and_next_to() -> None:
    assert at_least(4.71e-9, "E6") == 6.8e-9
    assert at_least(4.7e-9, "E6") == 4.7e-9
    assert at_most(4.69e3, "E6") == 3.3e3
    assert at_most(1e3, "E24") == 1e3
    assert at_least(9.2, "E24") == 10.0
    assert closest(1.04, "E24") == 1.0
    assert closest(9.9, "E6") == 10.0


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("error_v", [0.2e-3, 1e-3])
def test_sample_hold_is_sized_to_track_and_to_hold(name: str, error_v: float) -> None:
    part = BufferedSampleHold.size(33e-6, 50e-3, error_v, SWITCHES[name].switch(), BUFFER)
    assert abs(part.pedestal_v + part.droop_v_per_s * 50e-3) <= error_v
    # The next smaller capacitor of the series would not do.
    smaller_f = at_most(part.hold_f * 0.99, "E6")
    assert abs(part.pedestal_v + part.droop_v_per_s * 50e-3) * part.total_f / smaller_f > error_v
    assert part.tau_s == pytest.approx(33e-6, rel=0.1)
    assert part.tau_s <= 33e-6 * (1 + 50e-12 / part.hold_f)


def test_a_strobe_too_short_for_the_capacitor_is_refused() -> None:
    with pytest.raises(InputError, match="too large for this switch"):
        BufferedSampleHold.size(1e-6, 50e-3, 10e-6, SWITCHES["ADG412"].switch(), BUFFER)


def test_held_value_moves_by_pedestal_droop_and_offset() -> None:
    part = SampleHold(1e-5, 1e-9, -1e-3, 0.02, 0.5e-3)
    held = part.held_v(np.array([1.0, -1.0]), np.array(0.05))
    np.testing.assert_allclose(held, [1.0005, -0.9995], rtol=1e-12)


def test_selector_limits_the_crossing_current_and_the_idle_voltage() -> None:
    for switch in (SWITCHES["ADG412"].switch(worst=True), SWITCHES["TMUX6121"].switch()):
        part = SwitchedSelector.size(4, switch, BUFFER, peak_a=4e-3, range_v=8.0)
        assert 16.0 / (part.branch_ohm + switch.on_ohm) == pytest.approx(4e-3, rel=0.05)
        assert abs(part.idle_v - BUFFER.offset_v) <= 5e-3 * 1.05
        assert part.bleed_ohm <= 1e7
        assert part.tau_s == pytest.approx(1e-3 / 15, rel=0.22)
        assert 1 - part.gain < 1e-3
        chosen = part.selected_v(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 0]))
        np.testing.assert_allclose(chosen, [2.0, 3.0], atol=3e-3)


def test_a_follower_leaves_ports_and_purpose_as_they_are() -> None:
    followed = Followed(SampleHold(1e-5), "out").subcircuit("followed_hold")
    assert followed.ports == ("inp", "gate", "out")
    text = followed.write()
    assert "Efollower out 0 bare 0 1\n" in text
    assert "Xbare inp gate bare followed_hold_bare\n" in text
