"""Latch of window comparators, a stored decision and a threshold that it switches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.comparators.collector import CollectorComparator
from hgecircuit.parts.comparators.comparator import Comparator
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import at_most, closest
from hgecircuit.parts.switches.analog_switch import AnalogSwitch

# Hysteresis of the comparator that reads the stored decision, of a logic level of 1 V.
_STORE_HYSTERESIS_V = 0.4
# Current through the reference's divider, and time constants of the store within a strobe.
_DIVIDER_A = 1e-4
_INVERTER_OHM = 100e3
_PULL_UP_OHM = 2.2e3
_TIME_CONSTANTS = 5


@dataclass(frozen=True)
class WindowLatch:
    """``open`` goes to 0 V when all |e_k| are small, and back to 1 V when one is larger again.

        v_high = V_ref R_p / (R_a + R_p)
        R_p = R_b || R_i                      while open is 0 V: the restart threshold
        R_p = R_b || R_i || (R_c + R_on)      while it is 1 V: the stop threshold

    The decision itself switches R_c, which makes the release's hysteresis. An inverter of two R_i
    makes -v_high; two comparators per error with open collectors in common say whether any |e_k| is
    outside. While ``strobe`` is at 1 V a capacitor follows that, and a comparator with a wide
    hysteresis makes the logic level ``open`` of it, which thus lasts from one strobe to the next.

    Attributes:
        errors: Number K of error inputs.
        reference_v: V_ref.
        top_ohm: R_a.
        bottom_ohm: R_b.
        shunt_ohm: R_c; None when both thresholds are one.
        inverter_ohm: R_i.
        pull_up_ohm: Pull-up of all window comparators.
        series_ohm: Resistor that charges the store's capacitor.
        store_f: That capacitor.
        opamp: Op-amp of the inverter.
        switch: Switches of the threshold and of the store.
        comparator: Every window comparator; the store's has the same figures.
    """

    errors: int
    reference_v: float
    top_ohm: float
    bottom_ohm: float
    shunt_ohm: float | None
    inverter_ohm: float
    pull_up_ohm: float
    series_ohm: float
    store_f: float
    opamp: OpAmpMacromodel
    switch: AnalogSwitch
    comparator: Comparator

    @classmethod
    def size(
        cls,
        errors: int,
        threshold_v: float,
        release: float,
        strobe_s: float,
        opamp: OpAmpMacromodel,
        switch: AnalogSwitch,
        comparator: Comparator,
        reference_v: float = 2.5,
        store_f: float = 33e-9,
        resistor_series: str = "E96",
    ) -> WindowLatch:
        """Resistors from both thresholds, and from the strobe that the store must follow.

        Args:
            errors: Number K of error inputs.
            threshold_v: Error below which learning stops, in V.
            release: Ratio of the restart threshold to the stop threshold, from 1.
            strobe_s: Length of the strobe.
            opamp: Op-amp of the inverter.
            switch: Both switches.
            comparator: Every comparator.
            reference_v: V_ref.
            store_f: The store's capacitor; its comparator's bias current must not discharge it.
            resistor_series: E series of the resistors.

        Raises:
            InputError: The restart threshold is not below the reference.
        """
        restart_v = threshold_v * release
        if restart_v > 0.9 * reference_v:
            raise InputError(
                "the latch's restart threshold is above what its reference can make",
                value=f"{restart_v:g} V",
                expected=f"latch_error times latch_release up to {0.9 * reference_v:g}",
            )
        restart_ohm = restart_v / _DIVIDER_A
        bottom_ohm = closest(1 / (1 / restart_ohm - 1 / _INVERTER_OHM), resistor_series)
        lower_ohm = 1 / (1 / bottom_ohm + 1 / _INVERTER_OHM)
        top_ohm = closest(lower_ohm * (reference_v / restart_v - 1), resistor_series)
        shunt_ohm = None
        if release > 1:
            stop_ohm = top_ohm / (reference_v / threshold_v - 1)
            parallel_ohm = 1 / (1 / stop_ohm - 1 / lower_ohm)
            shunt_ohm = closest(max(parallel_ohm - switch.on_ohm, 1.0), resistor_series)
        # A released collector leaves the pull-up alone to charge the store.
        rest_ohm = strobe_s / _TIME_CONSTANTS / store_f - _PULL_UP_OHM - switch.on_ohm
        series_ohm = at_most(max(rest_ohm, 100.0), resistor_series)
        return cls(
            errors, reference_v, top_ohm, bottom_ohm, shunt_ohm, _INVERTER_OHM, _PULL_UP_OHM,
            series_ohm, store_f,
            opamp, switch, comparator,
        )  # fmt: skip

    @property
    def thresholds_v(self) -> tuple[float, float]:
        """The stop and the restart threshold, offsets aside, in V."""
        siemens = 1 / self.bottom_ohm + 1 / self.inverter_ohm
        restart_v = self.reference_v / (1 + self.top_ohm * siemens)
        if self.shunt_ohm is not None:
            siemens += 1 / (self.shunt_ohm + self.switch.on_ohm)
        return self.reference_v / (1 + self.top_ohm * siemens), restart_v

    @property
    def threshold_error_v(self) -> float:
        """Largest sum of what shifts a threshold: offsets, bias currents, hysteresis, leakage."""
        source_ohm = 1 / (1 / self.top_ohm + 1 / self.bottom_ohm)
        comparator, opamp = self.comparator, self.opamp
        comparators_a = self.errors * abs(comparator.bias_a)
        divider_a = comparators_a + self.switch.leakage_a + abs(opamp.bias_minus_a)
        # The comparators at -v_high hang on the inverter, whose output is stiff.
        inverter_v = 2 * abs(opamp.offset_v) + self.inverter_ohm * abs(opamp.bias_minus_a)
        shift_v = abs(comparator.offset_v) + comparator.hysteresis_v / 2
        return shift_v + source_ohm * divider_a + inverter_v

    def next_open(self, errors_v: np.ndarray, is_open: np.ndarray) -> np.ndarray:
        """Ideal response: errors (..., K) and ``open`` before a strobe (...) to it after, (...)."""
        stop_v, restart_v = self.thresholds_v
        limit_v = np.where(is_open, stop_v, restart_v)
        return np.abs(errors_v).max(axis=-1) > limit_v

    def subcircuit(self, name: str = "window_latch") -> Subcircuit:
        """Ports ``e<k>``, ``strobe``, ``open``."""
        ports = [f"e{k}" for k in range(self.errors)]
        part = Subcircuit(
            name, [*ports, "strobe", "open"], "Latch: window comparators and a stored decision."
        )
        switch = self.switch.subcircuit(f"{name}_switch")
        outside = CollectorComparator(self.comparator, self.pull_up_ohm)
        collector = outside.subcircuit(f"{name}_comparator")
        with part.stands_for("reference"):
            part.voltage("reference", "reference", GROUND, self.reference_v)
        part.resistor("top", "reference", "high", self.top_ohm)
        part.resistor("bottom", "high", GROUND, self.bottom_ohm)
        if self.shunt_ohm is not None:
            part.resistor("shunt", "high", "shunt", self.shunt_ohm)
            part.instance("shunt", switch, ("shunt", GROUND, "open"))
        part.resistor("invert_in", "high", "inverting", self.inverter_ohm)
        part.resistor("invert_out", "inverting", "low", self.inverter_ohm)
        opamp = self.opamp.subcircuit(f"{name}_opamp")
        part.instance("invert", opamp, (GROUND, "inverting", "low"))
        for k, port in enumerate(ports):
            part.instance(f"above{k}", collector, (port, "high", "inside"))
            part.instance(f"below{k}", collector, ("low", port, "inside"))
        with part.stands_for(""):  # the logic's supply
            part.voltage("logic", "logic", GROUND, 1.0)
        part.resistor("pull_up", "logic", "inside", self.pull_up_ohm)
        part.instance("store", switch, ("inside", "top", "strobe"))
        part.resistor("store", "top", "stored", self.series_ohm)
        part.capacitor("store", "stored", GROUND, self.store_f)
        with part.stands_for("half of the logic level"):
            part.voltage("half", "half", GROUND, 0.5)
        reader = replace(self.comparator, hysteresis_v=_STORE_HYSTERESIS_V)
        reading = reader.subcircuit(f"{name}_reader")
        part.instance("reader", reading, ("half", "stored", "open"))
        return part
