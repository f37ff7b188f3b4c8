"""Components that a production lot gives: their limits, their names, their repeatability."""

from dataclasses import dataclass

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.multipliers.table import MULTIPLIERS
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES

NAMES = [f"part{n}" for n in range(400)]


def test_a_nominal_lot_has_no_offsets() -> None:
    lot = Lot()
    assert lot.opamp("TL072C", "a") == OPAMPS["TL072C"].macromodel(lot.supply_v)
    assert lot.multiplier("AD633", "a") == MULTIPLIERS["AD633"].multiplier(lot.supply_v)
    assert lot.switch("ADG412") == SWITCHES["ADG412"].switch(supply_v=lot.supply_v)


def test_drawn_shares_are_normal_with_the_limit_at_three_sigma() -> None:
    """Mean and deviation of 400 draws within four of their own standard errors."""
    shares = np.array([Lot(spread="drawn", seed=3).share(name) for name in NAMES])
    assert np.abs(shares).max() <= 1
    error = 1 / 3 / np.sqrt(len(NAMES))
    assert abs(shares.mean()) < 4 * error
    assert shares.std() == pytest.approx(1 / 3, abs=4 * error / np.sqrt(2))


def test_shares_depend_on_seed_and_name_alone() -> None:
    lot = Lot(spread="drawn", seed=1)
    assert lot.share("a") == Lot(spread="drawn", seed=1).share("a")
    assert len({lot.share("a"), lot.share("b"), Lot(spread="drawn", seed=2).share("a")}) == 3


def test_a_lot_at_its_limits_has_both_signs() -> None:
    lot = Lot(spread="limits")
    shares = {lot.share(name) for name in NAMES}
    assert shares == {-1.0, 1.0}
    assert abs(lot.opamp("OPA140", "a").offset_v) == OPAMPS["OPA140"].part.offset_v
    assert lot.switch("ADG412").on_ohm == SWITCHES["ADG412"].on_ohm_maximum
    assert abs(lot.comparator("LM393", "a").offset_v) == COMPARATORS["LM393"].offset_v_maximum


@dataclass(frozen=True)
class _Inner:
    top_ohm: float

    @classmethod
    def size(cls) -> "_Inner":
        return cls(1e3)


@dataclass(frozen=True)
class _Outer:
    one_ohm: float
    one_f: float
    limit_v: float
    reference_v: float
    inner: _Inner


def test_vary_changes_resistors_capacitors_and_references_and_nothing_else() -> None:
    lot = Lot(spread="limits", resistor_tolerance=0.01, capacitor_tolerance=0.1)
    part = lot.vary(_Outer(100.0, 1e-9, 0.5, 2.5, _Inner.size()), "x")
    assert abs(part.reference_v / 2.5 - 1) == pytest.approx(lot.reference_tolerance)
    assert abs(part.one_ohm / 100 - 1) == pytest.approx(0.01)
    assert abs(part.one_f / 1e-9 - 1) == pytest.approx(0.1)
    assert abs(part.inner.top_ohm / 1e3 - 1) == pytest.approx(0.01)
    assert part.limit_v == 0.5
    assert Lot().vary(part, "x") == part


@pytest.mark.parametrize("kind", ["opamp", "multiplier", "comparator"])
def test_an_unknown_part_is_named_with_those_that_exist(kind: str) -> None:
    with pytest.raises(InputError, match=r"NE0.*expected .*,"):
        getattr(Lot(), kind)("NE0", "a")
    with pytest.raises(InputError, match="ADG412"):
        Lot().switch("NE0")


def test_a_supply_that_the_part_does_not_take_is_refused() -> None:
    with pytest.raises(InputError, match=r"ADG412 .*expected 10.8 to 33 V"):
        Lot(supply_v=(-2.5, 2.5)).switch("ADG412")
    with pytest.raises(InputError, match=r"OPA333 .*expected 1.8 to 5.5 V"):
        Lot().opamp("OPA333", "a")


def test_components_of_a_lot_are_chips_with_their_power() -> None:
    lot = Lot(supply_v=(-12.0, 12.0))
    parts: dict[str, Subcircuit] = {
        "OPA140": lot.opamp("OPA140", "a").subcircuit(),
        "AD633": lot.multiplier("AD633", "a").subcircuit(),
        "ADG412": lot.switch("ADG412").subcircuit(),
        "LM311": lot.comparator("LM311", "a").subcircuit(),
    }
    # Of one op-amp, comparator or switch; the sheet of ADG412 has the current of all four.
    currents_a = {"OPA140": 1.8e-3, "AD633": 3.9e-3, "ADG412": 1e-10 / 4, "LM311": 5.1e-3}
    for name, part in parts.items():
        assert part.chip is not None
        assert part.chip.part == name
        assert part.chip.supply_w == pytest.approx(24 * currents_a[name], rel=1e-12, abs=0)
        assert part.chip.source
    whole = lot.multiplier("AD633", "a").subcircuit()
    inner = [element.part for element in whole.elements if element.part is not None]
    assert [part.chip for part in inner] == [None]  # its output amplifier is no part of its own


def test_power_is_unknown_without_its_figures() -> None:
    chip = Lot(supply_v=(-15.0, 15.0)).multiplier("AD734", "a").chip
    assert chip is not None
    assert chip.supply_w is None
    assert SWITCHES["ADG412"].switch().chip.supply_w is None
