"""What the limits of real parts allow a lock-in's gain and the electrodes' voltages to be off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hgecircuit.design.components import Workbench
from hgecircuit.spec.blocks import BlocksSpec


@dataclass(frozen=True)
class Tolerances:
    """Linear worst case over the limits of data sheets and tolerances, and rounding to E series.

    Attributes:
        gain: Relative error of every channel's gain, shape (C,).
        electrode_v: Error of every electrode's voltage, shape (M,).
        offset_v: What offsets of demodulators and accumulators add to a reading, shape (C,): over
            one gate, or over two of either sign where the perturbation is chopped.
    """

    gain: np.ndarray
    electrode_v: np.ndarray
    offset_v: np.ndarray


def tolerances_of(
    values: Mapping[str, Any], blocks: BlocksSpec, workbench: Workbench
) -> Tolerances:
    """Of all component-level blocks in the gradient's way, and what electrodes are off by.

    Behavioural adders and level drivers have errors of known size instead of limits.

    Args:
        values: The design's values by attribute, and its behavioural blocks by field.
        blocks: Fidelity of every block.
        workbench: The parts.
    """
    channels, task = len(values["weights"]), values["task"]
    gain, electrode_v = np.zeros(channels), np.zeros(len(task.inputs) + len(task.controls))

    def worst(figure: Callable[[Workbench], Any], wanted: np.ndarray) -> np.ndarray:
        nominal = np.asarray(figure(workbench.nominal))
        spread = workbench.lot.worst_case(lambda lot: figure(replace(workbench, lot=lot)))
        return np.abs(nominal - wanted) + spread

    ends_v = np.array([[one.minimum_v, one.maximum_v] for one in values["weights"]])
    if blocks.adder == "component":
        wanted = np.asarray(values["amplitudes_v"])[:, None]
        amplitudes = worst(
            lambda bench: [np.abs(part.amplitudes_v) for part in bench.adders(values)], wanted
        )
        gain += amplitudes.max(axis=1) / wanted[:, 0]
        zeros = np.zeros((channels, 1))
        electrode_v[list(task.controls)] = worst(
            lambda bench: [
                part.weight_gain * ends + part.offset_v
                for part, ends in zip(bench.adders(values), ends_v, strict=True)
            ],
            ends_v + zeros,
        ).max(axis=1)
    else:
        electrode_v[list(task.controls)] = [
            np.abs(part.gain_error * ends + part.offset_v).max()
            for part, ends in zip(values["adders"], ends_v, strict=True)
        ]
    if blocks.level_driver == "component":
        wanted = np.stack([task.low_v, task.high_v], axis=1)
        electrode_v[list(task.inputs)] = worst(
            lambda bench: [part.levels_v for part in bench.level_drivers(values)], wanted
        ).max(axis=1)
    else:
        levels_v = np.array([part.low_v for part in values["level_drivers"]])
        electrode_v[list(task.inputs)] = np.abs(levels_v - task.low_v)
    if blocks.iv_converter == "component":
        frequencies_hz = np.asarray(values["bank"].frequencies_hz)
        # Its nominal response is the chain's, for which readings are corrected.
        nominal = np.abs(values["iv"].response(frequencies_hz))
        gain += worst(lambda bench: np.abs(bench.iv(values).response(frequencies_hz)), nominal) / (
            nominal
        )
    if blocks.multiplier == "component":
        wanted = values.get("demodulator_gain", 1.0)
        slopes = worst(lambda bench: [part.slope for part in bench.demodulators(values)], wanted)
        gain += slopes / wanted
    if "accumulators" in values:
        if blocks.mixer == "component":
            wanted = values["mixer_gain"]
            gain += worst(lambda bench: bench.mixer(values).slope, wanted) / wanted
        if blocks.integrator == "component":
            gain += _integrators(values, workbench, worst)
    offset_v = np.zeros(channels)
    if "lowpass" in values:
        offset_v = _filtered_offsets_v(values, blocks, worst)
        if blocks.lowpass == "component":
            time_s = values["timing"].settle_s
            settled = np.asarray(values["lowpass"].real.step(time_s))
            gain += worst(
                lambda bench: [one.real.step(time_s) for one in bench.lowpasses(values)], settled
            )
        if blocks.coupling == "component":
            frequencies_hz = np.asarray(values["bank"].frequencies_hz)
            passed = np.abs(values["coupling"].response(frequencies_hz))
            gain += worst(
                lambda bench: np.abs(bench.coupling_block(values).response(frequencies_hz)), passed
            )
    if "accumulators" in values and "component" in (blocks.multiplier, blocks.integrator):
        offset_v = worst(lambda bench: _offsets_v(values, blocks, bench), offset_v)
    return Tolerances(gain, electrode_v, offset_v)


def _offsets_v(values: Mapping[str, Any], blocks: BlocksSpec, bench: Workbench) -> list[float]:
    """What is in every accumulator without a signal."""
    timing = values["timing"]
    before_v = [0.0] * len(values["weights"])
    if blocks.multiplier == "component":
        before_v = [part.offset_v for part in bench.demodulators(values)]
    if blocks.integrator != "component":
        taus_s = [part.tau_s for part in values["accumulators"]]
        time_s = 0.0 if timing.chopped else timing.gate_s
        return [offset_v * time_s / tau_s for offset_v, tau_s in zip(before_v, taus_s, strict=True)]
    found = []
    for offset_v, part in zip(before_v, bench.accumulators(values), strict=True):
        held_v = part.gate_step_v(bench.edge_s) + part.hold_v_per_s * timing.blank_s
        if timing.chopped:
            total_v = part.chopped_offset_v(offset_v, 2 * timing.gate_s) + 2 * held_v
        else:
            rate = part.offset_rates_v_per_s[0] + part.gains[0] * offset_v / part.tau_s
            total_v = rate * timing.gate_s + held_v
        found.append(total_v)
    return found


def _filtered_offsets_v(
    values: Mapping[str, Any],
    blocks: BlocksSpec,
    worst: Callable[[Callable[[Workbench], Any], np.ndarray], np.ndarray],
) -> np.ndarray:
    """What is behind every low-pass without a signal."""
    total_v = np.zeros(len(values["weights"]))
    if blocks.multiplier == "component":
        total_v += worst(
            lambda bench: [part.offset_v for part in bench.demodulators(values)], 0 * total_v
        )
    if blocks.lowpass == "component":
        total_v += worst(
            lambda bench: [part.offset_v for part in bench.lowpasses(values)], 0 * total_v
        )
    return total_v


def _integrators(
    values: Mapping[str, Any],
    workbench: Workbench,
    worst: Callable[[Callable[[Workbench], Any], np.ndarray], np.ndarray],
) -> np.ndarray:
    """Of the accumulators' time constants, and of the gates that their switches really make."""
    wanted = np.array([one.tau_s for one in values["accumulators"]])
    taus = worst(lambda bench: [one.tau_s for one in bench.accumulators(values)], wanted) / wanted
    excess_s = [one.gate_excess_s(workbench.edge_s) for one in workbench.accumulators(values)]
    return taus + np.abs(excess_s) / values["timing"].gate_s
