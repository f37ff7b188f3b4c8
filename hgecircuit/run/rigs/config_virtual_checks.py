"""Checks between keys of a rig file's table `[virtual]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hgecircuit.run.rigs.config_virtual import FAULT_KEYS
from hgecircuit.spec.problems import Problem

if TYPE_CHECKING:
    from hgecircuit.run.rigs.config import RigSpec


def virtual_problems(spec: RigSpec) -> Iterator[Problem]:
    """Every mistake in `[virtual]` that needs more than one key to see."""
    yield from _wiring_problems(spec)
    noise = spec.virtual.noise
    if noise is not None and noise.white_a2_per_hz == noise.flicker_a2_per_hz == 0:
        yield Problem("virtual.noise", "no noise", None, "white or flicker above 0, or no table")
    for index, fault in enumerate(spec.virtual.faults):
        key = f"virtual.faults[{index}]"
        values = {
            "duration": fault.duration_s,
            "channel": fault.channel,
            "delay": fault.delay_samples,
        }
        allowed = FAULT_KEYS[fault.kind]
        for name, value in values.items():
            written = spec.source.written(f"{key}.{name}")
            if value is not None and name not in allowed:
                words = f"a fault of kind {fault.kind} with run, at, {', '.join(allowed)}"
                yield Problem(f"{key}.{name}", "has no meaning here", written, words)
            elif value is None and name in allowed and name != "duration":
                yield Problem(f"{key}.{name}", f"is missing for {fault.kind}", None, None)
        outputs = [channel.lower() for channel in spec.electrodes.channels]
        if fault.kind == "stuck_output" and fault.channel and fault.channel.lower() not in outputs:
            yield Problem(
                f"{key}.channel", "no electrode's channel", fault.channel, "one of the electrodes'"
            )


def _wiring_problems(spec: RigSpec) -> Iterator[Problem]:
    virtual, source = spec.virtual, spec.source
    meaning = {"resistor": ("resistor",), "electrode": ("resistor", "loopback")}
    for key, wirings in meaning.items():
        written = source.written(f"virtual.{key}")
        if written is not None and virtual.wiring not in wirings:
            words = " or ".join(f'"{each}"' for each in wirings)
            yield Problem(f"virtual.{key}", "has no meaning here", written, f"wiring = {words}")
    count = len(spec.electrodes.channels)
    if virtual.electrode >= count:
        yield Problem(
            "virtual.electrode", "no such electrode", virtual.electrode, f"0 to {count - 1}"
        )
