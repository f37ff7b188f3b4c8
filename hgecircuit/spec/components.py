"""What blocks of `component` fidelity are made of: the table `[components]`."""

from __future__ import annotations

from typing import Annotated, Literal

from hgecircuit.parts.comparators.comparator import COMPARATORS
from hgecircuit.parts.multipliers.table import MULTIPLIERS
from hgecircuit.parts.opamps.table import OPAMPS
from hgecircuit.parts.switches.analog_switch import SWITCHES
from hgecircuit.spec.forms import Flag, OneOf, Quantity
from hgecircuit.spec.table import Seed, Table, derived, setting
from hgecircuit.units import FRACTION, RESISTANCE, VOLTAGE

Tolerance = Annotated[float, Quantity(FRACTION, "1 %", at_least=0.0, at_most=0.2)]
_SUPPLY = Annotated[float, Quantity(VOLTAGE, "15 V", at_least=1.0, at_most=50.0)]
_OpAmp = Annotated[str, OneOf(tuple(OPAMPS))]


class ComponentsSpec(Table):
    """Parts of the component-level blocks.

    Attributes:
        supply_v: Each of the two supplies, positive and negative.
        opamp: Op-amp where none of the others is named.
        converter_opamp: Op-amp at the device's output.
        driver_opamp: Op-amp of adders and level drivers.
        integrator_opamp: Op-amp of accumulators, weights and sample-and-holds.
        multiplier: Multiplier chip.
        switch: Analog switch.
        comparator: Comparator.
        resistor_series: E series of all resistors.
        oscillator: Which oscillators make the carriers.
        oscillator_coupling_ohm: Stray resistance between neighbouring Wien bridges; None: no stray.
        replay: Whether learning runs replay the oscillators instead of starting them.
        spread: Where every single part lies inside its limits.
        seed: Seed of their draws.
        resistor_tolerance: Largest relative error of a resistor.
        capacitor_tolerance: Largest relative error of a capacitor.
    """

    supply_v: _SUPPLY = setting(
        default="15 V", alias="supply", description="Each of the two supplies, + and -."
    )
    opamp: _OpAmp = setting(
        default="TL072C",
        description="Op-amp where none of the others is named.",
    )
    converter_opamp: _OpAmp = setting(
        default="OPA140", description="Op-amp at the device's output: nA through 100 Mohm."
    )
    driver_opamp: _OpAmp = setting(
        default="OPA140",
        description="Op-amp of what drives the device's electrodes: its offset moves the operating "
        "point.",
    )
    integrator_opamp: _OpAmp = setting(
        default="OPA140",
        description="Op-amp of accumulators, weight integrators and sample-and-holds: their "
        "offset and bias current are integrated.",
    )
    multiplier: Annotated[str, OneOf(tuple(MULTIPLIERS))] = setting(
        default="AD633", description="Multiplier chip."
    )
    switch: Annotated[str, OneOf(tuple(SWITCHES))] = setting(
        default="ADG412", description="Analog switch."
    )
    comparator: Annotated[str, OneOf(tuple(COMPARATORS))] = setting(
        default="LM393", description="Comparator."
    )
    resistor_series: Literal["E24", "E48", "E96", "E192"] = setting(
        default="E96", description="E series of all resistors."
    )
    oscillator: Literal["divider", "wien", "quadrature"] = setting(
        default="divider",
        description="Carriers divided from the gate's own clock, or free Wien bridges, or free "
        "quadrature oscillators.",
    )
    oscillator_coupling_ohm: Annotated[
        float | None, Quantity(RESISTANCE, "100 Mohm", at_least=1e3, at_most=1e15)
    ] = derived(
        "no stray",
        alias="oscillator_coupling",
        description="Stray resistance between the bridges of neighbouring Wien oscillators, such "
        "as a contaminated board's. They pull each other, and lock when they are closer than "
        "1/(2 pi C R) with the bridges' 10 nF. Only with free Wien bridges and `replay = false`.",
    )
    replay: Annotated[bool, Flag()] = setting(
        default=True,
        description="Let the oscillators start once by themselves, and replay what they then do "
        "(fundamental, harmonics, offset and phase of every output) in learning runs; the gradient "
        "is checked with the oscillators themselves.",
    )
    spread: Literal["nominal", "drawn", "limits"] = setting(
        default="drawn",
        description="Where every single part lies inside its limits: `nominal` (no offsets, exact "
        "resistors), `drawn` (from a normal distribution whose three sigma are the limit) or "
        "`limits` (everything at its limit, the signs drawn).",
    )
    seed: Seed = setting(default=1, description="Seed of these draws.")
    resistor_tolerance: Tolerance = setting(
        default="0.1 %", description="Largest relative error of a resistor."
    )
    capacitor_tolerance: Tolerance = setting(
        default="1 %", description="Largest relative error of a capacitor."
    )
