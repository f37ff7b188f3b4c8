"""Fidelity and parameters of the analog blocks: `[blocks]` and one table per block.

What component-level blocks are made of is in `hgecircuit.spec.components`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from hgecircuit.spec.forms import Number, Quantity
from hgecircuit.spec.table import Error, PositiveFrequency, Table, Voltage, derived, setting
from hgecircuit.units import CAPACITANCE, CURRENT, RESISTANCE, SLEW_RATE, VOLTAGE

# Above any input offset of a multiplier's data sheet, 30 mV at most; more is a broken part.
SmallVoltage = Annotated[float, Quantity(VOLTAGE, "1 mV", at_least=-0.1, at_most=0.1)]
Fidelity = Literal["ideal", "behavioural", "component"]


def _block(description: str) -> Fidelity:
    return derived("`blocks.fidelity`", description=description)


class BlocksSpec(Table):
    """How truly each block is modelled.

    `ideal`: the block's law, with none of the errors of its table. `behavioural`: the law, with
    those errors. `component`: op-amps, chips, switches, resistors and capacitors of `[components]`.
    Blocks without a table have no errors of their own; `behavioural` is refused for them.
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
        x_offset_v: Offset of the first input: of the error, or of the signal to be demodulated.
        y_offset_v: Offset of the second input: of the AC signal, or of the reference.
    """

    scale_error: Error = setting(default="0 %", description="Relative error of the product.")
    output_offset_v: Voltage = setting(
        default="0 V", alias="output_offset", description="Offset added to the product."
    )
    x_offset_v: SmallVoltage = setting(
        default="0 V",
        alias="x_offset",
        description="Offset of the first input: of the error, or of the signal to be demodulated.",
    )
    y_offset_v: SmallVoltage = setting(
        default="0 V",
        alias="y_offset",
        description="Offset of the second input: of the AC signal, or of the reference.",
    )


class SampleHoldSpec(Table):
    """Sample-and-holds of the outputs.

    Attributes:
        offset_v: Offset of the output.
        pedestal_v: Step of the output when the hold begins (charge injection).
        droop_v_per_s: Rate of the held voltage (leakage).
    """

    offset_v: SmallVoltage = setting(
        default="0 V", alias="offset", description="Offset of the output."
    )
    pedestal_v: SmallVoltage = setting(
        default="0 V",
        alias="pedestal",
        description="Step of the output when the hold begins (charge injection).",
    )
    droop_v_per_s: Annotated[float, Quantity(SLEW_RATE, "10 mV/s", at_least=-1e3, at_most=1e3)] = (
        setting(default="0 V/s", alias="droop", description="Rate of the held voltage, up or down.")
    )


class AdderSpec(Table):
    """Perturbation adders.

    Attributes:
        gain_error: Relative error of the gain for the control voltage, as a ratio.
        offset_v: Offset at the electrode.
    """

    gain_error: Error = setting(
        default="0 %", description="Relative error of the gain for the control voltage."
    )
    offset_v: SmallVoltage = setting(
        default="0 V", alias="offset", description="Offset at the electrode."
    )


class LevelDriverSpec(Table):
    """Drivers of the input electrodes.

    Attributes:
        offset_v: Offset at the electrode.
    """

    offset_v: SmallVoltage = setting(
        default="0 V", alias="offset", description="Offset at the electrode."
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
        leakage_a: Bias and leakage current that always flows onto the capacitor.
    """

    offset_v: Voltage = setting(
        default="0 V", alias="offset", description="Input offset of the op-amp."
    )
    dc_gain: Annotated[float, Number(at_least=10.0, at_most=1e12)] = setting(
        default=1e6, description="Open-loop gain of the op-amp at DC: a finite one leaks."
    )
    leakage_a: Annotated[float, Quantity(CURRENT, "10 pA", at_least=-1e-6, at_most=1e-6)] = setting(
        default="0 A",
        alias="leakage",
        description="Bias and leakage current that always flows onto the capacitor: 10 nF of an "
        "accumulator, 100 nF of a weight.",
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
