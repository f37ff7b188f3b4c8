"""What is in the chassis, held against what the rig file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hgecircuit.run.rigs.connection import Connection
from hgecircuit.run.rigs.safety import RigError

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec


@dataclass(frozen=True)
class Found:
    """One chassis or module.

    Attributes:
        name: Its name in NI-DAQmx.
        wanted: Product type in the rig file.
        product: Product type that the driver reports; empty when it isn't there.
        slot: Slot in the rig file; 0 for the chassis.
        simulated: Whether the driver only simulates it.
    """

    name: str
    wanted: str
    product: str
    slot: int
    simulated: bool

    @property
    def good(self) -> bool:
        """Whether it is what the rig file says."""
        return self.product == self.wanted


def discover(connection: Connection, spec: RigSpec) -> list[Found]:
    """The chassis and the modules of a rig file, as the driver sees them.

    Raises:
        RigError: Nobody answers.
    """
    system = connection.system()
    with connection.errors("can't tell what it consists of"):
        there = {device.name.lower(): device for device in system.devices}
        wanted = [(spec.chassis.name, spec.chassis.product, 0)]
        wanted += [(module.name, module.product, module.slot) for module in spec.modules]
        return [
            _look(there.get(name.lower()), name, product, slot) for name, product, slot in wanted
        ]


def check_products(found: list[Found], place: str) -> None:
    """Refuse a rig that is not what the rig file says.

    Raises:
        RigError: Names what is missing or different.
    """
    wrong = [
        f"{one.name} is missing (a {one.wanted} in the rig file)"
        if not one.product
        else f"{one.name} is a {one.product}, not a {one.wanted}"
        for one in found
        if not one.good
    ]
    if wrong:
        raise RigError(
            f"the rig at {place} is not what the rig file says: {', '.join(wrong)}",
            advice="change the rig file or the rig; `hgecircuit rig check` lists both",
        )


def _look(device: Any, name: str, wanted: str, slot: int) -> Found:
    if device is None:
        return Found(name, wanted, "", slot, False)
    return Found(name, wanted, str(device.product_type), slot, bool(device.is_simulated))
