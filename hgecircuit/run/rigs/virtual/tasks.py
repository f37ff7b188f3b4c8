"""Tasks as programs build them: channels, timing, trigger, and where they are in their life."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from math import inf
from typing import Literal

import numpy as np
from nidaqmx.constants import (
    AcquisitionType,
    Edge,
    OverwriteMode,
    ReadRelativeTo,
    RegenerationMode,
    WriteRelativeTo,
)

from hgecircuit.run.rigs.products import ModuleKind
from hgecircuit.run.rigs.virtual.drives import Drive
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.hardware import ModuleDevice, PhysicalChannel

Timing = Literal["on_demand", "sample_clock"]


class State(IntEnum):
    """How far a task is, in the driver's order."""

    UNVERIFIED = 0
    VERIFIED = 1
    RESERVED = 2
    COMMITTED = 3
    RUNNING = 4


@dataclass
class VirtualChannel:
    """One channel of a task.

    Attributes:
        name: Its name in the task.
        physical: The physical channel behind it.
        min_v: Smallest voltage that is expected or allowed.
        max_v: Largest voltage.
        terminal_config: How an input is wired, as the driver's number.
        description: Text of the user's.
    """

    name: str
    physical: PhysicalChannel
    min_v: float
    max_v: float
    terminal_config: int
    description: str = ""


@dataclass
class Acquisition:
    """A started input.

    Attributes:
        rate_hz: Samples per second.
        start_s: Instant of the first sample; None until a trigger.
        total: Samples to be acquired; None for no end.
        buffer: Samples that the buffer holds.
        read: Samples read so far.
        made: Samples computed so far.
        kept: The last samples computed, as many as the buffer holds, shape (channels, kept).
    """

    rate_hz: float
    start_s: float | None
    total: int | None
    buffer: int
    read: int = 0
    made: int = 0
    kept: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    def acquired(self, time_s: float) -> int:
        """Samples acquired until ``time_s``."""
        if self.start_s is None or time_s < self.start_s:
            return 0
        # a thousandth of a sample for rounding: a wait ends exactly when its samples are there
        count = int((time_s - self.start_s) * self.rate_hz + 1e-3)
        return count if self.total is None else min(count, self.total)

    def time_of(self, count: float) -> float | None:
        """When so many samples will have been acquired; None before a trigger."""
        return None if self.start_s is None else self.start_s + count / self.rate_hz


@dataclass
class Task:
    """One task on the server.

    Attributes:
        name: Its name in the driver.
        session: Its name on the server.
        channels: Its channels, all inputs or all outputs.
        timing: Whether a sample clock or the program times it.
        rate_hz: Rate as asked for.
        mode: Finite or continuous.
        samples: Samples per channel of a finite task, or a hint for the buffer.
        active_edge: Edge of the clock that counts.
        trigger: Terminal that starts it, or None.
        trigger_edge: Edge of the trigger that counts.
        retriggerable: Whether it starts again with every trigger.
        input_buffer: Buffer size as set by the program, or None.
        output_buffer: Likewise.
        state: How far it is.
        rest_state: State to which a stop returns it.
        auto_started: Whether a read or write has started it.
        acquisition: The started input.
        pending: Samples written before the start, shape (n, channels), as the outputs put them out.
        generated: Whether ``pending`` was generated already, so that the next write replaces it.
        drive: The started output.
        regeneration: Whether an output repeats its buffer.
        overwrite: Whether an input may overwrite what was not read.
        read_relative_to: Where a read begins.
        read_offset: Samples from there.
        write_relative_to: Where a write begins.
        write_offset: Samples from there.
        read_all_available: Whether reading all of a finite input does not wait for its end.
        read_auto_start: Whether a read starts the task.
        channels_to_read: Names of the channels that a read returns, or None for all.
        failure: Error that ended it while it ran.
        started_s: When it was last started.
        starved_s: When a fault ends its generation.
        serial: Number of its last start, for those that wait for events.
    """

    name: str
    session: str
    channels: list[VirtualChannel] = field(default_factory=list)
    timing: Timing = "on_demand"
    rate_hz: float = 1000.0
    mode: AcquisitionType = AcquisitionType.FINITE
    samples: int = 1000
    active_edge: Edge = Edge.RISING
    trigger: str | None = None
    trigger_edge: Edge = Edge.RISING
    retriggerable: bool = False
    input_buffer: int | None = None
    output_buffer: int | None = None
    regeneration: RegenerationMode = RegenerationMode.ALLOW_REGENERATION
    overwrite: OverwriteMode = OverwriteMode.DO_NOT_OVERWRITE_UNREAD_SAMPLES
    read_relative_to: ReadRelativeTo = ReadRelativeTo.CURRENT_READ_POSITION
    read_offset: int = 0
    write_relative_to: WriteRelativeTo = WriteRelativeTo.CURRENT_WRITE_POSITION
    write_offset: int = 0
    read_all_available: bool = False
    read_auto_start: bool = True
    channels_to_read: list[str] | None = None
    state: State = State.UNVERIFIED
    rest_state: State = State.UNVERIFIED
    auto_started: bool = False
    acquisition: Acquisition | None = None
    pending: np.ndarray | None = None
    generated: bool = False
    drive: Drive | None = None
    failure: DriverError | None = None
    started_s: float = 0.0
    starved_s: float = inf
    serial: int = 0

    @property
    def kind(self) -> ModuleKind | None:
        """``ai``, ``ao``, or None without channels."""
        return self.channels[0].physical.module.product.kind if self.channels else None

    @property
    def modules(self) -> list[ModuleDevice]:
        """Modules of its channels, each once."""
        found = {each.physical.module.name: each.physical.module for each in self.channels}
        return list(found.values())

    @property
    def hardware_timed(self) -> bool:
        """Whether a sample clock times it."""
        return self.timing == "sample_clock"

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped, done or not."""
        return self.state is State.RUNNING

    @property
    def readable(self) -> list[int]:
        """Indices of the channels that a read returns."""
        if self.channels_to_read is None:
            return list(range(len(self.channels)))
        names = [each.name.lower() for each in self.channels]
        return [names.index(each.lower()) for each in self.channels_to_read]
