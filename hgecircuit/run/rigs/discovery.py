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
        slot_there: Slot that the driver reports; 0 for the chassis, and when it isn't there.
        simulated: Whether the driver only simulates it.
    """

    name: str
    wanted: str
    product: str
    slot: int
    slot_there: int
    simulated: bool

    @property
    def good(self) -> bool:
        """Whether it is what the rig file says."""
        return self.product == self.wanted and self.slot_there == self.slot

    @property
    def difference(self) -> str:
        """What sets it apart from the rig file, in words; empty when nothing does."""
        if not self.product:
            return f"{self.name} is missing (a {self.wanted} in the rig file)"
        if self.product != self.wanted:
            return f"{self.name} is a {self.product}, not a {self.wanted}"
        if self.slot_there != self.slot:
            return f"{self.name} is in slot {self.slot_there}, not {self.slot}"
        return ""


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
    wrong = [one.difference for one in found if not one.good]
    if wrong:
        raise RigError(
            f"the rig at {place} is not what the rig file says: {', '.join(wrong)}",
            advice="change the rig file or the rig; `hgecircuit rig check` lists both",
        )


def _look(device: Any, name: str, wanted: str, slot: int) -> Found:
    if device is None:
        return Found(name, wanted, "", slot, 0, False)
    product = str(device.product_type)
    # a chassis has no slot, and whatever else has the module's name may have none either
    there = int(device.compact_daq_slot_num) if slot and product == wanted else 0
    return Found(name, wanted, product, slot, there, bool(device.is_simulated))
