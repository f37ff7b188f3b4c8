"""Lists of names as NI-DAQmx writes them: "Mod1/ao0:3, Mod1/ao7"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.errors import DriverError

_END = re.compile(r"(.*?)([0-9]+)")
# A longer list is a slip; the largest chassis has 14 modules of 32 channels.
_MOST_NAMES = 1000


def split_names(text: str) -> list[str]:
    """The single names of a list with ranges; a range may go down."""
    names: list[str] = []
    for part in (each.strip() for each in text.split(",")):
        if not part:
            continue
        first, colon, last = part.partition(":")
        names.extend(_range(first.strip(), last.strip()) if colon else [part])
    return names


def _range(first: str, last: str) -> list[str]:
    start, end = _END.fullmatch(first), _END.fullmatch(last)
    if not start or not end or (end[1] and end[1].lower() != start[1].lower()):
        raise DriverError(
            DAQmxErrors.INVALID_SYNTAX_FOR_PHYSICAL_CHANNEL_RANGE, f"Channels: {first}:{last}"
        )
    low, high = int(start[2]), int(end[2])
    if abs(high - low) >= _MOST_NAMES:
        raise DriverError(
            DAQmxErrors.INVALID_SYNTAX_FOR_PHYSICAL_CHANNEL_RANGE, f"Channels: {first}:{last}"
        )
    step = 1 if high >= low else -1
    width = len(start[2]) if start[2].startswith("0") else 0
    return [f"{start[1]}{number:0{width}d}" for number in range(low, high + step, step)]


def join_names(names: Iterable[str]) -> str:
    """The list as the driver returns it."""
    return ", ".join(names)


def virtual_names(text: str, physical: list[str]) -> list[str]:
    """Names of the virtual channels made from ``physical``, as ``text`` asks for.

    Nothing gives the physical names, one name for several channels gets numbers, and a list must
    have one name each.
    """
    names = split_names(text)
    if not names:
        return list(physical)
    if len(names) == 1 and len(physical) > 1:
        return [f"{names[0]}{index}" for index in range(len(physical))]
    if len(names) < len(physical):
        raise DriverError(DAQmxErrors.CHANNEL_NAME_NOT_SPECIFIED_IN_LIST, f"Names: {text}")
    return names[: len(physical)]
