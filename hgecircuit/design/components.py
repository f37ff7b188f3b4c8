"""Blocks of real parts: sized from op-amps, chips, switches, resistors and capacitors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hgecircuit.design.blocks import Part
from hgecircuit.design.timing import CoherentTiming
from hgecircuit.parts.adders import PerturbationAdder
from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.amplifiers.transimpedance import TransimpedanceAmplifier
from hgecircuit.parts.comparators.comparator import Comparator
from hgecircuit.parts.drivers.levels import LevelDriver
from hgecircuit.parts.drivers.perturbation import SummingAdder
from hgecircuit.parts.filters.built import BuiltCoupling, BuiltLowpass
from hgecircuit.parts.filters.prototypes import Prototype
from hgecircuit.parts.integrators.accumulator import SwitchedAccumulator
from hgecircuit.parts.integrators.gated import Accumulator, WeightIntegrator
from hgecircuit.parts.integrators.weight import SwitchedWeight
from hgecircuit.parts.latching.window import WindowLatch
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.multipliers.demodulator import Demodulator
from hgecircuit.parts.multipliers.error_mixer import INPUT_V, ErrorMixer
from hgecircuit.parts.multipliers.product import UNIT_V
from hgecircuit.parts.multipliers.translinear import TranslinearMultiplier
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.oscillators import Bank, DividerBank, QuadratureBank, WienBank
from hgecircuit.parts.readout.servo import ChipReadout
from hgecircuit.parts.sampling.buffered import BufferedSampleHold
from hgecircuit.parts.sampling.multiplexer import SwitchedSelector
from hgecircuit.parts.sequencer import Sequencer
from hgecircuit.parts.sequencing.counter import CounterSequencer
from hgecircuit.parts.stepping.pulse_width import PulseWidthStep
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.parts.switches.changeover import SwitchedGate
from hgecircuit.spec.carrier_rules import Carriers
from hgecircuit.spec.components import ComponentsSpec

# Largest pedestal and droop of a held output: 0.1 % of the 1 V that 10 nA make of 100 Mohm.
_HOLD_ERROR_V = 1e-3


@dataclass(frozen=True)
class Workbench:
    """Sizes blocks from the parts that a circuit file names.

    Attributes:
        spec: The parts.
        edge_s: Length of the sequencer's edges.
        lot: Every single part, with its own errors.
    """

    spec: ComponentsSpec
    edge_s: float
    lot: Lot

    @classmethod
    def of(cls, spec: ComponentsSpec, edge_s: float) -> Workbench:
        """With the lot that the circuit file asks for."""
        lot = Lot(
            (-spec.supply_v, spec.supply_v),
            spec.spread,
            spec.seed,
            spec.resistor_tolerance,
            spec.capacitor_tolerance,
        )
        return cls(spec, edge_s, lot)

    @property
    def switch(self) -> AnalogSwitch:
        """The analog switch."""
        return self.lot.switch(self.spec.switch)

    def opamp(self, name: str) -> OpAmpMacromodel:
        """The general op-amp, with the errors of the place ``name``."""
        return self.lot.opamp(self.spec.opamp, f"{name}.opamp")

    def driver_opamp(self, name: str) -> OpAmpMacromodel:
        """The op-amp of what drives an electrode, with the errors of the place ``name``."""
        return self.lot.opamp(self.spec.driver_opamp, f"{name}.opamp")

    def integrator_opamp(self, name: str) -> OpAmpMacromodel:
        """The op-amp of what holds a voltage, with the errors of the place ``name``."""
        return self.lot.opamp(self.spec.integrator_opamp, f"{name}.opamp")

    def comparator(self, name: str) -> Comparator:
        """The comparator, with the errors of the place ``name``."""
        return self.lot.comparator(self.spec.comparator, f"{name}.comparator")

    def oscillators(self, carriers: Carriers, lag_rad: tuple[float, ...]) -> Bank:
        """The carriers' bank: divided from the clock, or running free."""
        spec, opamp = self.spec, self.opamp("oscillators")
        wanted = (carriers.frequencies_hz, carriers.phases_rad, lag_rad)
        series = spec.resistor_series
        if spec.oscillator == "divider":
            return DividerBank(*wanted, edge_s=self.edge_s, opamp=opamp, resistor_series=series)
        if spec.oscillator == "wien":
            return WienBank(
                *wanted,
                opamp=opamp,
                resistor_series=series,
                coupling_ohm=spec.oscillator_coupling_ohm,
            )
        return QuadratureBank(*wanted, opamp=opamp, resistor_series=series)

    @property
    def nominal(self) -> Workbench:
        """The same without errors."""
        return replace(self, lot=replace(self.lot, spread="nominal"))

    def converter(self, gain_ohm: float, bandwidth_hz: float) -> TransimpedanceAmplifier:
        """The current-to-voltage converter."""
        first = self.lot.opamp(self.spec.converter_opamp, "iv.first")
        part = TransimpedanceAmplifier.size(
            gain_ohm, bandwidth_hz, first, self.lot.opamp(self.spec.opamp, "iv.second")
        )
        return self.lot.vary(part, "iv")

    def iv(self, values: Mapping[str, Any]) -> TransimpedanceAmplifier:
        """The converter with its own errors."""
        return self.converter(values["iv"].gain_ohm, values["iv"].bandwidth_hz)

    def readout(self, values: Mapping[str, Any]) -> ChipReadout:
        """The error circuit of multiplier chips."""
        law = values["readout"]
        assert isinstance(law, AffineReadout)  # the spec layer refuses other error circuits
        count = len(law.targets)
        part = ChipReadout.size(
            law,
            [self._chip(f"readout.{k}") for k in range(2 * count + 1)],
            [self.opamp(f"readout.{k}") for k in range(count + 4)],
            self.switch,
            values["timing"].blank_s,
            series=self.spec.resistor_series,
        )
        return self.lot.vary(part, "readout")

    def level_drivers(self, values: Mapping[str, Any]) -> tuple[LevelDriver, ...]:
        """One driver per input electrode."""
        drivers = [
            LevelDriver.size(
                driver.low_v,
                driver.high_v,
                tuple(driver.bits),
                self.driver_opamp(f"level{n}"),
                self.switch,
                smoothing_s=self.edge_s / 5,
            )
            for n, driver in enumerate(values["level_drivers"])
        ]
        return tuple(self.lot.vary(driver, f"level{n}") for n, driver in enumerate(drivers))

    def adders(self, values: Mapping[str, Any]) -> tuple[SummingAdder, ...]:
        """One summer per control."""
        adders: tuple[PerturbationAdder, ...] = values["adders"]
        summers = [
            SummingAdder.size(
                adder.amplitude_v,
                self.driver_opamp(f"adder{m}"),
                self.driver_opamp(f"adder{m}.buffer"),
                self.switch if adder.gated else None,
                gated=adder.gated,
                chopped=adder.chopped,
            )
            for m, adder in enumerate(adders)
        ]
        return tuple(self.lot.vary(summer, f"adder{m}") for m, summer in enumerate(summers))

    def mixer_gain(self, error_v: float, signal_v: float) -> float:
        """Gain of the mixer: as much as its chip's range leaves for the largest product."""
        return INPUT_V / (error_v * signal_v)

    @property
    def demodulator_gain(self) -> float:
        """Gain of a demodulator that needs no gain behind its chip, which would amplify its offset.

        Its reference of 1 V is amplified to the chip's range.
        """
        chip = self.nominal._chip("demodulator")
        return min(INPUT_V, chip.denominator_v) / chip.denominator_v

    def mixer(self, values: Mapping[str, Any]) -> ErrorMixer:
        """The product of error and AC signal."""
        part = ErrorMixer.size(
            values["mixer_gain"],
            values["error_v"],
            values["signal_v"],
            self._chip("mixer"),
            self.switch,
            self.opamp("mixer"),
        )
        return self.lot.vary(part, "mixer")

    def demodulators(self, values: Mapping[str, Any]) -> tuple[Demodulator, ...]:
        """One chip per control, its reference amplified to the chip's range."""
        return tuple(
            self._demodulator(values["demodulator_gain"], 1.0, f"demodulator{m}")
            for m in range(len(values["weights"]))
        )

    def products(self, values: Mapping[str, Any]) -> tuple[Demodulator, ...]:
        """One chip per control, for the loss's slope times the derivative."""
        return tuple(
            self._demodulator(1.0, values["error_v"], f"product{m}")
            for m in range(len(values["weights"]))
        )

    def _demodulator(self, gain: float, second_v: float, name: str) -> Demodulator:
        """A chip whose second input, of at most ``second_v``, is amplified to its range."""
        chip = self._chip(name)
        front = min(INPUT_V / second_v, chip.denominator_v * gain / UNIT_V)
        # A chip of a low denominator needs no gain in front.
        part = Demodulator.size(chip, gain, front, None if front == 1 else self.opamp(name))
        return self.lot.vary(part, name)

    def _chip(self, name: str) -> TranslinearMultiplier:
        return self.lot.multiplier(self.spec.multiplier, f"{name}.chip")

    def accumulators(self, values: Mapping[str, Any]) -> tuple[SwitchedAccumulator, ...]:
        """One integrator per control, open only while the gate is."""
        wanted: tuple[Accumulator, ...] = values["accumulators"]
        parts = [
            SwitchedAccumulator.size(
                accumulator.tau_s,
                accumulator.reset_tau_s,
                self.integrator_opamp(f"accumulator{m}"),
                self.integrator_opamp(f"accumulator{m}.inverter"),
                self.switch,
                self.switch,
                gated=True,
                chopped=accumulator.chopped,
            )
            for m, accumulator in enumerate(wanted)
        ]
        return tuple(self.lot.vary(part, f"accumulator{m}") for m, part in enumerate(parts))

    def weights(self, values: Mapping[str, Any]) -> tuple[SwitchedWeight, ...]:
        """One clamped integrator per control."""
        wanted: tuple[WeightIntegrator, ...] = values["weights"]
        parts = [
            SwitchedWeight.size(
                weight.tau_s,
                weight.minimum_v,
                weight.maximum_v,
                weight.start_v,
                self.integrator_opamp(f"weight{m}"),
                self.switch,
                (
                    self.driver_opamp(f"weight{m}.lower"),
                    self.driver_opamp(f"weight{m}.upper"),
                ),
            )
            for m, weight in enumerate(wanted)
        ]
        return tuple(self.lot.vary(part, f"weight{m}") for m, part in enumerate(parts))

    def lowpass(self, prototype: Prototype, capacitor_f: float, name: str) -> BuiltLowpass:
        """A low-pass of preferred values."""
        sections = range((prototype.order + 1) // 2)
        opamps = [self.integrator_opamp(f"{name}.{n}") for n in sections]
        return self.lot.vary(BuiltLowpass.size(prototype, opamps, capacitor_f), name)

    def lowpasses(self, values: Mapping[str, Any]) -> tuple[BuiltLowpass, ...]:
        """One low-pass per control."""
        wanted: BuiltLowpass = values["lowpass"]
        capacitor_f = wanted.cascade.sections[0].values["c1"]
        return tuple(
            self.lowpass(wanted.prototype, capacitor_f, f"lowpass{m}")
            for m in range(len(values["weights"]))
        )

    def lowpass_y(self, values: Mapping[str, Any]) -> BuiltLowpass:
        """That of the output."""
        wanted: BuiltLowpass = values["lowpass"]
        capacitor_f = wanted.cascade.sections[0].values["c1"]
        return self.lowpass(wanted.prototype, capacitor_f, "lowpass_y")

    def coupling(self, cutoff_hz: float) -> BuiltCoupling:
        """The AC coupling."""
        return self.lot.vary(BuiltCoupling.size(cutoff_hz, self.opamp("coupling")), "coupling")

    def coupling_block(self, values: Mapping[str, Any]) -> BuiltCoupling:
        """The AC coupling with its own errors."""
        return self.coupling(values["coupling"].cutoff_hz)

    def listen(self, values: Mapping[str, Any]) -> SwitchedGate:
        """The switch behind the coupling."""
        del values
        return SwitchedGate(self.switch)

    def sequencer(self, values: Mapping[str, Any]) -> Callable[[Sequencer], Part]:
        """Counter, EPROMs and registers on the carriers' clock."""
        timing, bank = values["timing"], values["bank"]
        gate_s = timing.gate_s if isinstance(timing, CoherentTiming) else timing.update_s
        clock_hz = bank.clock_hz if isinstance(bank, DividerBank) else None

        def build(sequencer: Sequencer) -> Part:
            skews = {
                signal: (
                    self.lot.share(f"sequencer.{signal}.rise"),
                    self.lot.share(f"sequencer.{signal}.fall"),
                )
                for signal in sequencer.signals
            }
            return CounterSequencer.size(sequencer, gate_s, clock_hz, skews)

        return build

    def sample_holds(self, values: Mapping[str, Any]) -> tuple[Part, ...]:
        """One cell per pattern, which holds for an epoch."""
        tau_s, timing = values["sample_hold"].tau_s, values["timing"]
        cells = [
            BufferedSampleHold.size(
                tau_s, timing.epoch_s, _HOLD_ERROR_V, self.switch, self.integrator_opamp(f"hold{k}")
            )
            for k in range(timing.patterns)
        ]
        return tuple(self.lot.vary(cell, f"hold{k}") for k, cell in enumerate(cells))

    def selector(self, values: Mapping[str, Any]) -> Part:
        """The multiplexer of the held outputs."""
        part = SwitchedSelector.size(
            values["timing"].patterns,
            self.switch,
            self.opamp("selector"),
            settle_s=values["timing"].blank_s,
            resistor_series=self.spec.resistor_series,
        )
        return self.lot.vary(part, "selector")

    def step(self, values: Mapping[str, Any]) -> Part:
        """The limited step, as a pulse."""
        limiter, timing = values["limiter"], values["timing"]
        assert isinstance(timing, CoherentTiming)
        window = timing.transfer_window
        part = PulseWidthStep.size(
            limiter.inputs,
            limiter.limit_v,
            window.stop_s - window.start_s,
            self.opamp("step"),
            self.switch,
            self.comparator("step"),
            resistor_series=self.spec.resistor_series,
        )
        return self.lot.vary(part, "step")

    def latch(self, values: Mapping[str, Any]) -> Part:
        """The latch of window comparators."""
        latch, timing = values["latch"], values["timing"]
        assert isinstance(timing, CoherentTiming)
        part = WindowLatch.size(
            latch.errors,
            latch.threshold_v,
            latch.release,
            timing.decide_window.stop_s - timing.decide_window.start_s,
            self.opamp("latch"),
            self.switch,
            self.comparator("latch"),
            resistor_series=self.spec.resistor_series,
        )
        return self.lot.vary(part, "latch")


Maker = Callable[[Workbench, Mapping[str, Any]], Any]
#: Fields of the design's blocks, and how the workbench makes each, by the key of `[blocks]`.
COMMON: dict[str, dict[str, Maker]] = {
    "sequencer": {"sequencer": Workbench.sequencer},
    "level_driver": {"level_drivers": Workbench.level_drivers},
    "adder": {"adders": Workbench.adders},
    "iv_converter": {"iv": Workbench.iv},
    "sample_hold": {"sample_holds": Workbench.sample_holds},
    "readout": {"readout": Workbench.readout},
    "multiplier": {"demodulators": Workbench.demodulators},
}
COHERENT: dict[str, dict[str, Maker]] = COMMON | {
    "selector": {"selector": Workbench.selector},
    "mixer": {"mixer": Workbench.mixer},
    "integrator": {"accumulators": Workbench.accumulators, "weights": Workbench.weights},
    "step": {"step": Workbench.step},
    "latch": {"latch": Workbench.latch},
}
CONTINUOUS: dict[str, dict[str, Maker]] = COMMON | {
    # Of the mixer's kind: a multiplier of the loss's slope.
    "mixer": {"products": Workbench.products},
    "integrator": {"weights": Workbench.weights},
    "coupling": {"coupling": Workbench.coupling_block, "listen": Workbench.listen},
    "lowpass": {"lowpasses": Workbench.lowpasses, "lowpass_y": Workbench.lowpass_y},
}
