"""The digital alternatives: what could stand in the analog learner's place, and its supply power.

A small embedded lock-in runs the paper's scheme: one DAC output per electrode with an amplifier
that makes its range bipolar, a current-to-voltage converter, one ADC, and a microcontroller that
makes the carriers, demodulates, filters and updates. Its parts are an example, not an optimum.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from hgecircuit.parts.opamps.table import OPAMPS

_AMPLIFIER, _CONVERTER = "LM358B", "OPA140"
# Total supply of the amplifiers: +-5 V are enough for electrodes of +-2 V.
_SUPPLY_V = 10.0
_DAC_CHANNELS = 8


class Item(NamedTuple):
    """Parts of one kind in a digital alternative.

    Attributes:
        part: Part number and what it is.
        quantity: How many.
        supply_w: Supply power of one in W; None when unknown.
        source: Where it comes from.
    """

    part: str
    quantity: int
    supply_w: float | None
    source: str


def embedded_lock_in(electrodes: int) -> tuple[Item, ...]:
    """Parts of an embedded lock-in for a device of so many electrodes."""
    amplifier, converter = OPAMPS[_AMPLIFIER].part, OPAMPS[_CONVERTER].part
    assert amplifier.quiescent_a is not None
    assert converter.quiescent_a is not None
    return (
        Item(
            "STM32L100, microcontroller at 32 MHz",
            1,
            9.6e-3 * 3.6,
            "STMicroelectronics DocID024295 Rev 1, table 15: 9.6 mA typical, from flash, at 3.6 V",
        ),
        Item(
            "DAC8568, eight DACs of 16 bit",
            math.ceil(electrodes / _DAC_CHANNELS),
            1.25e-3 * 5.0,
            "Texas Instruments SBAS430D, features: 1.25 mA at 5 V with its reference",
        ),
        Item(
            "ADS8320, ADC of 16 bit",
            1,
            0.3e-3,
            "Texas Instruments SBAS108E, features: 0.3 mW at 10 kHz and 2.7 V",
        ),
        Item(
            f"{_CONVERTER}, current-to-voltage converter on +-5 V",
            1,
            converter.quiescent_a * _SUPPLY_V,
            converter.source,
        ),
        Item(
            f"{_AMPLIFIER}, an amplifier per electrode and one at the ADC, on +-5 V",
            electrodes + 1,
            amplifier.quiescent_a * _SUPPLY_V,
            amplifier.source,
        ),
    )


#: The paper's rig. Its chassis is not named, so that of an eight-slot CompactDAQ stands here; what
#: the modules take of it no source could be found for, and a computer stands behind it.
PAPER_RIG = (
    Item(
        "NI CompactDAQ chassis with NI 9264 and NI 9202",
        1,
        15.0,
        "rating at the power connector of an NI cDAQ-9172 (11 to 30 V, 15 W), an upper limit; "
        "Boon 2025, Methods, names the modules and no chassis",
    ),
    Item("computer", 1, None, "not stated in Boon 2025"),
)

#: What the figures of the digital alternatives rest on.
ASSUMPTIONS = (
    "analog circuit: supply currents of its chips without load; references, clocks and blocks that "
    "are only modelled are not in it",
    "embedded lock-in: typical figures of the data sheets named, always on, without the losses of "
    "regulators; the converter's samples at 10 kHz",
    "embedded lock-in, the paper's timing: the digital reference's own time per iteration, ramps "
    "included (T, sample rate and ramps of the circuit file)",
    "embedded lock-in, the circuit's timing: the same parts with updates as often as the circuit's "
    "epochs; whether it would learn with so short a T was not simulated",
    "paper's rig: an upper limit for the chassis; the computer is unknown and not in it",
)


def known_power_w(items: tuple[Item, ...]) -> float:
    """Supply power of all parts for which it is known, in W."""
    return sum(item.quantity * (item.supply_w or 0.0) for item in items)
