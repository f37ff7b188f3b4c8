"""Defaults that follow from other keys, filled in once every table is read."""

from __future__ import annotations

from typing import Any, TypeVar

from hgecircuit.spec.blocks import BlocksSpec
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.loop import CoherentLoop, LoopSpec, StreamLoop
from hgecircuit.spec.signals import (
    ExplicitPlan,
    GateFilter,
    GolombPlan,
    PerturbationSpec,
)
from hgecircuit.spec.task import DeviceSpec, StartSpec

_Spec = TypeVar("_Spec", bound=CircuitSpec)

# Lowest carrier and spacing, in units of 1/time. With the gate these are DESIGN's coherent sets
# {4, 5, 7} and {12, 13, 16, 21, 23}. With the Butterworth, 4/time is where Boon 2025, Fig. 3b has
# the parallel error meet the sequential one (40 Hz at T = 0.1 s); at 10/time the ripple at twice
# the carrier is below 1e-4.
_GRID = {
    ("quadrature", "gate"): (4.0, 1.0),
    ("golomb", "gate"): (12.0, 1.0),
    ("quadrature", "butterworth"): (10.0, 4.0),
    ("golomb", "butterworth"): (20.0, 4.0),
}


def complete(spec: _Spec) -> _Spec:
    """The circuit with every derived default filled in, and one value per electrode.

    Lists of a wrong length stay as they are, for the checks to refuse.
    """
    perturbation = _perturbation(spec, len(spec.device.controls))
    return spec.model_copy(
        update={
            "title": spec.title or spec.name,
            "device": _device(spec.device),
            "perturbation": perturbation,
            "loop": _loop(spec.loop, spec.lock_in.time_s, _lowest_hz(perturbation)),
            "start": _start(spec.start),
            "blocks": _blocks(spec.blocks),
        }
    )


def _spread(values: tuple[float, ...] | None, count: int) -> tuple[float, ...] | None:
    return values * count if values is not None and len(values) == 1 else values


def _device(device: DeviceSpec) -> DeviceSpec:
    inputs, controls = len(device.inputs), len(device.controls)
    return device.model_copy(
        update={
            "logic_low_v": _spread(device.logic_low_v, inputs),
            "logic_high_v": _spread(device.logic_high_v, inputs),
            "control_min_v": _spread(device.control_min_v, controls),
            "control_max_v": _spread(device.control_max_v, controls),
        }
    )


def _perturbation(spec: CircuitSpec, controls: int) -> PerturbationSpec:
    plan = spec.perturbation
    update: dict[str, Any] = {"amplitude_v": _spread(plan.amplitude_v, controls)}
    if isinstance(plan, ExplicitPlan):
        if plan.phases_rad is None:
            update["phases_rad"] = (0.0,) * len(plan.frequencies_hz)
        return plan.model_copy(update=update)
    kind = "golomb" if isinstance(plan, GolombPlan) else "quadrature"
    filter_kind = "gate" if isinstance(spec.lock_in, GateFilter) else "butterworth"
    lowest, spacing = _GRID[kind, filter_kind]
    if plan.lowest_hz is None:
        update["lowest_hz"] = lowest / spec.lock_in.time_s
    if plan.spacing_hz is None:
        update["spacing_hz"] = spacing / spec.lock_in.time_s
    return plan.model_copy(update=update)


def _lowest_hz(plan: PerturbationSpec) -> float:
    lowest_hz = min(plan.frequencies_hz) if isinstance(plan, ExplicitPlan) else plan.lowest_hz
    assert lowest_hz is not None  # filled in before
    return lowest_hz


def _loop(loop: LoopSpec, time_s: float, lowest_hz: float) -> LoopSpec:
    if isinstance(loop, StreamLoop):
        names = ("transfer_time_s", "evaluation_time_s", "blank_time_s")
        defaults: dict[str, Any] = dict.fromkeys(names, time_s / 10)
    elif isinstance(loop, CoherentLoop):
        defaults = {
            "evaluation_time_s": time_s / 10,
            "blank_time_s": time_s / 10,
            "transfer_time_s": time_s / 5,
        }
    else:
        defaults = {
            "blank_time_s": time_s / 4,
            "update_time_s": time_s,
            "coupling_cutoff_hz": lowest_hz / 3,
        }
    if not isinstance(loop, StreamLoop) and loop.error == "correlation":
        defaults |= {"error_scale_a": 5e-9, "error_separation": "mean"}
    missing = {name: value for name, value in defaults.items() if getattr(loop, name) is None}
    return loop.model_copy(update=missing)


def _blocks(blocks: BlocksSpec) -> BlocksSpec:
    names = BlocksSpec.model_fields
    missing = {name: blocks.fidelity for name in names if getattr(blocks, name) is None}
    return blocks.model_copy(update=missing)


def _start(start: StartSpec) -> StartSpec:
    if start.seed is None and start.voltages_v is None:
        return start.model_copy(update={"seed": 1})
    return start
