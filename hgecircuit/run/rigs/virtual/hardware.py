"""The chassis as the driver sees it: devices, physical channels, terminals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.products import CHASSIS, MODULES, Module
from hgecircuit.run.rigs.virtual.errors import DriverError

#: Terminals that start a task, by the kind of task that sends them.
START_TRIGGERS = {"ai/starttrigger": "ai", "ao/starttrigger": "ao"}
_TERMINALS = (
    "ai/StartTrigger",
    "ai/SampleClock",
    "ai/ReferenceTrigger",
    "ao/StartTrigger",
    "ao/SampleClock",
    "PFI0",
    "PFI1",
    "20MHzTimebase",
    "80MHzTimebase",
    "100kHzTimebase",
    "OnboardClock",
)


@dataclass(frozen=True)
class ModuleDevice:
    """A module in its slot.

    Attributes:
        name: Its name in NI-DAQmx.
        slot: Its slot, from 1.
        product_type: Its product type.
        product: What it can do.
    """

    name: str
    slot: int
    product_type: str
    product: Module

    @property
    def channels(self) -> list[str]:
        """Full names of its physical channels."""
        return [f"{self.name}/{self.product.kind}{index}" for index in range(self.product.channels)]


@dataclass(frozen=True)
class PhysicalChannel:
    """One physical channel.

    Attributes:
        name: Its full name.
        module: The module that has it.
    """

    name: str
    module: ModuleDevice


class Hardware:
    """All devices of a rig file.

    Args:
        spec: The rig file; its modules must be known products.
    """

    def __init__(self, spec: RigSpec) -> None:
        self.chassis = spec.chassis.name
        self.product_type = spec.chassis.product
        self.slots = CHASSIS[spec.chassis.product]
        modules = sorted(spec.modules, key=lambda each: each.slot)
        self.modules = [
            ModuleDevice(each.name, each.slot, each.product, MODULES[each.product])
            for each in modules
        ]
        self._channels: Mapping[str, PhysicalChannel] = {
            name.lower(): PhysicalChannel(name, module)
            for module in self.modules
            for name in module.channels
        }

    @property
    def device_names(self) -> list[str]:
        """Chassis and modules."""
        return [self.chassis, *(module.name for module in self.modules)]

    @property
    def terminals(self) -> list[str]:
        """Terminals of the chassis."""
        return [f"/{self.chassis}/{name}" for name in _TERMINALS]

    def module(self, name: str) -> ModuleDevice | None:
        """The module of a name; None for the chassis.

        Raises:
            DriverError: No such device.
        """
        wanted = name.strip().lower()
        if wanted == self.chassis.lower():
            return None
        for module in self.modules:
            if module.name.lower() == wanted:
                return module
        raise DriverError(DAQmxErrors.INVALID_DEVICE_ID, f"Device: {name}")

    def channel(self, name: str) -> PhysicalChannel:
        """The physical channel of a name.

        Raises:
            DriverError: No such device or channel.
        """
        found = self._channels.get(name.strip().lstrip("/").lower())
        if found is not None:
            return found
        self.module(name.strip().lstrip("/").partition("/")[0])
        raise DriverError(DAQmxErrors.PHYSICAL_CHAN_DOES_NOT_EXIST, f"Physical Channel: {name}")

    def terminal(self, name: str) -> str:
        """The chassis' own name, in lower case and without the chassis, of a terminal.

        Raises:
            DriverError: No such terminal.
        """
        path = name.strip().strip("/").lower()
        device, _, rest = path.partition("/")
        if device in (each.lower() for each in self.device_names):
            path = rest
        if path in (each.lower() for each in _TERMINALS):
            return path
        raise DriverError(
            DAQmxErrors.INVALID_ROUTING_SOURCE_TERMINAL_NAME_ROUTING, f"Terminal: {name}"
        )
