"""Sizing law of the latch of window comparators."""

from dataclasses import replace

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.latching.window import WindowLatch
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES


def _latch(threshold_v: float = 0.15, release: float = 2.0, share: float = 1.0) -> WindowLatch:
    return WindowLatch.size(
        4,
        threshold_v,
        release,
        0.49e-3,
        OPAMPS["OPA277"].macromodel((-12.0, 12.0), share, (share, share)),
        SWITCHES["TMUX6121"].switch(),
        COMPARATORS["LM393"].comparator(2e-3, share),
    )


@pytest.mark.parametrize("threshold_v", [0.05, 0.15, 0.4])
@pytest.mark.parametrize("release", [1.0, 1.2, 2.0, 5.0])
def test_thresholds_are_those_asked_for_within_the_series(
    threshold_v: float, release: float
) -> None:
    stop_v, restart_v = _latch(threshold_v, release).thresholds_v
    # E96 steps by 2.4 %: each of two resistors is at most 1.2 % off, and a small release leaves
    # the shunt's share small.
    assert stop_v == pytest.approx(threshold_v, rel=0.03)
    assert restart_v == pytest.approx(threshold_v * release, rel=0.025)
    assert stop_v <= restart_v


def test_release_of_one_needs_no_switch() -> None:
    latch = _latch(release=1.0)
    assert latch.shunt_ohm is None
    assert latch.thresholds_v[0] == latch.thresholds_v[1]
    assert "shunt" not in latch.subcircuit().write()


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_the_store_follows_within_the_strobe_and_holds_for_two_epochs(comparator: str) -> None:
    latch = replace(_latch(), comparator=COMPARATORS[comparator].comparator())
    charged_ohm = latch.series_ohm + latch.pull_up_ohm + latch.switch.on_ohm
    assert charged_ohm * latch.store_f <= 0.49e-3 / 5
    drift_v = (abs(latch.comparator.bias_a) + latch.switch.leakage_a) * 0.1 / latch.store_f
    assert drift_v < 0.2, "stays within the reader's hysteresis of 0.3 V to 0.7 V"


def test_offsets_of_the_worst_parts_shift_the_threshold_by_a_twentieth() -> None:
    assert 5e-3 < _latch(share=1.0).threshold_error_v < 8e-3
    assert _latch(share=0.0).threshold_error_v < 2e-3


def test_decision_has_the_releases_hysteresis() -> None:
    latch = _latch()
    errors_v = np.array([[0.1, -0.1, 0, 0], [0.1, -0.2, 0, 0], [0.1, -0.4, 0, 0]])
    assert latch.next_open(errors_v, np.array([True] * 3)).tolist() == [False, True, True]
    assert latch.next_open(errors_v, np.array([False] * 3)).tolist() == [False, False, True]


def test_a_threshold_above_the_reference_is_refused() -> None:
    with pytest.raises(InputError, match="above what its reference can make"):
        _latch(0.45, 6.0)
