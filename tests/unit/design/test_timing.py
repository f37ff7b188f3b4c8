"""Clock windows: exact gates, guards before every switch, no overlap."""

from dataclasses import replace

import numpy as np
import pytest

from hgecircuit import Learner
from hgecircuit.design.design import CoherentDesign, ContinuousDesign
from hgecircuit.design.timing import GUARD_EDGES


@pytest.fixture
def timing(coherent: Learner):
    assert isinstance(coherent.design, CoherentDesign)
    return coherent.design.timing


def test_epoch_is_the_sum_of_its_slots(timing) -> None:
    """Four evaluations of T/10, four gates with T/10 of blank, T/5 of transfer: 5 T."""
    assert timing.epoch_s == pytest.approx(5 * timing.gate_s)


def test_gates_are_whole_periods_of_every_carrier(coherent: Learner, timing) -> None:
    for k in range(timing.patterns):
        window = timing.gate_window(k)
        cycles = np.array(coherent.design.bank.frequencies_hz) * (window.stop_s - window.start_s)
        np.testing.assert_allclose(cycles, np.round(cycles), atol=1e-9)


def test_gates_and_strobes_close_before_their_pattern_ends(timing) -> None:
    for k in range(timing.patterns):
        for inner, outer in (
            (timing.gate_window(k), timing.gradient_window(k)),
            (timing.strobe_window(k), timing.evaluation_window(k)),
        ):
            assert inner.start_s > outer.start_s + timing.edge_s
            closed_s = inner.stop_s + timing.edge_s
            assert outer.stop_s - closed_s >= (GUARD_EDGES - 1.001) * timing.edge_s


def test_one_pattern_is_shown_at_any_time(timing) -> None:
    sequencer = timing.sequencer()
    time_s = timing.delay_s + timing.epoch_s + np.linspace(1e-4, 0.9 * timing.epoch_s, 5000)
    shown = sum(sequencer.level_v(f"p{k}", time_s) for k in range(timing.patterns))
    np.testing.assert_allclose(shown, 1.0, atol=1e-9)


def test_transfer_and_reset_never_overlap_a_gate(timing) -> None:
    sequencer = timing.sequencer()
    time_s = timing.delay_s + np.linspace(0, 3 * timing.epoch_s, 60_001)
    gate, transfer, reset = (
        sequencer.level_v(name, time_s) > 0 for name in ("gate", "transfer", "reset")
    )
    assert gate.any()
    assert transfer.any()
    assert reset.any()
    assert not (gate & (transfer | reset)).any()
    assert not (transfer & reset).any()


def test_chopped_gates_of_either_sign_last_equally_long(timing) -> None:
    chopped = replace(timing, chopped=True)
    time_s = chopped.delay_s + chopped.epoch_s * (1 + np.linspace(0, 1, 200_001))
    sequencer = chopped.sequencer()
    gate, chop = (sequencer.level_v(name, time_s) for name in ("gate", "chop"))
    assert (gate * chop).mean() == pytest.approx((gate * (1 - chop)).mean(), rel=1e-4)
    moving = (chop > 0) & (chop < 1)
    assert moving.any()
    assert not gate[moving].any()


def test_nothing_moves_in_the_hold_epochs(timing) -> None:
    sequencer = timing.sequencer()
    held_s = timing.delay_s + np.linspace(0, timing.hold_epochs * timing.epoch_s, 2001)
    assert not sequencer.level_v("transfer", held_s).any()


def test_continuous_weights_move_only_when_the_low_pass_has_settled(continuous: Learner) -> None:
    assert isinstance(continuous.design, ContinuousDesign)
    timing = continuous.design.timing
    for k in range(timing.patterns):
        waited_s = timing.update_window(k).start_s - timing.listen_window(k).start_s
        assert waited_s == pytest.approx(timing.settle_s)
        assert timing.listen_window(k).start_s - timing.pattern_window(k).start_s == pytest.approx(
            timing.blank_s
        )
