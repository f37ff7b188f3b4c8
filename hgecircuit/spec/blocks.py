"""Fidelity and parameters of the analog blocks: `[blocks]` and one table per block.

What component-level blocks are made of is in `hgecircuit.spec.components`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from hgecircuit.spec.forms import Number, Quantity
from hgecircuit.spec.table import Error, PositiveFrequency, Table, Voltage, derived, setting
from hgecircuit.units import CAPACITANCE, RESISTANCE

Fidelity = Literal["ideal", "behavioural", "component"]


def _block(description: str) -> Fidelity:
    return derived("`blocks.fidelity`", description=description)


class BlocksSpec(Table):
    """How truly each block is modelled.

    `ideal`: the block's law, with none of the errors of its table. `behavioural`: the law, with
    those errors. `component`: op-amps, chips, switches, resistors and capacitors of `[components]`.
    """

    fidelity: Fidelity = setting(
        default="behavioural",
        description="Of every block that has no key of its own here: `ideal` (the law without "
        "errors), `behavioural` (with the errors of its table) or `component` (the parts of "
        "`[components]`).",
    )
    sequencer: Fidelity = _block("Pattern sequencer.")
    oscillator: Fidelity = _block("Oscillator bank.")
    level_driver: Fidelity = _block("Drivers of the input electrodes.")
    adder: Fidelity = _block("Perturbation adders.")
    iv_converter: Fidelity = _block("Current-to-voltage converter.")
    sample_hold: Fidelity = _block("Sample-and-holds of the outputs.")
    selector: Fidelity = _block("Multiplexer of the held outputs.")
    readout: Fidelity = _block("Error circuit.")
    mixer: Fidelity = _block("Multiplier of error and AC signal.")
    multiplier: Fidelity = _block("Lock-in multipliers.")
    integrator: Fidelity = _block("Accumulators and weight integrators.")
    step: Fidelity = _block("Step limiter.")
    latch: Fidelity = _block("Latch.")
    coupling: Fidelity = _block('AC coupling (kind = "continuous").')
    lowpass: Fidelity = _block("Low-pass behind the lock-in multipliers.")


class IvConverterSpec(Table):
    """Current-to-voltage converter.

    Attributes:
        gain_ohm: Output voltage per input current.
        bandwidth_hz: Frequency of its single pole (-3 dB).
        offset_v: Output offset.
    """

    gain_ohm: Annotated[float, Quantity(RESISTANCE, "100 Mohm", above=0.0, at_most=1e15)] = setting(
        default="100 Mohm", alias="gain", description="Output voltage per input current."
    )
    bandwidth_hz: PositiveFrequency = setting(
        default="20 kHz", alias="bandwidth", description="Frequency of its single pole (-3 dB)."
    )
    offset_v: Voltage = setting(default="0 V", alias="offset", description="Output offset.")


class MultiplierSpec(Table):
    """Analog multipliers.

    Attributes:
        scale_error: Relative error of the product, as a ratio.
        output_offset_v: Offset added to the product.
    """

    scale_error: Error = setting(default="0 %", description="Relative error of the product.")
    output_offset_v: Voltage = setting(
        default="0 V", alias="output_offset", description="Offset added to the product."
    )


class LowpassSpec(Table):
    """Parts of the low-pass (filter = "butterworth").

    Attributes:
        gain_bandwidth_hz: Gain-bandwidth product of the op-amps.
        offset_v: Input offset of the op-amp.
        capacitor_f: Capacitor from which the sizing starts.
    """

    gain_bandwidth_hz: PositiveFrequency = setting(
        default="1 MHz",
        alias="gain_bandwidth",
        description="Gain-bandwidth product of the low-pass's op-amps.",
    )
    offset_v: Voltage = setting(
        default="0 V", alias="offset", description="Input offset of the op-amp."
    )
    capacitor_f: Annotated[float, Quantity(CAPACITANCE, above=0.0, at_most=1.0)] = setting(
        default="100 nF", alias="capacitor", description="Capacitor from which the sizing starts."
    )


class IntegratorSpec(Table):
    """Integrators.

    Attributes:
        offset_v: Input offset of the op-amp.
        dc_gain: Open-loop gain of the op-amp at DC.
    """

    offset_v: Voltage = setting(
        default="0 V", alias="offset", description="Input offset of the op-amp."
    )
    dc_gain: Annotated[float, Number(at_least=10.0, at_most=1e12)] = setting(
        default=1e6, description="Open-loop gain of the op-amp at DC: a finite one leaks."
    )


class OscillatorSpec(Table):
    """Oscillator bank.

    Attributes:
        amplitude_error: Relative error of the amplitudes, as a ratio.
        frequency_error: Relative error of the frequencies, as a ratio.
    """

    amplitude_error: Error = setting(default="0 %", description="Relative error of all amplitudes.")
    frequency_error: Error = setting(
        default="0 %", description="Relative error of all frequencies, gates unchanged."
    )
