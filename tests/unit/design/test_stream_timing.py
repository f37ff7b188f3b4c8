"""The stream loop's windows."""

import itertools

import numpy as np
import pytest

from hgecircuit.design.stream_timing import StreamTiming

TIMING = StreamTiming(12, 4, 10e-3, 1e-3, 1.2e-3, 0.8e-3, 1e-5, 2)


def test_windows_follow_each_other_in_a_slot() -> None:
    """Transfer, reset, strobe, then perturbation with the readout's adaption and the gate."""
    edge_s = TIMING.edge_s
    order = [
        TIMING.transfer_window,
        TIMING.reset_window,
        TIMING.strobe_window,
        TIMING.adapt_window,
        TIMING.gate_window,
    ]
    for before, after in itertools.pairwise(order):
        assert before.stop_s + edge_s <= after.start_s + 1e-12
    assert order[0].start_s >= edge_s
    assert TIMING.strobe_window.stop_s + edge_s <= TIMING.perturb_window.start_s
    assert TIMING.perturb_window.start_s < TIMING.gate_window.start_s
    assert TIMING.gate_window.stop_s + edge_s < TIMING.perturb_window.stop_s
    assert TIMING.perturb_window.stop_s + edge_s == pytest.approx(TIMING.slot_s)
    assert TIMING.gate_window.stop_s - TIMING.gate_window.start_s == pytest.approx(TIMING.gate_s)


def test_a_step_follows_every_batch_once_the_hold_is_over() -> None:
    sequencer = TIMING.batch_sequencer()
    middle_s = (TIMING.transfer_window.start_s + TIMING.transfer_window.stop_s) / 2
    batches = np.arange(10)
    levels_v = sequencer.level_v("transfer", batches * TIMING.batch_s + middle_s)
    np.testing.assert_allclose(levels_v, batches >= 2 * 12 // 4)
    assert TIMING.epoch_s == pytest.approx(3 * TIMING.batch_s)


def test_held_times_lie_between_adaption_and_gate() -> None:
    times_s = TIMING.held_times_s(3) - TIMING.slot_s * np.arange(3)
    assert (times_s > TIMING.adapt_window.stop_s + TIMING.edge_s).all()
    assert (times_s < TIMING.gate_window.start_s).all()
