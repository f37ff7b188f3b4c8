"""Checks of `[blocks]` and of the tables of single blocks."""

from __future__ import annotations

from collections.abc import Iterator

from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.loop import StreamLoop
from hgecircuit.spec.problems import Problem

# Blocks whose `behavioural` would be their `ideal`, and why.
_ERRORLESS = {
    "sequencer": "has no errors of its own",
    "selector": "has no errors of its own",
    "step": "has no errors of its own",
    "latch": "has no errors of its own",
    "coupling": "has no errors of its own",
    "mixer": "has the errors of [multiplier], which blocks.multiplier turns on",
    "readout": "has the errors of [multiplier] and [integrator], which their own keys turn on",
}


def block_problems(spec: CircuitSpec) -> Iterator[Problem]:
    """Every mistake about fidelities and parts."""
    yield from _stream_problems(spec)
    yield from _coupling_problems(spec)
    yield from _errorless_problems(spec)


def _stream_problems(spec: CircuitSpec) -> Iterator[Problem]:
    if not isinstance(spec.loop, StreamLoop):
        return
    for key in ("adder", "level_driver"):
        if spec.source.written(key) is not None:
            yield Problem(
                key,
                "the stream's exam is held against the device at the voltages of the weights",
                None,
                'no such table with kind = "stream"',
            )
    for name, fidelity in spec.blocks.model_dump().items():
        if fidelity == "component" and name != "fidelity":
            yield Problem(
                f"blocks.{name}",
                "the stream loop has no blocks of real parts",
                fidelity,
                '"ideal" or "behavioural"',
            )


def _coupling_problems(spec: CircuitSpec) -> Iterator[Problem]:
    """A stray needs bridges that it joins, and a run that starts them itself."""
    parts, key = spec.components, "components.oscillator_coupling"
    if parts.oscillator_coupling_ohm is None:
        return
    if spec.blocks.oscillator != "component" or parts.oscillator != "wien":
        yield Problem(
            key,
            "has no effect without free Wien bridges, which alone can be pulled",
            spec.source.written(key),
            'no such key, or blocks.oscillator = "component" and components.oscillator = "wien"',
        )
    elif parts.replay:
        yield Problem(
            "components.replay",
            "oscillators that pull each other are no sum of harmonics, which is what is replayed",
            parts.replay,
            "false with components.oscillator_coupling",
        )


def _errorless_problems(spec: CircuitSpec) -> Iterator[Problem]:
    """A fidelity that would change nothing."""
    for name, why in _ERRORLESS.items():
        if spec.source.written(f"blocks.{name}") == "behavioural":
            yield Problem(
                f"blocks.{name}", f"this block {why}", "behavioural", '"ideal" or "component"'
            )
