"""Evaluates a model in Python and in a simulator on the same voltages and compares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.table import write_columns
from hgecircuit.errors import InputError, SimulatorError
from hgecircuit.netlist import GROUND, Circuit, format_number
from hgecircuit.record import Record

# Deck, traces by name, name of the run -> record whose axis is the swept row number.
RunDeck = Callable[[str, Mapping[str, str], str], Record]
# ngspice reads a pwl() in a time that grows with the square of its points.
_ROWS_PER_DECK = 1000
_CURRENT = "current"
_TOLERANCE_V = 1e-9


@dataclass(frozen=True, eq=False)
class Sweep:
    """Both worlds' currents at the same voltages.

    Attributes:
        voltages_v: Shape (n, M), in V.
        python_a: Currents of the model in Python, shape (n,), in A.
        simulator_a: Currents of its subcircuit, shape (n,), in A.
        current_range_a: The model's range, in A.
        provenance: The simulator's own words about its runs.
    """

    voltages_v: np.ndarray
    python_a: np.ndarray
    simulator_a: np.ndarray
    current_range_a: float
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def largest_difference(self) -> float:
        """Largest difference of both currents, as a share of the model's current range."""
        return float(np.abs(self.python_a - self.simulator_a).max() / self.current_range_a)

    def write(self, path: str | Path) -> None:
        """Write CSV: ``e0..``, ``current_A`` (Python) and ``simulated_current_A``."""
        header = [f"e{index}" for index in range(self.voltages_v.shape[1])]
        columns = np.column_stack([self.voltages_v, self.python_a, self.simulator_a])
        write_columns(path, [*header, "current_A", "simulated_current_A"], columns)


def sweep(
    model: DeviceModel,
    voltages_v: np.ndarray,
    run_deck: RunDeck,
    *,
    allow_outside: bool = False,
    file: str | Path | None = None,
) -> Sweep:
    """Evaluate ``model`` in Python and in a simulator.

    Args:
        model: Any device.
        voltages_v: Shape (n, M), in V.
        run_deck: Runs a deck and returns a record whose axis is the swept row number, for example
            ``lambda deck, traces, name: Ngspice().run(deck, folder, traces=traces, name=name)``.
        allow_outside: Accept voltages outside the safe ranges, where the model extrapolates.
        file: Where the voltages come from, for error messages.

    Raises:
        InputError: No rows, another number of electrodes, not finite, or outside the ranges.
        SimulatorError: The simulator failed or left rows out.
    """
    voltages = _check_voltages(model, voltages_v, allow_outside, file)
    parts, wall_s, provenance = [], 0.0, {}
    for number, start in enumerate(range(0, len(voltages), _ROWS_PER_DECK)):
        rows = voltages[start : start + _ROWS_PER_DECK]
        record = run_deck(sweep_deck(model, rows), {_CURRENT: "i(vout)"}, f"sweep_{number}")
        if len(record.time_s) < len(rows):
            raise SimulatorError(f"{len(record.time_s)} of {len(rows)} rows were simulated")
        parts.append(np.asarray(record[_CURRENT])[: len(rows)])
        provenance = dict(record.provenance)
        wall_s += float(provenance.get("wall_s", 0.0))
    return Sweep(
        voltages,
        model.current_a(voltages),
        np.concatenate(parts),
        model.current_range_a,
        {**provenance, "wall_s": wall_s, "decks": len(parts)},
    )


def sweep_deck(model: DeviceModel, voltages_v: np.ndarray) -> str:
    """A deck that steps the electrodes through rows of voltages by a ``.dc`` analysis.

    Args:
        model: The device.
        voltages_v: Shape (n, M), in V.
    """
    circuit = Circuit(f"sweep of {model.name}")
    circuit.voltage("row", "row", GROUND, 0.0)
    for electrode in range(model.electrodes):
        points = [f"{row}, {format_number(v)}" for row, v in enumerate(voltages_v[:, electrode])]
        # a second point for a single row, and the last row's flat end
        points.append(f"{len(points)}, {format_number(voltages_v[-1, electrode])}")
        circuit.behavioural_voltage(
            f"e{electrode}", f"e{electrode}", GROUND, f"pwl(v(row), {', '.join(points)})"
        )
    electrodes = [f"e{electrode}" for electrode in range(model.electrodes)]
    circuit.instance("device", model.subcircuit(), [*electrodes, "out"])
    circuit.voltage("out", "out", GROUND, 0.0)
    # Newton ends one step after the tolerances are met, so these are far below 1e-6 of the range
    abstol = format_number(1e-9 * model.current_range_a)
    circuit.directive(f".options reltol=1e-9 vntol=1e-12 abstol={abstol} itl2=200")
    circuit.directive(f".dc vrow 0 {max(len(voltages_v) - 1, 1)} 1")
    circuit.directive(".save i(vout)")
    return circuit.write()


def _check_voltages(
    model: DeviceModel, voltages_v: np.ndarray, allow_outside: bool, file: str | Path | None
) -> np.ndarray:
    voltages = np.asarray(voltages_v, dtype=float)
    if voltages.ndim != 2 or voltages.shape[1] != model.electrodes or not len(voltages):
        raise InputError(
            "not a list of electrode voltages",
            file=file,
            value=voltages.shape,
            expected=f"at least one row of {model.electrodes} voltages",
        )
    if not np.isfinite(voltages).all():
        row, electrode = np.argwhere(~np.isfinite(voltages))[0]
        raise InputError(
            "not a finite voltage",
            file=file,
            key=f"row {row + 1}, column e{electrode}",
            value=float(voltages[row, electrode]),
        )
    outside = (voltages < model.voltage_min_v - _TOLERANCE_V) | (
        voltages > model.voltage_max_v + _TOLERANCE_V
    )
    if outside.any() and not allow_outside:
        row, electrode = np.argwhere(outside)[0]
        low, high = model.voltage_min_v[electrode], model.voltage_max_v[electrode]
        raise InputError(
            f"outside the safe range of {model.name}",
            file=file,
            key=f"row {row + 1}, column e{electrode}",
            value=float(voltages[row, electrode]),
            expected=f"{low:g} V to {high:g} V",
        )
    return voltages
