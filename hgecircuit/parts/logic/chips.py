"""Logic chips: the figures that delays, bills of materials and power estimates need.

Their supply is 5 V. In the netlists a level of 1 V stands for it, because the analog switches and
the sequencer's signals are normalised to 1 V. Supply current: without load and at rest for 74HC
logic, which switches too seldom here for its dynamic current to count (50 pF at 5 V and 100 kHz
take 25 uA, 0.1 mW); reading at 5 MHz for the EPROM. Makers' own files could not be opened;
``read`` says which copies were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hgecircuit.netlist import Chip

LOGIC_V = 5.0


@dataclass(frozen=True)
class LogicChip:
    """A logic chip at 5 V and 25 C.

    Attributes:
        name: Part.
        kind: What it is.
        delay_s: Propagation delay from the clock, or from any input without one, in s.
        supply_a: Supply current in A; None when unknown.
        source: Data sheet.
        read: Where the figures were read.
    """

    name: str
    kind: str
    delay_s: float
    supply_a: float | None
    source: str
    read: str = field(compare=False)

    @property
    def chip(self) -> Chip:
        """The entry of a bill of materials."""
        power_w = None if self.supply_a is None else LOGIC_V * self.supply_a
        return Chip(self.name, self.kind, power_w, self.source)


LOGIC: Mapping[str, LogicChip] = {
    "74HC10": LogicChip(
        "74HC10", "three NAND gates", 6e-9, 1e-6,
        "STMicroelectronics M74HC10 (1992): delay typical, supply maximum at 25 C",
        "m.eeworld.com.cn/datasheet_part/M74HC10C1R,STMICROELECTRONICS,8571.html",
    ),
    "74HC161": LogicChip(
        "74HC161", "4-bit counter", 24e-9, 4e-6,
        "Texas Instruments SN74HC161, typical",
        "a summary: ic-phoenix.com/S/S65/SN74HC161N.html",
    ),
    "74HC574": LogicChip(
        "74HC574", "8-bit register", 22e-9, 80e-6,
        "Texas Instruments SN74HC574, SCLS148F (2003): delay typical, supply maximum",
        "first page: pdf.elecfans.com/BURR-BROWN/SN74HC574N.html",
    ),
    "27C256": LogicChip(
        "27C256", "EPROM, 32 Ki x 8", 150e-9, 20e-3,
        "Atmel AT27C256R-15: access time and supply at 5 MHz, maxima",
        "m.beike2008.cn/at27c256r-12_datasheet_16613037_4.html",
    ),
    "XO": LogicChip(
        "crystal oscillator, 5 V CMOS", "clock", 0.0, None,
        "any module of the clock's frequency",
        "not looked up: its current depends on maker and frequency",
    ),
}  # fmt: skip
