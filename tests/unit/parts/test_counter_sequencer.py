"""Ticks, words, EPROM images and parts of the sequencer of counter and registers."""

from fractions import Fraction

import numpy as np
import pytest

from hgecircuit.design.timing import CoherentTiming
from hgecircuit.errors import InputError
from hgecircuit.parts.oscillators.divider import DividerBank
from hgecircuit.parts.sequencer import Sequencer, Window
from hgecircuit.parts.sequencing.counter import CounterSequencer
from hgecircuit.parts.sequencing.ticks import TickPlan

TIMING = CoherentTiming(4, 10e-3, 1e-3, 1e-3, 2e-3, 10e-6, 1, chopped=True)


def _divider_clock_hz() -> float:
    frequencies_hz = (400.0, 400.0, 500.0, 500.0, 700.0)
    quarter = np.pi / 2
    bank = DividerBank(frequencies_hz, (0.0, quarter, 0.0, quarter, 0.0), (0.0,) * 5)
    return bank.clock_hz


def test_gate_is_a_whole_number_of_ticks_and_carriers_share_the_clock() -> None:
    plan = TickPlan.of(TIMING.sequencer(), TIMING.gate_s, _divider_clock_hz())
    assert (plan.tick_s, plan.ticks, plan.delay) == (Fraction(1, 100_000), 5000, 2)
    assert plan.moved_s == 0.0
    for k in range(4):
        start, stop = plan.borders(TIMING.gate_window(k))
        assert (stop - start) * plan.tick_s == Fraction(1, 100)
    assert plan.clock_hz % Fraction(_divider_clock_hz()) == 0
    assert plan.clock_hz * plan.tick_s == plan.prescaler == 28
    for frequency_hz in (400, 500, 700):
        assert (plan.clock_hz / (8 * frequency_hz)).denominator == 1


@pytest.mark.parametrize(("gate_s", "edge_s"), [(1e-3, 1e-6), (7.5e-3, 7.5e-6), (0.1, 1e-4)])
def test_other_gates_are_whole_ticks_too(gate_s: float, edge_s: float) -> None:
    timing = CoherentTiming(3, gate_s, gate_s / 10, gate_s / 10, gate_s / 5, edge_s, 0)
    plan = TickPlan.of(timing.sequencer(), gate_s)
    start, stop = plan.borders(timing.gate_window(1))
    assert float((stop - start) * plan.tick_s) == pytest.approx(gate_s, rel=1e-12)
    assert float(plan.ticks * plan.tick_s) == pytest.approx(timing.epoch_s, rel=1e-12)
    assert float(plan.tick_s) <= edge_s * (1 + 1e-12)
    assert plan.moved_s < 1e-9


def test_windows_off_the_grid_move_by_half_a_tick_at_most_and_gates_keep_their_length() -> None:
    """A blank of 1.2345 ms: the gate starts off the grid, its length stays."""
    blank_s = 1.2345e-3
    signals = {
        "p": (Window(0.0, blank_s + 1e-3),),
        "gate": (Window(blank_s, blank_s + 1e-3), Window(blank_s + 2.55555e-3, 4.79005e-3)),
    }
    plan = TickPlan.of(Sequencer(signals, 6e-3, 10e-6, 20e-6, {}), 1e-3)
    assert 0 < plan.moved_s <= plan.tick_s / 2
    for window in signals["gate"]:
        start, stop = plan.borders(window)
        assert (stop - start) * plan.tick_s == Fraction(1, 1000)


def test_times_without_a_common_clock_are_refused() -> None:
    off = Sequencer({"gate": (Window(0.0, 1e-3),)}, 3.14159e-3, 1e-6, 0.0, {})
    with pytest.raises(InputError, match="no clock in common that the sequencer's logic"):
        CounterSequencer.size(off, 1e-3)
    with pytest.raises(InputError, match="sequencer and carriers have no clock"):
        TickPlan.of(TIMING.sequencer(), 10e-3, 104_729.0 * 8)


def test_words_are_the_levels_that_were_asked_for() -> None:
    sequencer = TIMING.sequencer()
    part = CounterSequencer.size(sequencer, TIMING.gate_s)
    middle_s = sequencer.delay_s + (np.arange(part.plan.ticks) + 0.5) * 10e-6
    # From the second cycle on, when nothing is held any more; an edge takes a whole tick there.
    later_s = middle_s + sequencer.period_s + 5e-6
    for s, signal in enumerate(part.signals):
        np.testing.assert_array_equal(part.words[:, s], sequencer.level_v(signal, later_s) > 0.6)


def test_the_eproms_hold_the_words_where_the_counter_looks() -> None:
    part = CounterSequencer.size(TIMING.sequencer(), TIMING.gate_s, _divider_clock_hz())
    end, images, seen = 2**part.counter_bits - 1, part.images, []
    count = end
    for _ in range(2 * part.plan.ticks):
        register = [image[count % 2**15] for image in images]
        count = part.preload if count == end else count + 1
        seen.append([register[s // 8] >> (s % 8) & 1 for s in range(len(part.signals))])
    np.testing.assert_array_equal(np.array(seen), np.tile(part.words, (2, 1)))


def test_parts_and_their_power_are_on_the_netlists_bill() -> None:
    part = CounterSequencer.size(TIMING.sequencer(), TIMING.gate_s, _divider_clock_hz())
    # 5000 ticks are 13 bits: four counters; 28 is divided by two more; one counts the held cycle.
    assert part.chips == {"XO": 1, "74HC161": 7, "27C256": 2, "74HC10": 1}
    subcircuit = part.subcircuit()
    found = [element.part for element in subcircuit.elements if element.kind == "X"]
    chips = [one.chip for one in found if one is not None and one.chip is not None]
    assert len(chips) == 1 + 7 + 2 + 1 + 2
    assert sum(chip.part == "74HC574" for chip in chips) == 2
    power_w = sum(chip.supply_w or 0.0 for chip in chips)
    assert power_w == pytest.approx(2 * 0.1 + 7 * 20e-6 + 5e-6 + 2 * 400e-6)
    free = CounterSequencer.size(TIMING.sequencer(), TIMING.gate_s)
    assert free.chips["74HC161"] == 5, "no prescaler when nothing shares the clock"
