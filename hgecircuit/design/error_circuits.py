"""Which error circuit a circuit file asks for, sized."""

from __future__ import annotations

from hgecircuit.design.stream_timing import stream_timing
from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.error_circuits import (
    AffineServo,
    BiasServo,
    CorrelationSigmoid,
    ErrorCircuit,
    StreamReadout,
)
from hgecircuit.parts.multipliers.product import Multiplier
from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.loop import StreamLoop

# Time constants of the servos in a blank, for the slowest: exp(-5) of a change of the outputs is
# left at the first gate, and they change little from epoch to epoch. More would make the fastest
# (at the largest gain) shorter than the solver's steps by far.
SERVO_TIME_CONSTANTS = 5.0


def size_readout(
    spec: CircuitSpec, gain_ohm: float, multiplier: Multiplier, integrator: dict[str, float]
) -> AffineReadout | ErrorCircuit | StreamReadout:
    """The error circuit of ``loop.error``, or that of the stream loop.

    Args:
        spec: The circuit file.
        gain_ohm: Output voltage of the converter per current of the device.
        multiplier: The learner's multiplier.
        integrator: Imperfections of its integrators, ``offset_v`` and ``dc_gain``; empty for none.
    """
    loop, targets = spec.loop, spec.task.target_bits
    low = 1 / (gain_ohm * loop.separation_max_a)
    high = 1 / (gain_ohm * loop.separation_min_a)
    if isinstance(loop, StreamLoop):
        return StreamReadout.sized(
            sum(targets) / len(targets),
            (low, high),
            stream_timing(spec, loop).adapt_s,
            (loop.mean_patterns, loop.gain_patterns),
            multiplier=multiplier,
            **integrator,
        )
    settle_s = loop.blank_time_s
    if loop.error == "affine_servo":
        return AffineServo.sized(
            targets,
            (low, high),
            settle_s,
            SERVO_TIME_CONSTANTS,
            multiplier=multiplier,
            **integrator,
        )
    if loop.error == "bias_servo":
        return BiasServo.sized(targets, high, settle_s, SERVO_TIME_CONSTANTS, **integrator)
    if loop.error == "correlation":
        scale_v = gain_ohm * loop.error_scale_a
        return CorrelationSigmoid(targets, scale_v, high, loop.error_separation, multiplier)
    return AffineReadout(targets, low, high)
