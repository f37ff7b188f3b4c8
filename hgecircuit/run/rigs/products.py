"""What a rig may be made of: chassis and modules by the product type that NI-DAQmx reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ModuleKind = Literal["ao", "ai"]


@dataclass(frozen=True)
class Module:
    """A C Series module for voltages.

    Attributes:
        kind: ``ao`` for outputs, ``ai`` for inputs.
        channels: Number of channels.
        bits: Resolution of the converters.
        range_v: Largest voltage of either sign that a channel may be set to or asked for.
        span_v: Voltage of the outermost codes: half the span of all codes.
        highest_rate_hz: Fastest sample rate per channel.
        delta_sigma: Whether the input has a delta-sigma converter, so that its rates are the
            highest divided by whole numbers.
        comb_order: Order of the input's comb filter, whose first notch is the sample rate; 0 for
            none.
    """

    kind: ModuleKind
    channels: int
    bits: int
    range_v: float
    span_v: float
    highest_rate_hz: float
    delta_sigma: bool = False
    comb_order: int = 0


#: By product type. Channels, bits and rates are those of NI's data sheets; the spans are the
#: nominal ranges in "NI 9144 User Guide and Specifications" and, of the NI 9264, in the NI 9145
#: documentation. That of the NI 9202 isn't documented there.
MODULES: Mapping[str, Module] = {
    "NI 9263": Module("ao", 4, 16, 10.0, 10.7, 100e3),
    "NI 9264": Module("ao", 16, 16, 10.0, 10.5, 25e3),
    "NI 9202": Module("ai", 16, 24, 10.0, 10.0, 10e3, delta_sigma=True, comb_order=1),
    "NI 9215": Module("ai", 4, 16, 10.0, 10.4, 100e3),
}

#: Slots by product type.
CHASSIS: Mapping[str, int] = {
    "cDAQ-9171": 1,
    "cDAQ-9173": 4,
    "cDAQ-9174": 4,
    "cDAQ-9178": 8,
    "cDAQ-9179": 14,
    "cDAQ-9183": 4,
    "cDAQ-9185": 4,
    "cDAQ-9187": 4,
    "cDAQ-9188": 8,
    "cDAQ-9189": 8,
}
