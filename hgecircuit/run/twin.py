"""The coherent loop in numbers: one epoch per step, many starts at once, exact derivatives.

It is what the circuit comes to at the end of every window, by the sizing laws and ideal responses
of its own behavioural parts, offsets and drift included; carriers, edges, noise and what blocks of
real parts add are left out. An epoch of one start takes some ten microseconds, where the simulator
takes tens of milliseconds. So it can tell which electrodes, ranges and settings are worth a
simulation. That a circuit learns, only the simulation shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.design import CoherentDesign
from hgecircuit.parts.adders import PatternAdder, PerturbationAdder
from hgecircuit.parts.affine_readout import AffineReadout


@dataclass(frozen=True)
class TwinRun:
    """N epochs from S starts.

    Attributes:
        weights_v: Control voltages at the start and at the end of every epoch, shape
            (N + 1, S, C), in V.
        outputs_a: Undisturbed outputs at them, shape (N + 1, S, K), in A.
        learning: Whether the latch was open, shape (N, S) of bool.
        accumulator_peak_v: Largest accumulator voltage of every start, shape (S,).
    """

    weights_v: np.ndarray
    outputs_a: np.ndarray
    learning: np.ndarray
    accumulator_peak_v: np.ndarray


def run_twin(design: CoherentDesign, starts_v: np.ndarray) -> TwinRun:
    """Learn from every start.

    Args:
        design: The learner, with the affine error circuit; its own start is not used.
        starts_v: Control voltages at t = 0, shape (S, C), in V.
    """
    assert isinstance(design.readout, AffineReadout)
    law = _Law(design)
    weights_v = np.array(starts_v, dtype=float)
    learning = np.zeros(len(weights_v), dtype=bool)
    peak_v = np.zeros(len(weights_v))
    weights, outputs, latch = [weights_v], [law.outputs_a(weights_v)], []
    for epoch in range(design.epochs):
        error_v, gain = design.readout.error_v(outputs[-1] * design.iv.gain_ohm)
        learning = design.latch.stays_open(error_v, learning)
        accumulated_v = law.accumulated_v(weights_v, gain[:, None] * error_v)
        peak_v = np.maximum(peak_v, np.abs(accumulated_v).max(axis=-1))
        moving = learning & (epoch >= design.timing.hold_epochs)
        weights_v = law.move_v(weights_v, accumulated_v, moving)
        weights.append(weights_v)
        outputs.append(law.outputs_a(weights_v))
        latch.append(learning)
    return TwinRun(np.stack(weights), np.stack(outputs), np.stack(latch), peak_v)


class _Law:
    """One epoch of a design, its constants worked out once."""

    def __init__(self, design: CoherentDesign) -> None:
        self._design, timing = design, design.timing
        multiplier = design.multiplier
        tau_s = np.array([part.tau_s for part in design.accumulators])
        mixed = (1 + multiplier.scale_error) ** 2  # by the mixer, then by the demodulator
        gain = mixed * design.chain_gain * design.lock_in_gain
        signal = design.iv.gain_ohm * np.array(design.amplitudes_v) * gain / 2
        # What accumulator m gets of the derivative by control n, per that derivative times a e.
        self._volts_per_slope = design.bank.crosstalk * signal * timing.gate_s / tau_s[:, None]
        # From the end of the reset, two edges before the epoch, to the middle of the transfer.
        window = timing.transfer_window
        open_s = 2 * timing.edge_s + (window.start_s + window.stop_s) / 2
        offset_v = np.array([part.input_offset_v for part in design.accumulators])
        if not timing.chopped:
            offset_v = offset_v + multiplier.rest_v
        self._offset_v = offset_v * open_s / tau_s
        self._low_v, self._high_v, drift_v_per_s = (
            np.array(values)
            for values in zip(
                *((w.minimum_v, w.maximum_v, w.drift_v_per_s) for w in design.weights),
                strict=True,
            )
        )
        self._drift_v = drift_v_per_s * timing.epoch_s

    def outputs_a(self, weights_v: np.ndarray) -> np.ndarray:
        """Outputs of all patterns at control voltages of shape (S, C): (S, K)."""
        return self._design.device.current_a(self._electrodes_v(weights_v))

    def _electrodes_v(self, weights_v: np.ndarray) -> np.ndarray:
        """Electrode voltages behind the adders and level drivers, shape (S, K, M)."""
        design = self._design
        adders = [part for part in design.blocks.adders if isinstance(part, PerturbationAdder)]
        drivers = [part for part in design.blocks.level_drivers if isinstance(part, PatternAdder)]
        if len(adders) == len(design.weights):
            gain = 1 + np.array([part.gain_error for part in adders])
            weights_v = gain * weights_v + np.array([part.offset_v for part in adders])
        voltages_v = design.task.electrode_voltages_v(weights_v)
        if len(drivers) == len(design.task.inputs):
            off_v = np.array([part.low_v for part in drivers]) - design.task.low_v
            voltages_v[..., list(design.task.inputs)] += off_v
        return voltages_v

    def accumulated_v(self, weights_v: np.ndarray, slope_v: np.ndarray) -> np.ndarray:
        """Accumulators at the transfer, shape (S, C), for a e_k of shape (S, K) in V."""
        task = self._design.task
        gradient = self._design.device.gradient_a_per_v(self._electrodes_v(weights_v))
        slope_v = slope_v + self._design.multiplier.x_offset_v  # of the mixer
        total = np.einsum("sk,skc->sc", slope_v, gradient[..., list(task.controls)])
        return total @ self._volts_per_slope.T + self._offset_v

    def move_v(
        self, weights_v: np.ndarray, accumulated_v: np.ndarray, moving: np.ndarray
    ) -> np.ndarray:
        """Control voltages at the end of the epoch, shape (S, C), in V."""
        scale = self._design.limiter.scale(accumulated_v) * moving
        step_v = self._design.step_v_per_v * scale[:, None] * accumulated_v
        return np.clip(weights_v - step_v + self._drift_v, self._low_v, self._high_v)
