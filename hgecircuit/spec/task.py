"""What is to be learned, on which device: the tables `[task]`, `[device]` and `[start]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hgecircuit.spec.forms import Many, Number, Quantity, Text
from hgecircuit.spec.table import (
    PositiveFrequency,
    Seed,
    Table,
    VoltageOrVoltages,
    Voltages,
    derived,
    frequency,
    setting,
)
from hgecircuit.units import CURRENT_DENSITY

_PATTERN = Text("[01]{1,16}", 'a pattern of 0 and 1, such as "01"', "not a pattern of 0 and 1")
_TARGETS = Text("[01]{2,256}", 'one 0 or 1 per pattern, such as "0110"', "not a row of 0 and 1")
MODEL = Text(
    r"[A-Za-z0-9_./-]*[A-Za-z0-9_-]",
    'a shipped model, such as "rnpu-compact", or a path relative to the circuit file, such as '
    '"../models/mine.npz", of letters, digits and _ - . / only',
    "not a model's name or path",
)
_ELECTRODES = Many(Number(integer=True, at_least=0, at_most=255))
DENSITY = Quantity(CURRENT_DENSITY, at_least=0.0)


class TaskSpec(Table):
    """The truth table to learn.

    Attributes:
        kind: "table".
        patterns: One text of 0 and 1 per pattern, one character per input electrode.
        targets: The wanted outputs, one character per pattern.
    """

    kind: Literal["table"] = setting(
        default="table",
        description="`table`: patterns and targets as listed. `sphere`: points of a ball against "
        "points of a shell.",
    )
    patterns: Annotated[tuple[str, ...], Many(_PATTERN, least=2, most=256)] = Field(
        description="Input patterns, in the order in which they are shown; one character per "
        "input electrode."
    )
    targets: Annotated[str, _TARGETS] = Field(
        description='Wanted output for each pattern, such as "0110" for XOR. All equal is a '
        "constant gate, whose outputs must be alike."
    )

    @property
    def pattern_bits(self) -> tuple[tuple[int, ...], ...]:
        """The patterns as numbers, shape (patterns, inputs)."""
        return tuple(tuple(int(bit) for bit in pattern) for pattern in self.patterns)

    @property
    def target_bits(self) -> tuple[int, ...]:
        """The targets as numbers, shape (patterns,)."""
        return tuple(int(bit) for bit in self.targets)


class NoiseSpec(Table):
    """Noise of the device's output current: white plus 1/f^n, added (Boon 2025, Fig. 2c).

    Attributes:
        white_a2_per_hz: One-sided density of the white part, in A^2/Hz.
        flicker_a2_per_hz: One-sided density of the 1/f^n part at `flicker_at_hz`, in A^2/Hz.
        flicker_at_hz: Frequency at which `flicker_a2_per_hz` holds.
        flicker_exponent: The exponent n.
        seed: Seed of the noise.
        sample_rate_hz: Rate at which the noise is drawn.
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
        default="1 kHz",
        alias="flicker_at",
        description="Frequency at which `flicker` is stated.",
    )
    flicker_exponent: Annotated[float, Number(above=0.0, at_most=3.0)] = setting(
        default=1.5, description="The exponent n of the 1/f^n noise; 1.5 in Boon 2025, Fig. 2c."
    )
    seed: Seed = setting(default=1, description="Seed of the noise; the same seed, the same noise.")
    sample_rate_hz: PositiveFrequency = setting(
        default="10 kHz",
        alias="sample_rate",
        description="Rate at which the noise is drawn; its density holds up to about a quarter "
        "of this rate.",
    )


class DeviceSpec(Table):
    """The device and the use of its electrodes, which are counted from 0.

    Attributes:
        model: Name of a shipped model, or a path as written in the file.
        inputs: Input electrodes, in the order of the patterns' characters.
        controls: Control electrodes, in the order of all lists for controls.
        logic_low_v: Voltage of a 0, one per input.
        logic_high_v: Voltage of a 1, one per input.
        control_min_v: Lower clamp, one per control; None for the device's range.
        control_max_v: Upper clamp, one per control; None for the device's range.
        noise: Noise of the output current, or None.
    """

    model: Annotated[str, MODEL] = setting(
        default="rnpu-compact",
        description="A shipped model's name, or the path of a model file (.json, .npz, .pt) "
        "relative to the circuit file.",
    )
    inputs: Annotated[tuple[int, ...], _ELECTRODES] = Field(
        description="Electrodes that get the patterns, counted from 0, one per character."
    )
    controls: Annotated[tuple[int, ...], _ELECTRODES] = Field(
        description="Electrodes whose voltages are learned; every electrode must be an input or a "
        "control."
    )
    logic_low_v: VoltageOrVoltages = Field(
        alias="logic_low", description="Input voltage of a 0: one for all inputs, or one each."
    )
    logic_high_v: VoltageOrVoltages = Field(
        alias="logic_high", description="Input voltage of a 1: one for all inputs, or one each."
    )
    control_min_v: VoltageOrVoltages | None = derived(
        "the device's safe range, less the perturbation's amplitude",
        alias="control_min",
        description="Lowest control voltage (the integrators' clamp): one for all controls, or "
        "one each. With the perturbation it must stay inside the device's safe range.",
    )
    control_max_v: VoltageOrVoltages | None = derived(
        "the device's safe range, less the perturbation's amplitude",
        alias="control_max",
        description="Highest control voltage, like `control_min`.",
    )
    noise: NoiseSpec | None = setting(
        default=None, description="Noise of the device's output current; off without this table."
    )


class StartSpec(Table):
    """The control voltages before the first epoch.

    Attributes:
        seed: Seed of a random start, or None when `voltages_v` is given.
        voltages_v: Start voltage of each control, or None for a random start.
        restarts: Further random starts that may be tried until one learns.
    """

    seed: Seed | None = derived(
        "1 without `voltages`",
        description="Seed of a random start, uniform over the controls' whole ranges.",
    )
    voltages_v: Voltages | None = derived(
        "a random start",
        alias="voltages",
        description="Start voltages, one per control, in place of a random start.",
    )
    restarts: Annotated[int, Number(integer=True, at_least=0, at_most=1000)] = setting(
        default=0,
        description="`verify` may try this many further random starts, of the same seed, until one "
        "learns; the report counts them.",
    )
