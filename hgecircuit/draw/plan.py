"""Where the blocks of the block diagrams stand and how their connections run: one table per loop.

Columns and rows count from the upper left. A route starts at a block's side, goes on by ``x`` and
``y`` in columns and rows, and ends at another side; a side is L, R, T or B with the share of it
from the left or from below. Connections without a route are written inside their block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Route(NamedTuple):
    """How a connection runs.

    Attributes:
        start: Side and share where it leaves.
        end: Side and share where it arrives.
        by: Coordinates on its way, each with its axis.
    """

    start: str
    end: str
    by: tuple[tuple[str, float], ...] = ()


class Plan(NamedTuple):
    """One loop's block diagram.

    Attributes:
        places: Column and row of every family of blocks.
        routes: Connections that are drawn.
    """

    places: Mapping[str, tuple[float, float]]
    routes: Mapping[tuple[str, str], Route]


#: What a block does, by its family's name in the deck.
WORDS = {
    "sequencer": "sequencer",
    "slot_sequencer": "sequencer of a slot",
    "batch_sequencer": "sequencer of a batch",
    "oscillators": "oscillator bank",
    "pattern": "pattern levels",
    "memory": "pattern memory",
    "adder": "perturbation adder",
    "device": "device",
    "noise": "device noise",
    "iv": "current to voltage",
    "hold": "sample-and-hold",
    "readout": "error circuit",
    "selector": "pattern selector",
    "mixer": "mixer",
    "demod": "demodulator",
    "acc": "accumulator",
    "latch": "latch",
    "step": "step limiter",
    "open": "always open",
    "weight": "weight integrator",
    "coupling": "AC coupling",
    "listen": "gate switch",
    "lowpass": "low-pass",
    "lowpass_y": "low-pass of the output",
    "product": "product",
}

_FRONT = {
    ("oscillators", "adder"): Route("R.5", "L.5"),
    ("adder", "device"): Route("R.5", "L.5"),
    ("pattern", "device"): Route("B.5", "T.5"),
    ("device", "iv"): Route("R.5", "L.5"),
    ("noise", "iv"): Route("R.5", "L.2", (("x", 2.85),)),
    ("oscillators", "demod"): Route("T.5", "T.6", (("y", -0.5),)),
    ("weight", "adder"): Route("T.5", "B.5"),
}
_GATED = {
    ("iv", "hold"): Route("T.5", "B.5"),
    ("iv", "mixer"): Route("R.35", "L.35"),
    ("hold", "readout"): Route("R.5", "L.5"),
    ("readout", "mixer"): Route("B.75", "L.75"),
    ("mixer", "demod"): Route("R.5", "L.5"),
    ("demod", "acc"): Route("B.5", "T.5"),
    ("acc", "step"): Route("L.5", "R.5"),
    ("acc", "weight"): Route("B.5", "R.35"),
    ("step", "weight"): Route("B.3", "R.65"),
}
_PLACES = {
    "sequencer": (1, 0),
    "slot_sequencer": (1, 0),
    "batch_sequencer": (0, 2),
    "oscillators": (0, 1),
    "pattern": (2, 0),
    "memory": (2, 0),
    "adder": (1, 1),
    "device": (2, 1),
    "noise": (2, 2),
    "iv": (3, 1),
    "weight": (1, 3),
}
_GATED_PLACES = _PLACES | {
    "hold": (3, 0),
    "readout": (4, 0),
    "mixer": (5, 1),
    "demod": (6, 1),
    "acc": (6, 2),
    "step": (5, 2),
}
COHERENT = Plan(
    _GATED_PLACES
    | {
        "selector": (5, 0),
        "latch": (4, 2),
    },
    _FRONT
    | _GATED
    | {
        ("hold", "selector"): Route("T.6", "T.4", (("y", -0.37),)),
        ("selector", "mixer"): Route("B.5", "T.5"),
        ("readout", "latch"): Route("B.25", "T.25"),
        ("latch", "step"): Route("R.5", "L.5"),
    },
)
STREAM = Plan(
    _GATED_PLACES
    | {
        "open": (4, 2),
    },
    _FRONT
    | _GATED
    | {
        ("hold", "mixer"): Route("T.7", "T.5", (("y", -0.345), ("x", 5.35))),
        ("memory", "device"): Route("B.5", "T.5"),
        ("memory", "readout"): Route("T.5", "T.4", (("y", -0.405),)),
        ("open", "step"): Route("R.5", "L.5"),
    },
)
CONTINUOUS = Plan(
    _PLACES
    | {
        "lowpass_y": (3, 0),
        "hold": (4, 0),
        "readout": (5, 0),
        "coupling": (4, 1),
        "listen": (5, 1),
        "demod": (6, 1),
        "lowpass": (6, 2),
        "product": (6, 3),
    },
    _FRONT
    | {
        ("iv", "lowpass_y"): Route("T.5", "B.5"),
        ("lowpass_y", "hold"): Route("R.5", "L.5"),
        ("hold", "readout"): Route("R.5", "L.5"),
        ("iv", "coupling"): Route("R.5", "L.5"),
        ("coupling", "listen"): Route("R.5", "L.5"),
        ("listen", "demod"): Route("R.5", "L.5"),
        ("demod", "lowpass"): Route("B.5", "T.5"),
        ("lowpass", "product"): Route("B.5", "T.5"),
        ("readout", "product"): Route("R.5", "L.75", (("x", 5.79),)),
        ("product", "weight"): Route("L.35", "R.35"),
    },
)
