"""The key figures on the blocks of a block diagram, from the design behind the netlist."""

from __future__ import annotations

from collections.abc import Sequence

from hgecircuit.design.design import (
    CoherentDesign,
    CommonDesign,
    ContinuousDesign,
    Design,
    GatedDesign,
)
from hgecircuit.draw.values import format_quantity


def block_figures(design: Design) -> dict[str, list[str]]:
    """Lines of text by the name of a family of blocks."""
    figures = _common(design)
    if isinstance(design, GatedDesign):
        gate = format_quantity(design.timing.gate_s, "s")
        taus = [one.tau_s for one in design.accumulators]
        figures["acc"] = [f"gate {gate}", f"τ = {_span(taus, 's')}"]
        figures["step"] = [f"limit {format_quantity(design.limiter.limit_v, 'V')}"]
    if isinstance(design, CoherentDesign):
        figures["latch"] = [f"threshold {format_quantity(design.latch.threshold_v, 'V')}"]
    if isinstance(design, ContinuousDesign):
        figures["coupling"] = [f"above {_rounded(design.coupling.cutoff_hz, 'Hz')}"]
        prototype = design.lowpass.prototype
        below = f"below {_rounded(prototype.cutoff_hz, 'Hz')}"
        figures["lowpass"] = figures["lowpass_y"] = [f"order {prototype.order}", below]
    return figures


def _common(design: CommonDesign) -> dict[str, list[str]]:
    frequencies = list(dict.fromkeys(design.bank.frequencies_hz))
    controls = design.task.controls
    low = min(weight.minimum_v for weight in design.weights)
    high = max(weight.maximum_v for weight in design.weights)
    hold = design.sample_hold
    return {
        "oscillators": [_listed(frequencies, "Hz")],
        "adder": [f"amplitude {_span(design.amplitudes_v, 'V')}"],
        "device": [
            design.device.name,
            f"inputs {_numbers(design.task.inputs)}",
            f"controls {_numbers(controls)}",
        ],
        "iv": [f"{_rounded(design.iv.gain_ohm, 'V/A')}"],
        "hold": [f"τ = {_rounded(hold.tau_s, 's')}"],
        "weight": [f"{_rounded(low, 'V')} to {_rounded(high, 'V')}"],
    }


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _rounded(value: float, unit: str) -> str:
    """Four digits: these figures tell what a block is for; its sheet has the values."""
    return format_quantity(float(f"{value:.4g}"), unit)


def _span(values: Sequence[float], unit: str) -> str:
    low, high = min(values), max(values)
    if low == high:
        return _rounded(low, unit)
    return f"{_rounded(low, unit)} to {_rounded(high, unit)}"


def _listed(values: Sequence[float], unit: str) -> str:
    if len(values) > 5:
        return f"{len(values)} carriers, {_span(values, unit)}"
    return ", ".join(f"{value:.4g}" for value in values) + f" {unit}"
