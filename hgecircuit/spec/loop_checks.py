"""Checks between the keys of `[loop]` and the rest of a circuit file."""

from __future__ import annotations

from collections.abc import Iterator

from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.loop import CoherentLoop, ContinuousLoop, StreamLoop
from hgecircuit.spec.problems import Problem
from hgecircuit.spec.signals import ButterworthFilter


def loop_problems(spec: CircuitSpec) -> Iterator[Problem]:
    """Every mistake about the update law."""
    yield from _law_problems(spec)
    yield from _chopping_problems(spec)
    yield from _label_problems(spec)


def _law_problems(spec: CircuitSpec) -> Iterator[Problem]:
    loop = spec.loop
    coherent = not isinstance(loop, ContinuousLoop)
    if coherent == isinstance(spec.lock_in, ButterworthFilter):
        yield Problem(
            "lock_in.filter",
            f"does not fit the {loop.kind} loop",
            spec.lock_in.filter,
            '"gate"' if coherent else '"butterworth"',
        )
    if isinstance(loop, StreamLoop):
        yield from _batch_problems(spec, loop)
        limited = True
    else:
        yield from _error_problems(spec, loop.error)
        limited = loop.error in ("affine", "affine_servo")
    if limited and loop.separation_min_a >= loop.separation_max_a:
        yield Problem(
            "loop.separation_max",
            "not above separation_min",
            spec.source.written("loop.separation_max"),
            "a current above loop.separation_min",
        )
    if loop.hold_epochs >= loop.epochs:
        yield Problem(
            "loop.hold_epochs",
            f"nothing is learned in {loop.epochs} epochs",
            loop.hold_epochs,
            "fewer than loop.epochs",
        )


def _batch_problems(spec: CircuitSpec, loop: StreamLoop) -> Iterator[Problem]:
    count = len(spec.task.patterns)
    if count % loop.batch:
        yield Problem(
            "loop.batch",
            f"{count} training points are not a multiple of it",
            loop.batch,
            "a divisor of task.training",
        )


def _error_problems(spec: CircuitSpec, error: str) -> Iterator[Problem]:
    """Keys that the chosen error circuit has no use for."""
    users = {
        "separation_max": ("affine", "affine_servo"),
        "error_scale": ("correlation",),
        "error_separation": ("correlation",),
    }
    for name, errors in users.items():
        written = spec.source.written(f"loop.{name}")
        if written is not None and error not in errors:
            words = " or ".join(f'"{each}"' for each in errors)
            yield Problem(
                f"loop.{name}",
                f'has no effect with error = "{error}"',
                written,
                f"no such key, or error = {words}",
            )


def _chopping_problems(spec: CircuitSpec) -> Iterator[Problem]:
    if isinstance(spec.loop, CoherentLoop) and spec.loop.chopping and len(spec.task.patterns) % 2:
        yield Problem(
            "loop.chopping",
            f"{len(spec.task.patterns)} patterns can't have as many signs of either kind",
            spec.loop.chopping,
            "an even number of patterns, or false",
        )


def _label_problems(spec: CircuitSpec) -> Iterator[Problem]:
    if isinstance(spec.loop, StreamLoop):
        return
    if spec.blocks.readout == "component":
        if spec.loop.error != "affine":
            yield Problem(
                "loop.error",
                "there is no circuit of real parts for it",
                spec.loop.error,
                '"affine", or blocks.readout = "behavioural"',
            )
        elif len(set(spec.task.targets)) == 1:
            yield Problem(
                "blocks.readout",
                "a constant gate has no servo for its readout",
                spec.blocks.readout,
                '"behavioural"',
            )
    if len(set(spec.task.targets)) == 1 and spec.loop.error in ("affine_servo", "correlation"):
        yield Problem(
            "loop.error",
            "this circuit needs both labels",
            spec.loop.error,
            '"affine" or "bias_servo" for a constant gate',
        )
