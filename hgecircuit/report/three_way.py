"""The rig in a report: the three-way table and the data behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hgecircuit.compare.three_way import ThreeWay
from hgecircuit.report.blocks import Block, Code, Paragraph, Strong, Table, Text
from hgecircuit.report.plain import format_value
from hgecircuit.run.reference import write_history

RIG_FILE = "rig.nc"
TRAINING_FILE = "rig-training.nc"
#: The three by name, and in words.
SIDES = {"reference": "digital reference", "ngspice": "ngspice", "rig": "rig"}
_HEADINGS = (
    "channel",
    "reference",
    "ngspice less reference",
    "analog budget",
    "rig less reference",
    "noise",
    "converters",
    "latency",
    "gain",
    "rest",
)
#: Columns of the table, each also a key of :meth:`ThreeWay.rows`.
KEYS = (
    "reference",
    "ngspice_less_reference",
    "analog_budget",
    "rig_less_reference",
    "noise",
    "converters",
    "latency",
    "gain",
    "rest",
)


def three_way_section(result: ThreeWay | None) -> list[Block]:
    """Derivatives and truth tables of reference, circuit and rig; nothing without a rig."""
    if result is None:
        return []
    made = result.training
    rows: list[Sequence[Text]] = []
    for row in result.rows():
        cells = [f"{1e9 * float(row[key]):.3g}" for key in KEYS]
        name = str(row["channel"])
        rows.append([Strong(name) if name == "all" else name, *cells])
    return [
        Paragraph(
            f"Rig: {result.place}; calibration: {result.calibration}. Derivatives at"
            f" {len(result.rig.measured)} operating points, {result.rig.repetitions} times each;"
            f" trained from the circuit's own start: {int(made.iterations[0])} iterations."
        ),
        Paragraph(
            "Root mean square over the operating points, in nA/V. What sets ngspice and reference"
            " apart stands beside the circuit's error budget; what sets rig and reference apart,"
            " beside its causes: noise (one standard deviation, from the repetitions) and"
            " converters as expected; delay and gain as found in the data, at the carriers; the"
            " rest is what none of these explains, noise included."
        ),
        Table("Derivatives three ways, in nA/V", _HEADINGS, rows, "lrrrrrrrrr"),
        *_learned(result),
    ]


def three_way_data(result: ThreeWay | None) -> dict[str, Any] | None:
    """Plain data for ``report.json``."""
    if result is None:
        return None
    training = result.training
    return {
        "place": result.place,
        "calibration": result.calibration,
        "repetitions": result.rig.repetitions,
        "channels": [
            {
                "channel": row["channel"],
                **{f"{key}_A_per_V": row[key] for key in KEYS},
            }
            for row in result.rows()
        ],
        "truth_tables": result.truth_tables,
        "training_accuracies": _shares(result, "training"),
        "test_accuracies": _shares(result, "test"),
        "outputs_A": dict(result.outputs_a),
        "losses": dict(result.losses),
        "margins_A": dict(result.margins_a),
        "iterations": int(training.iterations[0]),
        "final_V": training.final_voltages_v[0],
    }


def _shares(result: ThreeWay, points: str) -> dict[str, float] | None:
    if result.accuracies is None:
        return None
    return {side: float(getattr(one, points)) for side, one in result.accuracies.items()}


def write_three_way(result: ThreeWay, folder: Path) -> None:
    """Write the three gradients with their terms, and the rig's training, as netCDF."""
    import xarray

    rig, gradient = result.rig, result.gradient
    dimensions = ("point", "control")
    arrays = {
        "reference_A_per_V": gradient.reference,
        "ngspice_A_per_V": gradient.measured,
        "rig_A_per_V": rig.measured,
        "analog_budget_A_per_V": gradient.reference_bound_a_per_v,
        **{f"expected_{name}_A_per_V": term for name, term in rig.terms_a_per_v.items()},
        **{f"found_{name}_A_per_V": part for name, part in rig.found_a_per_v.items()},
    }
    variables: dict[str, Any] = {
        name: (dimensions, np.asarray(values), {"units": "A/V"}) for name, values in arrays.items()
    }
    variables["point_V"] = (("point", "electrode"), gradient.points_v, {"units": "V"})
    dataset = xarray.Dataset(
        variables,
        {"control": np.array(result.controls)},
        {"place": result.place, "calibration": result.calibration},
    )
    dataset.to_netcdf(folder / RIG_FILE, engine="h5netcdf")
    write_history(result.training, folder / TRAINING_FILE)


def _learned(result: ThreeWay) -> list[Block]:
    """Truth tables, or the accuracy of a task with test points."""
    if result.accuracies is None:
        words = "Trained outputs with the perturbation off, in nA, and their bits:"
        return [Paragraph(words), _truth_table(result)]
    rows = [
        [words, f"{100 * float(one.training):.1f} %", f"{100 * float(one.test):.1f} %"]
        for words, one in ((SIDES[side], result.accuracies[side]) for side in SIDES)
    ]
    return [
        Paragraph(
            f"Points told right after training ({len(result.targets)} training points),"
            " perturbation off, at the threshold that is best for the training points:"
        ),
        Table("Accuracy three ways", ("", "training points", "test points"), rows, "lrr"),
    ]


def _truth_table(result: ThreeWay) -> Table:
    bits = result.truth_tables
    rows: list[Sequence[Text]] = []
    for k, pattern in enumerate(result.patterns):
        cells: list[Text] = [Code(pattern), str(int(result.targets[k]))]
        for side in SIDES:
            cells += [f"{1e9 * result.outputs_a[side][k]:.2f}", bits[side][k]]
        rows.append(cells)
    margins = [format_value(result.margins_a[side], "A") for side in SIDES]
    rows.append(["margin", "", *(cell for margin in margins for cell in (margin, ""))])
    headings = ("pattern", "wanted", *(cell for name in SIDES.values() for cell in (name, "bit")))
    return Table("Truth tables three ways", headings, rows, "lrrrrrrr")
