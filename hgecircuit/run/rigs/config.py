"""The rig file: which chassis, which electrode on which channel, and what must never happen.

The client and the virtual rig read the same file; only the table `[virtual]` is the latter's alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr

from hgecircuit.run.rigs.config_forms import DEVICE_NAME, INPUT, OUTPUT, PRODUCT
from hgecircuit.run.rigs.config_virtual import VirtualSpec
from hgecircuit.spec.forms import Many, Number, Quantity, Text
from hgecircuit.spec.source import Source
from hgecircuit.spec.table import (
    PositiveFrequency,
    PositiveTime,
    PositiveVoltage,
    Table,
    VoltageOrVoltages,
    derived,
    setting,
)
from hgecircuit.units import CURRENT, RESISTANCE, SLEW_RATE, TIME

_HOST = Text(
    r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}|[0-9a-fA-F:]{2,45}",
    'a host name or address, such as "127.0.0.1"',
    "not a host name or address",
)
_SESSION = Text(
    "[A-Za-z0-9][A-Za-z0-9_-]{0,31}",
    'up to 32 letters, digits, _ and -, such as "hgecircuit"',
    "can't name the sessions on the server",
)
_TITLE = Text(
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}",
    "one line of 1 to 100 characters",
    "not a title of one line",
)
_SLEW = Quantity(SLEW_RATE, above=0.0, at_most=1e9)
_Outputs = Annotated[tuple[str, ...], Many(OUTPUT)]
_Inputs = Annotated[tuple[str, ...], Many(INPUT)]
_SlewOrSlews = Annotated[tuple[float, ...], Many(_SLEW, or_one=True)]


class ConnectionSpec(Table):
    """The gRPC device server of the chassis: NI's, or the virtual rig.

    Attributes:
        host: Host name or address of the server.
        port: Its port.
        session: First part of the names of the tasks on the server.
        timeout_s: Longest wait beyond the length of what is measured.
    """

    host: Annotated[str, _HOST] = setting(
        default="127.0.0.1",
        description="Host name or address of the gRPC device server. The virtual rig only serves "
        "its own computer. `local`: no server, but the NI-DAQmx driver of this computer.",
    )
    port: Annotated[int, Number(integer=True, at_least=1, at_most=65535)] = setting(
        default=31763, description="Port of the gRPC device server."
    )
    session: Annotated[str, _SESSION] = setting(
        default="hgecircuit",
        description="First part of the names of the tasks on the server. A task whose name is "
        "there already is attached to, so two programs need two names.",
    )
    timeout_s: PositiveTime = setting(
        default="10 s",
        alias="timeout",
        description="Longest wait for an answer beyond the length of what is measured.",
    )


class ChassisSpec(Table):
    """The chassis.

    Attributes:
        name: Its name in NI-DAQmx.
        product: Its product type.
    """

    name: Annotated[str, DEVICE_NAME] = Field(
        description='Name of the chassis in NI-DAQmx, such as "cDAQ1".'
    )
    product: Annotated[str, PRODUCT] = Field(
        description='Product type, such as "cDAQ-9174"; `rig check` compares it with what is there.'
    )


class ModuleSpec(Table):
    """One module in the chassis.

    Attributes:
        slot: Its slot, counted from 1.
        name: Its name in NI-DAQmx.
        product: Its product type.
    """

    slot: Annotated[int, Number(integer=True, at_least=1, at_most=14)] = Field(
        description="Slot, counted from 1."
    )
    name: Annotated[str, DEVICE_NAME] = Field(
        description='Name of the module in NI-DAQmx, such as "cDAQ1Mod1".'
    )
    product: Annotated[str, PRODUCT] = Field(description='Product type, such as "NI 9264".')


class ElectrodesSpec(Table):
    """The device's voltage electrodes, which are counted from 0, as in circuit files.

    Attributes:
        channels: Output channel of each electrode.
        min_v: Lowest voltage of each electrode.
        max_v: Highest voltage of each electrode.
        slew_limit_v_per_s: Fastest change of each electrode's voltage.
        monitors: Input channel that senses each electrode's voltage, or None.
    """

    channels: _Outputs = Field(description="Output channel of each electrode, in their order.")
    min_v: VoltageOrVoltages = Field(
        alias="min", description="Lowest voltage: one for all electrodes, or one each."
    )
    max_v: VoltageOrVoltages = Field(alias="max", description="Highest voltage, like `min`.")
    slew_limit_v_per_s: _SlewOrSlews = setting(
        default="1 kV/s",
        alias="slew_limit",
        description="Fastest change from sample to sample, perturbation included: one for all "
        "electrodes, or one each.",
    )
    monitors: _Inputs | None = derived(
        "none",
        description="Input channels wired to the electrodes, one each and in their order. Outputs "
        "can't be read back: only with monitors a program finds voltages that another one has "
        "left, or an output that does not follow.",
    )


class CurrentSpec(Table):
    """Where the device's current is measured, through a current-to-voltage converter.

    Attributes:
        channel: Input channel of the converter's voltage.
        gain_ohm: Voltage per current, without sign.
        inverted: Whether a positive current gives a negative voltage.
        range_v: Largest voltage of either sign that is expected at the input.
    """

    channel: Annotated[str, INPUT] = Field(description="Input channel of the converter's voltage.")
    gain_ohm: Annotated[float, Quantity(RESISTANCE, "33.3 Mohm", above=0.0, at_most=1e15)] = Field(
        alias="gain", description="Transimpedance: voltage per current, without sign."
    )
    inverted: bool = setting(
        default=False, description="Whether a positive current gives a negative voltage."
    )
    range_v: PositiveVoltage = setting(
        default="10 V",
        alias="range",
        description="Largest voltage of either sign that is expected at the input.",
    )


class TimingSpec(Table):
    """How signals are sampled.

    Attributes:
        sample_rate_hz: Rate of outputs and input.
        ramp_time_s: Time of a ramp between two operating points.
    """

    sample_rate_hz: PositiveFrequency = setting(
        default="10 kHz",
        alias="sample_rate",
        description="Rate of the outputs and of the input; 10 kHz in Boon 2025.",
    )
    ramp_time_s: Annotated[float, Quantity(TIME, "15 ms", at_least=0.0, at_most=1e3)] = setting(
        default="15 ms",
        alias="ramp_time",
        description="Time of a ramp between two operating points; 15 ms in Boon 2025.",
    )


class SafetySpec(Table):
    """What keeps the device whole beside the electrodes' limits.

    Attributes:
        start_max_v: Largest voltage of either sign that an electrode's monitor may show at 0 V.
        current_max_a: Largest current of either sign, or None for what the input can measure.
    """

    start_max_v: PositiveVoltage = setting(
        default="10 mV",
        alias="start_max",
        description="How far a monitor may be from what its electrode should have: 0 V at the "
        "start, the output's voltage while measuring. Only with `electrodes.monitors`.",
    )
    current_max_a: Annotated[float, Quantity(CURRENT, above=0.0, at_most=1.0)] | None = derived(
        "what fits into the input's range",
        alias="current_max",
        description="Current of either sign at which a measurement is stopped.",
    )


class RigSpec(Table):
    """One rig file, every number in SI.

    Attributes:
        format: Version of the file format.
        title: One line for reports.
    """

    format: Annotated[int, Number(integer=True, at_least=1, at_most=1)] = setting(
        default=1, description="Version of this file format."
    )
    title: Annotated[str, _TITLE] = derived(
        "the chassis' name", description="One line for reports."
    )
    connection: ConnectionSpec = setting(default={}, description="The gRPC device server.")
    chassis: ChassisSpec = Field(description="The chassis.")
    modules: tuple[ModuleSpec, ...] = Field(
        description="The modules, one table `[[modules]]` each."
    )
    electrodes: ElectrodesSpec = Field(description="The device's voltage electrodes.")
    current: CurrentSpec = Field(description="Where the device's current is measured.")
    timing: TimingSpec = setting(default={}, description="How signals are sampled.")
    safety: SafetySpec = setting(default={}, description="What keeps the device whole.")
    virtual: VirtualSpec = setting(default={}, description="The virtual rig, for the server alone.")

    _source: Source = PrivateAttr(default=Source(""))

    @classmethod
    def from_text(
        cls,
        text: str,
        file: str | Path | None = None,
        *,
        overrides: Mapping[str, Any] | None = None,
    ) -> Self:
        """Read a rig from TOML text; see :func:`~hgecircuit.run.rigs.config_load.load_rig_spec`."""
        from hgecircuit.run.rigs.config_load import build_rig_spec

        return build_rig_spec(
            cls, Source(text, None if file is None else Path(file)), overrides or {}
        )

    @property
    def source(self) -> Source:
        """The text, its file, and what was set from outside the file."""
        return self._source

    @property
    def folder(self) -> Path:
        """The folder that a relative model path starts from."""
        return self._source.file.parent if self._source.file else Path()

    @property
    def monitors(self) -> tuple[str, ...]:
        """Input channels of the electrodes' monitors; empty without."""
        return self.electrodes.monitors or ()

    @property
    def volts_per_ampere(self) -> float:
        """The converter's gain with its sign, in V/A."""
        return -self.current.gain_ohm if self.current.inverted else self.current.gain_ohm

    @property
    def current_max_a(self) -> float:
        """Current of either sign at which a measurement is stopped, in A."""
        if self.safety.current_max_a is not None:
            return self.safety.current_max_a
        return self.current.range_v / self.current.gain_ohm

    def to_json(self) -> dict[str, Any]:
        """Plain data in SI, keys named like the attributes, for provenance."""
        return json.loads(json.dumps(self.model_dump(mode="json"), allow_nan=False))
