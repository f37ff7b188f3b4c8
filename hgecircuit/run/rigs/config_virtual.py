"""The virtual rig's part of a rig file: the table `[virtual]`, which only the server reads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hgecircuit.run.rigs.config_forms import OUTPUT
from hgecircuit.spec.forms import Number, Quantity
from hgecircuit.spec.table import (
    PositiveFrequency,
    Seed,
    Table,
    Voltage,
    VoltageOrVoltages,
    derived,
    frequency,
    positive_voltage,
    setting,
)
from hgecircuit.spec.task import DENSITY, MODEL
from hgecircuit.units import RATE_ERROR, RESISTANCE, TIME

FaultKind = Literal[
    "connection_lost", "unplugged", "overload", "stuck_output", "late_trigger", "underflow"
]
#: Keys of a fault beside `kind`, `run` and `at`, by its kind.
FAULT_KEYS: dict[str, tuple[str, ...]] = {
    "connection_lost": ("duration",),
    "unplugged": ("duration",),
    "overload": ("duration",),
    "stuck_output": ("duration", "channel"),
    "late_trigger": ("delay",),
    "underflow": (),
}
_BITS = Number(integer=True, at_least=2, at_most=32)
_FROM_START = Annotated[float, Quantity(TIME, "50 ms", at_least=0.0, at_most=1e6)]


class RigNoiseSpec(Table):
    """Noise of the device's current, white plus 1/f^n, drawn at the input's sample rate.

    Attributes:
        white_a2_per_hz: One-sided density of the white part, in A^2/Hz.
        flicker_a2_per_hz: One-sided density of the 1/f^n part at `flicker_at_hz`, in A^2/Hz.
        flicker_at_hz: Frequency at which `flicker_a2_per_hz` holds.
        flicker_exponent: The exponent n.
        seed: Seed of the noise.
    """

    white_a2_per_hz: Annotated[float, DENSITY] = setting(
        default="0 nA^2/Hz", alias="white", description="One-sided density of the white noise."
    )
    flicker_a2_per_hz: Annotated[float, DENSITY] = setting(
        default="0 nA^2/Hz",
        alias="flicker",
        description="One-sided density of the 1/f^n noise at the frequency `flicker_at`.",
    )
    flicker_at_hz: Annotated[float, frequency("1 kHz")] = setting(
        default="1 kHz", alias="flicker_at", description="Frequency at which `flicker` is stated."
    )
    flicker_exponent: Annotated[float, Number(above=0.0, at_most=2.0)] = setting(
        default=1.5, description="The exponent n of the 1/f^n noise; 1.5 in Boon 2025, Fig. 2c."
    )
    seed: Seed = setting(default=1, description="Seed of the noise; the same seed, the same noise.")


class FaultSpec(Table):
    """One thing that goes wrong. A run is one start of a hardware-timed input.

    Attributes:
        kind: What goes wrong.
        run: In which run, counted from 1 since the server began, or None for every run.
        at_s: When, from the start of that run.
        duration_s: How long, or None for as long as the server runs.
        channel: The output that is stuck.
        delay_samples: How late the output starts, in its samples.
    """

    kind: FaultKind = Field(
        description="`connection_lost`: the server answers nothing. `unplugged`: the driver finds "
        "no chassis. `overload`: the current drives the converter and the input to the end of "
        "their range. `stuck_output`: an output keeps its voltage. `late_trigger`: the output "
        "starts late. `underflow`: the driver ends the generation where it is."
    )
    run: Annotated[int, Number(integer=True, at_least=1, at_most=10**9)] | None = derived(
        "every run",
        description="The run in which it happens, counted from 1: one start of a "
        "hardware-timed input.",
    )
    at_s: _FROM_START = setting(
        default="0 s", alias="at", description="When it begins, from the start of that run."
    )
    duration_s: Annotated[float, Quantity(TIME, above=0.0, at_most=1e6)] | None = derived(
        "to the end",
        alias="duration",
        description="How long it lasts; not for `late_trigger` and `underflow`.",
    )
    channel: Annotated[str, OUTPUT] | None = derived(
        "none",
        description="The output channel that is stuck; only for `stuck_output`, which needs it.",
    )
    delay_samples: Annotated[int, Number(integer=True, at_least=1, at_most=10**6)] | None = derived(
        "none",
        alias="delay",
        description="Output samples by which it starts late; only for `late_trigger`, which needs "
        "it.",
    )


class VirtualSpec(Table):
    """The virtual rig: what stands for the device, the I/V converter and the chassis.

    Attributes:
        wiring: What is between the outputs and the input.
        resistor_ohm: The resistor, where one is in the device's place.
        electrode: The electrode whose output drives it, or the input itself.
        device: Name of a shipped device model, or a path as written in the file.
        bandwidth_hz: Frequency of the I/V converter's single pole (-3 dB).
        offset_v: Output offset of the I/V converter.
        output_bits: Resolution of the outputs, or None for the module's.
        output_span_v: Voltage of the output's outermost codes, or None for the module's.
        input_bits: Resolution of the input, or None for the module's.
        input_span_v: Voltage of the input's outermost codes, or None for the module's.
        latency_samples: Further input samples by which the input lags.
        filter_order: Order of the input's comb filter, or None for the module's.
        input_delay_s: Further delay of the input.
        clock_error: Relative error of the outputs' clock against the input's.
        time: Whether simulated time follows the wall clock.
        power_up_v: Voltages of the electrodes when the server begins, one each.
        noise: Noise of the device's current, or None.
        faults: What goes wrong.
    """

    wiring: Literal["device", "resistor", "loopback"] = setting(
        default="device",
        description="`device`: the device. `resistor`: a resistor in its place, for calibrations. "
        "`loopback`: a wire from an output to the input, past the converter.",
    )
    resistor_ohm: Annotated[float, Quantity(RESISTANCE, "10 Mohm", above=0.0, at_most=1e15)] = (
        setting(
            default="10 Mohm",
            alias="resistor",
            description='The resistor; only with `wiring = "resistor"`.',
        )
    )
    electrode: Annotated[int, Number(integer=True, at_least=0, at_most=63)] = setting(
        default=0,
        description="The electrode whose output drives the resistor, or the input; not with the "
        "device.",
    )
    device: Annotated[str, MODEL] = setting(
        default="rnpu-compact",
        description="A shipped device model's name, or the path of a model file (.json, .npz, "
        ".pt) relative to the rig file; one electrode of the model per entry of "
        "`electrodes.channels`.",
    )
    bandwidth_hz: PositiveFrequency = setting(
        default="20 kHz",
        alias="bandwidth",
        description="Frequency of the current-to-voltage converter's single pole (-3 dB).",
    )
    offset_v: Voltage = setting(
        default="0 V", alias="offset", description="Output offset of that converter."
    )
    output_bits: Annotated[int, _BITS] | None = derived(
        "the module's", description="Resolution of the outputs."
    )
    output_span_v: Annotated[float, positive_voltage()] | None = derived(
        "the module's",
        alias="output_span",
        description="Voltage of the outermost output codes, either sign.",
    )
    input_bits: Annotated[int, _BITS] | None = derived(
        "the module's", description="Resolution of the input."
    )
    input_span_v: Annotated[float, positive_voltage()] | None = derived(
        "the module's",
        alias="input_span",
        description="Voltage of the outermost input codes, either sign.",
    )
    latency_samples: Annotated[int, Number(integer=True, at_least=0, at_most=100_000)] = setting(
        default=0,
        alias="latency",
        description="Further input samples by which the input lags.",
    )
    filter_order: Annotated[int, Number(integer=True, at_least=0, at_most=5)] | None = derived(
        "the module's",
        description="Order of the input's comb filter, whose first notch is the sample rate: how "
        "often the signal is averaged over a sample period. 0 for none.",
    )
    input_delay_s: Annotated[float, Quantity(TIME, "20 us", at_least=0.0, at_most=10.0)] = setting(
        default="0 s",
        alias="input_delay",
        description="Further delay of the input: each sample is the signal so much earlier.",
    )
    clock_error: Annotated[float, Quantity(RATE_ERROR, at_least=-1e-3, at_most=1e-3)] = setting(
        default="0 ppm",
        description="How much faster the outputs' clock runs than the input's.",
    )
    time: Literal["event", "real"] = setting(
        default="event",
        description="`event`: simulated time runs as fast as the requests allow. `real`: it is the "
        "wall clock's.",
    )
    power_up_v: VoltageOrVoltages = setting(
        default="0 V",
        alias="power_up",
        description="Electrode voltages when the server begins: one for all, or one each. What a "
        "program that was killed would have left.",
    )
    noise: RigNoiseSpec | None = setting(
        default=None, description="Noise of the device's current; off without this table."
    )
    faults: tuple[FaultSpec, ...] = setting(default=(), description="What goes wrong, and when.")
