"""Energy: arithmetic, what is unknown stays unknown, and where every figure comes from."""

import pytest

from hgecircuit.circuit.bill import Bill, Place
from hgecircuit.compare.digital import PAPER_RIG, embedded_lock_in, known_power_w
from hgecircuit.compare.energy import Times, analog_power_w, compare_energy
from hgecircuit.netlist import Chip
from hgecircuit.parts.opamps.table import OPAMPS

TIMES = Times(0.05, 0.95, 0.46, 3.68)
CHIPS = (Place("u1", "chip", "A", Chip("A", "op-amp", 0.5)),) * 2


def test_energy_is_power_times_time() -> None:
    analog, paper, fast, rig = compare_energy(Bill(CHIPS, ()), TIMES, 7)
    assert (analog.supply_w, analog.bound) == (1.0, "")
    assert analog.update_j == pytest.approx(0.05)
    assert analog.learned_j == pytest.approx(0.95)
    embedded_w = known_power_w(embedded_lock_in(7))
    assert paper.update_j == pytest.approx(0.46 * embedded_w)
    assert paper.learned_j == pytest.approx(3.68 * embedded_w)
    assert fast.update_j == pytest.approx(0.05 * embedded_w)
    assert (rig.supply_w, rig.bound) == (15.0, "at most")


def test_what_is_unknown_stays_unknown() -> None:
    analog, paper, fast, _ = compare_energy(Bill((), ("iv",)), Times(0.05, None, None, None), 7)
    assert (analog.supply_w, analog.update_j, analog.learned_j, analog.bound) == (None,) * 3 + ("",)
    assert (paper.update_j, paper.learned_j) == (None, None)
    assert fast.learned_j is None
    assert analog_power_w(Bill((Place("r", "resistor", "1e3"),), ())) is None


@pytest.mark.parametrize(
    ("places", "modelled"),
    [(CHIPS, ("iv",)), ((*CHIPS, Place("x", "chip", "X", Chip("X", "clock"))), ())],
    ids=["a block that is only modelled", "a chip of unknown power"],
)
def test_a_bill_that_is_not_whole_is_a_lower_bound(
    places: tuple[Place, ...], modelled: tuple[str, ...]
) -> None:
    assert compare_energy(Bill(places, modelled), TIMES, 7)[0].bound == "at least"


def test_the_embedded_lock_in_grows_with_the_device() -> None:
    small, large = embedded_lock_in(7), embedded_lock_in(9)
    amplifier = OPAMPS["LM358B"].part
    assert amplifier.quiescent_a is not None
    grown_w = 1.25e-3 * 5 + 2 * 10 * amplifier.quiescent_a
    assert known_power_w(large) - known_power_w(small) == pytest.approx(grown_w)
    assert all(item.source for item in (*small, *PAPER_RIG))
    # Sum of the five figures by hand: 34.56 + 6.25 + 0.3 + 18 + 8 x 3 mW.
    assert known_power_w(small) == pytest.approx(83.11e-3)
