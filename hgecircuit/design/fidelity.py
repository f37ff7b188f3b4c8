"""From a design's values to the parts that its blocks are built of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hgecircuit.design.blocks import CoherentBlocks, ContinuousBlocks, GatedBlocks
from hgecircuit.design.components import COHERENT, CONTINUOUS, Maker, Workbench
from hgecircuit.design.design import Task
from hgecircuit.design.timing import CoherentTiming
from hgecircuit.design.tolerances import Tolerances, tolerances_of
from hgecircuit.parts.adders import PatternAdder, PerturbationAdder
from hgecircuit.parts.followed import Followed
from hgecircuit.parts.multipliers.mixer import Mixer
from hgecircuit.parts.selector import Selector
from hgecircuit.parts.switches.gate import GateSwitch
from hgecircuit.spec.circuit import CircuitSpec

# Behavioural blocks whose output is a bare capacitor or a current into 1 ohm: what resistors at the
# inputs of real parts would load.
_BARE = (
    ("sample_holds", "out"),
    ("selector", "out"),
    ("accumulators", "out"),
    ("weights", "w"),
)


def coherent_blocks(
    values: Mapping[str, Any], spec: CircuitSpec
) -> tuple[CoherentBlocks, Tolerances]:
    """Blocks of the coherent loop, and their tolerances.

    Args:
        values: The design's values by attribute.
        spec: What the circuit file asks for.
    """
    blocks = {
        **_common(values, spec, gated=True),
        "selector": Selector(len(values["task"].targets)),
        "mixer": Mixer(values["multiplier"]),
        "accumulators": values["accumulators"],
        "step": values["limiter"],
        "latch": values["latch"],
    }
    return CoherentBlocks(**_at_fidelity(blocks, COHERENT, values, spec)), _tolerances(
        blocks, values, spec
    )


def continuous_blocks(
    values: Mapping[str, Any], spec: CircuitSpec
) -> tuple[ContinuousBlocks, Tolerances]:
    """Blocks of the continuous loop, and their tolerances.

    For the arguments see :func:`coherent_blocks`.
    """
    lowpass = values["lowpass"]
    channels = len(values["weights"])
    blocks = {
        **_common(values, spec, gated=False),
        "coupling": values["coupling"],
        "listen": GateSwitch(),
        "lowpasses": (lowpass,) * channels,
        "lowpass_y": lowpass,
        "products": (values["multiplier"],) * channels,
    }
    return ContinuousBlocks(**_at_fidelity(blocks, CONTINUOUS, values, spec)), _tolerances(
        blocks, values, spec
    )


def _at_fidelity(
    blocks: Mapping[str, Any],
    makers: Mapping[str, Mapping[str, Maker]],
    values: Mapping[str, Any],
    spec: CircuitSpec,
) -> dict[str, Any]:
    """The blocks, those of component fidelity built of parts and all others able to drive them."""
    workbench = Workbench.of(spec.components, values["timing"].edge_s)
    built = {
        field: make(workbench, {**values, **blocks})
        for block, fields in makers.items()
        if getattr(spec.blocks, block) == "component"
        for field, make in fields.items()
    }
    if not built:
        return dict(blocks)
    followed = {field: _follow(blocks[field], port) for field, port in _BARE if field in blocks}
    return {**blocks, **followed, **built}


def _tolerances(
    blocks: Mapping[str, Any], values: Mapping[str, Any], spec: CircuitSpec
) -> Tolerances:
    workbench = Workbench.of(spec.components, values["timing"].edge_s)
    return tolerances_of({**values, **blocks}, spec.blocks, workbench)


def _follow(part: Any, port: str) -> Any:
    if isinstance(part, tuple):
        return tuple(Followed(one, port) for one in part)
    return Followed(part, port)


def stream_blocks(values: Mapping[str, Any], spec: CircuitSpec) -> tuple[GatedBlocks, Tolerances]:
    """Blocks of the stream loop, all behavioural, and their tolerances: none.

    For the arguments see :func:`coherent_blocks`.
    """
    channels, task = len(values["weights"]), values["task"]
    blocks = {
        **_common(values, spec, gated=True),
        "level_drivers": (),
        "sample_holds": (values["sample_hold"],),
        "mixer": Mixer(values["multiplier"]),
        "accumulators": values["accumulators"],
        "step": values["limiter"],
    }
    zeros = np.zeros(channels)
    electrodes = len(task.inputs) + len(task.controls)
    return GatedBlocks(**blocks), Tolerances(zeros, np.zeros(electrodes), zeros)


def _common(values: Mapping[str, Any], spec: CircuitSpec, *, gated: bool) -> dict[str, Any]:
    task: Task = values["task"]
    channels = len(values["weights"])
    chopped = isinstance(timing := values["timing"], CoherentTiming) and timing.chopped
    level_v, adder = 0.0, {}
    if spec.blocks.level_driver == "behavioural":
        level_v = spec.level_driver.offset_v
    if spec.blocks.adder == "behavioural":
        adder = {"gain_error": spec.adder.gain_error, "offset_v": spec.adder.offset_v}
    return {
        "sequencer": _as_asked,
        "oscillators": values["bank"],
        "level_drivers": tuple(
            PatternAdder(
                float(low_v) + level_v, float(high_v) + level_v, tuple(int(bit) for bit in bits)
            )
            for low_v, high_v, bits in zip(task.low_v, task.high_v, task.bits.T, strict=True)
        ),
        "adders": tuple(
            PerturbationAdder(one, gated, chopped, **adder) for one in values["amplitudes_v"]
        ),
        "iv": values["iv"],
        "sample_holds": (values["sample_hold"],) * len(task.targets),
        "readout": values["readout"],
        "demodulators": (values["multiplier"],) * channels,
        "weights": values["weights"],
    }


def _as_asked(sequencer: Any) -> Any:
    return sequencer
