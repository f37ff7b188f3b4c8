"""Limited step as a pulse: the weights' gate closes when the largest step has reached its limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.netlist import GROUND, Subcircuit
from hgecircuit.parts.comparators.collector import CollectorComparator
from hgecircuit.parts.comparators.comparator import Comparator
from hgecircuit.parts.logic.chips import LOGIC
from hgecircuit.parts.opamps.macromodel import OpAmpMacromodel
from hgecircuit.parts.preferred import closest
from hgecircuit.parts.switches.analog_switch import AnalogSwitch
from hgecircuit.units import format_quantity

# Share of the slew rate that the ramp of the largest accumulator may use.
_SLEW_SHARE = 0.5
PULL_UP_OHM = 10e3
# Share of a pulse's length to which the solver finds its end.
RESOLUTION = 0.002


@dataclass(frozen=True)
class PulseWidthStep:
    """``move`` is at 1 V during ``transfer`` while ``open``, until max |a_m| time = limit T.

    One integrator per accumulator does what the weights do: r_m = -(t + R_z C) a_m / (R C) from the
    start of the transfer. Two comparators per ramp close the gate when |r_m| reaches V_trip =
    limit T / (R C), so a step larger than the limit is cut to it, in every direction alike:

        on-time = min(T, T limit / max |a_m|).

    V_trip is sized for R C + 1 / (2 pi GBW), the time constant that an op-amp of finite
    gain-bandwidth product makes of R C.

    No divider and no multiplier per channel is needed, and no rectifier whose op-amps leave
    saturation whenever another accumulator becomes the largest. R_z in series with C advances the
    ramps by R_z C, which is made the comparators' delay. Outside the transfer a switch holds every
    ramp at 0 V. The comparators are of the open-collector kind and share one pull-up; the gate
    behind them is an AND gate with three inputs.

    Attributes:
        inputs: Number M of accumulators.
        limit_v: Largest magnitude that passes for the whole transfer.
        transfer_s: T, length of the transfer at half its level.
        input_ohm: R.
        capacitor_f: C.
        lead_ohm: R_z.
        trip_v: V_trip, from a reference.
        pull_up_ohm: Pull-up of all comparators.
        opamp: Op-amp of every ramp.
        switch: Reset switch across every capacitor.
        comparator: Every comparator.
    """

    inputs: int
    limit_v: float
    transfer_s: float
    input_ohm: float
    capacitor_f: float
    lead_ohm: float
    trip_v: float
    pull_up_ohm: float
    opamp: OpAmpMacromodel
    switch: AnalogSwitch
    comparator: Comparator

    @classmethod
    def size(
        cls,
        inputs: int,
        limit_v: float,
        transfer_s: float,
        opamp: OpAmpMacromodel,
        switch: AnalogSwitch,
        comparator: Comparator,
        largest_v: float = 10.0,
        capacitor_f: float = 1e-9,
        resistor_series: str = "E96",
    ) -> PulseWidthStep:
        """The steepest ramp that the op-amps follow, at most to half of their range.

            V_trip = min(range / 2, SR / 2 * limit T / largest),   R = limit T / (V_trip C)

        Args:
            inputs: Number M of accumulators.
            limit_v: Largest magnitude that passes for the whole transfer.
            transfer_s: Length of the transfer at half its level.
            opamp: Op-amp of every ramp.
            switch: Reset switch.
            comparator: Every comparator.
            largest_v: Largest magnitude of an accumulator.
            capacitor_f: C.
            resistor_series: E series of the resistors.

        Raises:
            InputError: The comparators are too slow for the shortest pulse.
        """
        shortest_s = transfer_s * limit_v / largest_v
        if comparator.delay_s > shortest_s / 2:
            raise InputError(
                "the comparator is too slow for the shortest pulse of the limited step",
                value=format_quantity(comparator.delay_s, "s"),
                expected=f"at most {format_quantity(shortest_s / 2, 's')}",
            )
        area_vs = limit_v * transfer_s
        range_v = min(-opamp.rail_low_v, opamp.rail_high_v)
        wanted_v = min(range_v / 2, _SLEW_SHARE * opamp.slew_v_per_s * area_vs / largest_v)
        input_ohm = closest(area_vs / (wanted_v * capacitor_f), resistor_series)
        trip_v = area_vs / (input_ohm * capacitor_f + _lag_s(opamp))
        lead_ohm = closest(comparator.delay_s / capacitor_f, resistor_series)
        values = (input_ohm, capacitor_f, lead_ohm, trip_v, PULL_UP_OHM)
        return cls(inputs, limit_v, transfer_s, *values, opamp, switch, comparator)

    @property
    def tau_s(self) -> float:
        """Time constant of the ramps."""
        return self.input_ohm * self.capacitor_f + _lag_s(self.opamp)

    def on_time_s(self, accumulators_v: np.ndarray) -> np.ndarray:
        """Ideal response to accumulators of shape (..., M): how long ``move`` is on, (...)."""
        peak_v = np.abs(accumulators_v).max(axis=-1)
        ended_s = self.trip_v * self.tau_s / np.maximum(peak_v, 1e-9)
        return np.minimum(ended_s, self.transfer_s)

    @property
    def ramp_error_v(self) -> float:
        """Largest sum of what shifts a ramp's trip: charge, bias, leakage, and both offsets.

        Relative to ``trip_v`` it is the error of the limit.
        """
        opamp, switch = self.opamp, self.switch
        current_a = abs(opamp.bias_minus_a) + switch.leakage_a
        current_a += abs(opamp.offset_v) / self.input_ohm
        drift_v = current_a * self.transfer_s / self.capacitor_f
        charge_v = 2 * switch.charge_c / self.capacitor_f
        return drift_v + charge_v + abs(opamp.offset_v) + abs(self.comparator.offset_v)

    def subcircuit(self, name: str = "pulse_width_step") -> Subcircuit:
        """Ports ``a<m>`` (accumulators), ``transfer``, ``open``, ``move``."""
        channels = range(self.inputs)
        part = Subcircuit(
            name,
            [*(f"a{m}" for m in channels), "transfer", "open", "move"],
            "Limited step: a pulse that ends when the largest step has reached the limit.",
        )
        opamp = self.opamp.subcircuit(f"{name}_opamp")
        switch = self.switch.subcircuit(f"{name}_switch")
        resolution_v = RESOLUTION * self.trip_v
        comparator = CollectorComparator(self.comparator, self.pull_up_ohm, resolution_v)
        collector = comparator.subcircuit(f"{name}_comparator")
        reference_v = self.trip_v - self.comparator.hysteresis_v / 2
        with part.stands_for("references of both signs"):
            part.voltage("high", "high", GROUND, reference_v)
            part.voltage("low", "low", GROUND, -reference_v)
        with part.stands_for(""):  # the logic's supply
            part.voltage("logic", "logic", GROUND, 1.0)
        part.resistor("pull_up", "logic", "running", self.pull_up_ohm)
        for m in channels:
            part.resistor(f"input{m}", f"a{m}", f"sum{m}", self.input_ohm)
            part.capacitor(f"ramp{m}", f"sum{m}", f"lead{m}", self.capacitor_f)
            part.resistor(f"lead{m}", f"lead{m}", f"ramp{m}", self.lead_ohm)
            part.instance(f"reset{m}", switch, (f"sum{m}", f"ramp{m}", "idle"))
            part.instance(f"ramp{m}", opamp, (GROUND, f"sum{m}", f"ramp{m}"))
            part.instance(f"above{m}", collector, (f"ramp{m}", "high", "running"))
            part.instance(f"below{m}", collector, ("low", f"ramp{m}", "running"))
        ports = ("transfer", "open", "running", "idle", "move")
        part.instance("logic", _logic(f"{name}_logic"), ports)
        return part


def _lag_s(opamp: OpAmpMacromodel) -> float:
    return 1 / (2 * math.pi * opamp.gain_bandwidth_hz)


def _logic(name: str) -> Subcircuit:
    """The gates: one is the AND of three with another as its inverter, one inverts ``transfer``.

    The comparators' delay is far above that of the gates, which have none here.
    """
    purpose = "Gates of the limited step: idle = not transfer, move = transfer open running."
    part = Subcircuit(
        name, ("transfer", "open", "running", "idle", "move"), purpose, LOGIC["74HC10"].chip
    )
    part.voltage("high", "high", GROUND, 1.0)
    part.vcvs("idle", "idle", "high", GROUND, "transfer", 1.0)
    part.behavioural_voltage("move", "move", GROUND, "v(transfer)*v(open)*max(v(running),0)")
    return part
