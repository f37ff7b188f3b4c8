"""Blocks of real parts: sized from op-amps, chips, switches, resistors and capacitors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hgecircuit.design.blocks import Part
from hgecircuit.design.timing import CoherentTiming
from hgecircuit.parts.adders import PerturbationAdder
from hgecircuit.parts.amplifiers.transimpedance import TransimpedanceAmplifier
from hgecircuit.parts.comparators.comparator import Comparator
from hgecircuit.parts.drivers.levels import LevelDriver
from hgecircuit.parts.drivers.perturbation import SummingAdder
from hgecircuit.parts.latching.window import WindowLatch
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.oscillators import Bank, DividerBank, QuadratureBank, WienBank
from hgecircuit.parts.sampling.buffered import BufferedSampleHold
from hgecircuit.parts.sampling.multiplexer import SwitchedSelector
from hgecircuit.parts.stepping.pulse_width import PulseWidthStep
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
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
            return WienBank(*wanted, opamp=opamp, resistor_series=series)
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

    def level_drivers(self, values: Mapping[str, Any]) -> tuple[LevelDriver, ...]:
        """One driver per input electrode."""
        drivers = [
            LevelDriver.size(
                driver.low_v,
                driver.high_v,
                tuple(driver.bits),
                self.opamp(f"level{n}"),
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
                self.opamp(f"adder{m}"),
                self.lot.opamp(self.spec.opamp, f"adder{m}.buffer"),
                self.switch if adder.gated else None,
                gated=adder.gated,
                chopped=adder.chopped,
            )
            for m, adder in enumerate(adders)
        ]
        return tuple(self.lot.vary(summer, f"adder{m}") for m, summer in enumerate(summers))

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


#: Key of `[blocks]`, field of the design's blocks, and how the workbench makes it.
Maker = Callable[[Workbench, Mapping[str, Any]], Any]
COMMON: dict[str, tuple[str, Maker]] = {
    "iv_converter": ("iv", Workbench.iv),
    "level_driver": ("level_drivers", Workbench.level_drivers),
    "adder": ("adders", Workbench.adders),
    "sample_hold": ("sample_holds", Workbench.sample_holds),
}
COHERENT: dict[str, tuple[str, Maker]] = COMMON | {
    "selector": ("selector", Workbench.selector),
    "step": ("step", Workbench.step),
    "latch": ("latch", Workbench.latch),
}
CONTINUOUS: dict[str, tuple[str, Maker]] = COMMON | {}
