"""What the offsets of the lock-in integrate to, against what the loss's slope does."""

from __future__ import annotations

import numpy as np

from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.design.design import BENCH_ERROR_V, CoherentDesign
from hgecircuit.parts.followed import Followed
from hgecircuit.parts.integrators.gated import Accumulator
from hgecircuit.record import Record

# From this level the latch's output is open.
_OPEN_V = 0.5


def has_offsets(design: CoherentDesign) -> bool:
    """Whether any demodulator or accumulator has an offset that could move a weight."""
    behavioural = [part.input_offset_v for part in design.accumulators]
    real = design.tolerances.offset_v
    return bool(design.multiplier.rest_v or np.any(behavioural) or np.any(real))


def offset_verdict(design: CoherentDesign, gradient: GradientResult, record: Record) -> Verdict:
    """Offsets in an epoch's accumulators over what the loss's slope put there, median.

    The gradient bench feeds every pattern the same error, so what it reads without a derivative is
    the offsets' part: the intercept of a line through measured over exact derivatives, by channel.
    The learner's accumulators hold that part t and the loss's slope g. A step along g + t descends
    the loss for every direction of t as long as |t| < |g|, since g (g + t) >= |g| (|g| - |t|);
    beyond that a step may go where the offsets say.

    Args:
        design: The learner.
        gradient: Derivatives from the bench.
        record: The learning run, with traces ``acc<m>`` and ``open``.
    """
    held_v = _held_v(design, gradient)
    accumulated_v = _accumulated_v(design, record)
    slopes_v = np.linalg.norm(accumulated_v - held_v, axis=1)
    share = float(np.median(np.linalg.norm(held_v) / slopes_v))
    chopped = design.timing.chopped
    return Verdict(
        "learning.offset_share",
        share,
        1.0,
        Sense.AT_MOST,
        "1",
        "an offset larger than the loss's slope can turn a step uphill",
        f"offsets leave {np.abs(held_v).max():.3g} V in an accumulator per epoch; median over "
        f"{len(slopes_v)} epochs until the latch closes"
        + ("" if chopped else "; loop.chopping = true cancels those of the multipliers"),
    )


def _held_v(design: CoherentDesign, gradient: GradientResult) -> np.ndarray:
    """What an epoch leaves in every accumulator without a signal, shape (C,), in V.

    An accumulator without a switch at its input integrates offsets from its reset to the transfer.
    """
    exact, measured = gradient.exact, gradient.measured
    off_exact, off_measured = (one - one.mean(axis=0) for one in (exact, measured))
    slope = (off_exact * off_measured).sum(axis=0) / (off_exact**2).sum(axis=0)
    intercept_a_per_v = measured.mean(axis=0) - slope * exact.mean(axis=0)
    signal = design.iv.gain_ohm * np.asarray(design.amplitudes_v) * design.chain_gain / 2
    taus_s = np.array([part.tau_s for part in design.accumulators])
    timing, gates = design.timing, float(design.timing.patterns)
    part = design.blocks.accumulators[0]
    part = part.part if isinstance(part, Followed) else part
    if isinstance(part, Accumulator) and not part.chopped:
        # The bench reads from an edge before its gate to two behind it.
        open_s = timing.transfer_window.start_s + timing.edge_s
        gates = open_s / (timing.gate_s + 3 * timing.edge_s)
    full = timing.gate_s / taus_s * BENCH_ERROR_V * design.lock_in_gain * signal
    return intercept_a_per_v * full * gates


def _accumulated_v(design: CoherentDesign, record: Record) -> np.ndarray:
    """Accumulators at the transfer of every epoch until the latch closes, shape (n, C), in V.

    At least those of the first epoch.
    """
    timing = design.timing
    start_s = timing.delay_s + timing.transfer_window.start_s - timing.edge_s
    times_s = start_s + timing.epoch_s * np.arange(design.epochs)
    learning = record.at("open", times_s) > _OPEN_V
    last = int(np.flatnonzero(learning)[-1]) if learning.any() else 0
    names = [f"acc{m}" for m in design.channels]
    return np.stack([record.at(name, times_s[: last + 1]) for name in names], axis=-1)
