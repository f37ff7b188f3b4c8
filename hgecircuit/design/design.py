"""The design: every value of a learner, sized, before it becomes a circuit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from hgecircuit.design.blocks import CoherentBlocks, CommonBlocks, ContinuousBlocks, Converter
from hgecircuit.design.timing import CoherentTiming, ContinuousTiming
from hgecircuit.design.tolerances import Tolerances
from hgecircuit.devices.base import DeviceModel
from hgecircuit.devices.noise import NoiseSpec
from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.error_circuits import ErrorCircuit
from hgecircuit.parts.filters.built import BuiltCoupling, BuiltLowpass
from hgecircuit.parts.filters.coupling import AcCoupling
from hgecircuit.parts.filters.lowpass import Lowpass
from hgecircuit.parts.integrators.gated import Accumulator, WeightIntegrator
from hgecircuit.parts.latch import Latch
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.parts.oscillators.base import Bank
from hgecircuit.parts.peak import StepLimiter
from hgecircuit.parts.sample_hold import SampleHold

# The error that the gradient bench feeds in place of the learner's, in V: of a usual size, so that
# the accumulators stay as far from their ends as in the learner.
BENCH_ERROR_V = 0.1


@dataclass(frozen=True)
class Task:
    """Which patterns go to which electrodes, and what the output should be.

    Attributes:
        bits: Logic level of every input in every pattern, shape (K, inputs).
        targets: Target of every pattern, 0 or 1, shape (K,).
        inputs: Electrodes that carry the pattern.
        controls: Electrodes that are learnt.
        low_v: Electrode voltage of logic 0, shape (inputs,).
        high_v: Electrode voltage of logic 1, shape (inputs,).
    """

    bits: np.ndarray
    targets: np.ndarray
    inputs: tuple[int, ...]
    controls: tuple[int, ...]
    low_v: np.ndarray
    high_v: np.ndarray

    @property
    def patterns_v(self) -> np.ndarray:
        """Input voltages of every pattern, shape (K, inputs), in V."""
        return self.low_v + self.bits * (self.high_v - self.low_v)

    def electrode_voltages_v(self, weights_v: np.ndarray) -> np.ndarray:
        """All electrodes for every pattern: (..., C) control voltages to (..., K, M) in V."""
        patterns_v, weights_v = self.patterns_v, np.asarray(weights_v)
        shape = (*weights_v.shape[:-1], len(patterns_v), len(self.inputs) + len(self.controls))
        voltages_v = np.empty(shape)
        voltages_v[..., list(self.inputs)] = patterns_v
        voltages_v[..., list(self.controls)] = weights_v[..., None, :]
        return voltages_v


@dataclass(frozen=True)
class SimulationSettings:
    """How ngspice runs the deck.

    Attributes:
        max_step_s: Largest time step.
        reltol: Relative tolerance of the solver.
        stiff: Whether blocks of real parts make time constants far below the step.
    """

    max_step_s: float
    reltol: float
    stiff: bool = False


@dataclass(frozen=True)
class CommonDesign:
    """What both loops have.

    Attributes:
        title: One line.
        task: Patterns, targets, electrodes.
        device: The device model.
        noise: Noise of the device's output current; None when off.
        amplitudes_v: Perturbation amplitude of every control.
        bank: Carriers and references.
        iv: Current-to-voltage converter.
        multiplier: Lock-in multiplier.
        readout: Error circuit.
        sample_hold: Cell that holds one pattern's output.
        weights: One integrator per control.
        epochs: Number of epochs that a run simulates.
        separation_min_a: Least distance of the labels' outputs that the error circuit asks for.
        chain_gain: Magnitude of `chain_response` at every carrier, shape (C,); readings are divided
            by it.
        learning_rate_v2: Step per derivative of the loss sum_k e_k^2 / 2, in V^2.
        simulation: Solver settings.
        timing: Windows of one epoch.
        tolerances: What the limits of real parts allow to be off.
        blocks: The parts that do all this.
    """

    title: str
    task: Task
    device: DeviceModel
    noise: NoiseSpec | None
    amplitudes_v: tuple[float, ...]
    bank: Bank
    iv: Converter
    multiplier: Multiplier
    readout: AffineReadout | ErrorCircuit
    sample_hold: SampleHold
    weights: tuple[WeightIntegrator, ...]
    epochs: int
    separation_min_a: float
    chain_gain: np.ndarray
    learning_rate_v2: float
    simulation: SimulationSettings
    timing: CoherentTiming | ContinuousTiming
    tolerances: Tolerances
    blocks: CommonBlocks

    def chain_response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """From the device's current to the demodulators over the converter's gain, complex."""
        return self.iv.response(frequency_hz) / self.iv.gain_ohm

    @property
    def start_v(self) -> np.ndarray:
        """Control voltages at t = 0, shape (C,)."""
        return np.array([weight.start_v for weight in self.weights])

    def with_oscillators(self, oscillators: Bank) -> Self:
        """The same learner with other oscillators; what the error model expects stays."""
        return replace(self, blocks=replace(self.blocks, oscillators=oscillators))

    @property
    def channels(self) -> range:
        """Indices of the controls."""
        return range(len(self.weights))

    @property
    def patterns(self) -> range:
        """Indices of the patterns."""
        return range(len(self.task.targets))


@dataclass(frozen=True)
class CoherentDesign(CommonDesign):
    """The coherent loop: sample, accumulate over whole carrier periods, limited transfer, latch.

    Attributes:
        timing: Windows of one epoch.
        accumulators: Resettable integrator behind each demodulator.
        limiter: Shortens the step.
        latch: Stops and restarts learning.
        lock_in_gain: Accumulated voltage per that of a mixer and demodulators of gain 1: real ones
            fill their range.
        step_v_per_v: Change of a control voltage per accumulator voltage, unlimited.
        blocks: The parts that do all this.
    """

    timing: CoherentTiming
    blocks: CoherentBlocks
    accumulators: tuple[Accumulator, ...]
    limiter: StepLimiter
    latch: Latch
    step_v_per_v: float
    lock_in_gain: float


@dataclass(frozen=True)
class ContinuousDesign(CommonDesign):
    """The continuous loop: low-pass behind each demodulator, weights that always move.

    Attributes:
        timing: Windows of one epoch.
        lowpass: The Butterworth low-pass behind each demodulator and behind the output.
        coupling: High-pass in front of the demodulators.
        blocks: The parts that do all this.
    """

    timing: ContinuousTiming
    blocks: ContinuousBlocks
    lowpass: Lowpass | BuiltLowpass
    coupling: AcCoupling | BuiltCoupling

    def chain_response(self, frequency_hz: np.ndarray) -> np.ndarray:
        """From the device's current to the demodulators over the converter's gain, complex."""
        return super().chain_response(frequency_hz) * self.coupling.response(frequency_hz)


Design = CoherentDesign | ContinuousDesign
