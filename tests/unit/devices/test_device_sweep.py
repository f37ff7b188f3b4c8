import numpy as np
import pytest
from device_builders import random_network, random_voltages

from hgecircuit.devices.sweep import sweep
from hgecircuit.devices.table import read_voltages
from hgecircuit.errors import InputError, SimulatorError
from hgecircuit.record import Record


def fake_simulator(model, voltages, error=0.0, lost=0):
    """A simulator that returns the model's own currents, chunk by chunk."""
    place = 0

    def run_deck(deck, traces, name):
        nonlocal place
        assert traces == {"current": "i(vout)"}
        last = int(deck.split(".dc vrow 0 ")[1].split()[0])
        rows = voltages[place : place + last + 1]
        place += len(rows)
        current = model.current_a(rows)[: len(rows) - lost] + error
        return Record(np.arange(len(current)), {"current": current}, {"wall_s": 0.5})

    return run_deck


def test_rows_are_spread_over_decks_and_joined_again():
    model = random_network()
    voltages = random_voltages(model, 2345)
    result = sweep(model, voltages, fake_simulator(model, voltages))
    assert result.largest_difference == 0
    assert len(result.simulator_a) == 2345
    assert result.provenance["decks"] == 3
    assert result.provenance["wall_s"] == pytest.approx(1.5)


def test_a_difference_is_reported_as_a_share_of_the_range():
    model = random_network()
    voltages = random_voltages(model, 20)
    error = 1e-3 * model.current_range_a
    result = sweep(model, voltages, fake_simulator(model, voltages, error))
    assert result.largest_difference == pytest.approx(1e-3, rel=1e-9)


def test_lost_rows_are_an_error():
    model = random_network()
    voltages = random_voltages(model, 20)
    with pytest.raises(SimulatorError, match="19 of 20 rows"):
        sweep(model, voltages, fake_simulator(model, voltages, lost=1))


def test_the_result_is_written_with_its_voltages(tmp_path):
    model = random_network()
    voltages = random_voltages(model, 7)
    sweep(model, voltages, fake_simulator(model, voltages)).write(tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "e0,e1,e2,current_A,simulated_current_A"
    assert len(lines) == 8
    (tmp_path / "v.csv").write_text("\n".join(",".join(x.split(",")[:3]) for x in lines))
    np.testing.assert_array_equal(read_voltages(tmp_path / "v.csv", 3), voltages)


@pytest.mark.parametrize(
    ("row", "electrode", "value", "message"),
    [(2, 1, np.nan, "not a finite"), (0, 2, 0.6, "safe range"), (4, 0, -1.1, "-1 V to 0.5 V")],
)
def test_bad_voltages_are_named_by_row_and_column(row, electrode, value, message):
    model = random_network()
    voltages = random_voltages(model, 5)
    voltages[row, electrode] = value

    def never(deck, traces, name):
        raise AssertionError("nothing may be simulated")

    with pytest.raises(InputError, match=message) as caught:
        sweep(model, voltages, never, file="v.csv")
    assert caught.value.key == f"row {row + 1}, column e{electrode}"
    assert caught.value.file == "v.csv"


def test_voltages_outside_are_allowed_by_flag():
    model = random_network()
    voltages = random_voltages(model, 5) + 2.0
    result = sweep(model, voltages, fake_simulator(model, voltages), allow_outside=True)
    assert result.largest_difference == 0


@pytest.mark.parametrize("shape", [(0, 3), (4, 2), (3,)])
def test_another_shape_is_refused(shape):
    with pytest.raises(InputError, match="3 voltages"):
        sweep(random_network(), np.zeros(shape), lambda deck, traces, name: None)
