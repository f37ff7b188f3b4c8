"""What offsets integrate to in an epoch, from made-up benches and runs."""

import dataclasses

import numpy as np
import pytest

from hgecircuit import Learner, Record
from hgecircuit.compare.gradient import GradientResult
from hgecircuit.compare.offsets import has_offsets, offset_verdict
from hgecircuit.compare.verdict import Status
from hgecircuit.design.budget import gradient_budget, reference_budget
from hgecircuit.design.design import BENCH_ERROR_V, CoherentDesign
from hgecircuit.design.size import operating_points_v

OFFSET_V = 1e-3


@pytest.fixture(scope="module")
def bench(coherent: Learner) -> GradientResult:
    """A bench whose channels read 2 % too much, and an offset of 1 mV on top."""
    design = coherent.design
    points_v = operating_points_v(design, coherent.spec.verification)
    budget = gradient_budget(design, points_v)
    signal = design.iv.gain_ohm * np.asarray(design.amplitudes_v) * design.chain_gain / 2
    measured = 1.02 * budget.exact_a_per_v + OFFSET_V / (BENCH_ERROR_V * signal)
    reference = reference_budget(design, points_v, 0.1, "first")
    return GradientResult(points_v, measured, budget.exact_a_per_v, budget, reference)


def _held_v(design: CoherentDesign) -> float:
    """1 mV from the reset to the transfer, where the bench has it from its gate and three edges."""
    timing = design.timing
    open_s = timing.transfer_window.start_s + timing.edge_s
    share = open_s / (timing.gate_s + 3 * timing.edge_s)
    return share * OFFSET_V * timing.gate_s / design.accumulators[0].tau_s


def _run(design: CoherentDesign, slope_v: float, latched_epoch: int) -> Record:
    """Accumulators at offset and slope, all alike; the latch closes before ``latched_epoch``."""
    timing = design.timing
    transfer_s = timing.delay_s + timing.transfer_window.start_s - timing.edge_s
    times_s = transfer_s + timing.epoch_s * np.arange(design.epochs + 1)
    open_v = np.where(np.arange(design.epochs + 1) < latched_epoch, 1.0, 0.0)
    held = np.full(len(times_s), _held_v(design) + slope_v)
    names = {f"acc{m}": held for m in design.channels}
    return Record(times_s, {**names, "open": open_v}, {})


@pytest.mark.parametrize(
    ("factor", "status"), [(1.02, Status.PASS), (0.98, Status.FAIL), (-0.98, Status.FAIL)]
)
def test_an_offset_larger_than_the_slope_fails(
    coherent: Learner, bench: GradientResult, factor: float, status: Status
) -> None:
    design = coherent.design
    assert isinstance(design, CoherentDesign)
    verdict = offset_verdict(design, bench, _run(design, factor * _held_v(design), 10))
    assert verdict.value == pytest.approx(1 / abs(factor), rel=1e-6)
    assert verdict.status is status
    assert "loop.chopping" in verdict.note
    assert "10 epochs" in verdict.note


def test_a_latch_that_never_opens_leaves_the_first_epoch(
    coherent: Learner, bench: GradientResult
) -> None:
    assert isinstance(coherent.design, CoherentDesign)
    assert " 1 epochs" in offset_verdict(coherent.design, bench, _run(coherent.design, 1.0, 0)).note


def test_only_circuits_with_offsets_are_asked(coherent: Learner) -> None:
    design = coherent.design
    assert isinstance(design, CoherentDesign)
    assert not has_offsets(design)
    offset = dataclasses.replace(design.multiplier, output_offset_v=1e-3)
    assert has_offsets(dataclasses.replace(design, multiplier=offset))
