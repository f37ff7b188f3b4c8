"""Block verdicts from made-up records: right parts pass, wrong ones fail."""

import numpy as np
import pytest

from hgecircuit import Learner, Record
from hgecircuit.circuit.block_bench import IV_TEST_CURRENT_A, build_transient_bench
from hgecircuit.compare.blocks import block_verdicts, lowpass_verdict
from hgecircuit.compare.verdict import Status


def _record(learner: Learner, **wrong: float) -> Record:
    """What ideal parts would give, each scaled by the factor in ``wrong``."""
    design, bench = learner.design, build_transient_bench(learner.design)
    time_s = np.linspace(0, bench.deck.stop_s or 0.0, 2000)
    frequency = wrong.get("frequency", 1.0)
    traces = {
        f"s{m}": wrong.get("amplitude", 1.0)
        * np.sin(2 * np.pi * frequency * design.bank.frequencies_hz[m] * time_s)
        for m in design.channels
    }
    gain_v = design.iv.gain_ohm * IV_TEST_CURRENT_A * wrong.get("iv", 1.0)
    traces["y"] = np.full_like(time_s, gain_v)
    half_s = time_s[-1] / 2
    triangle_s = np.minimum(time_s, 2 * half_s - time_s)
    last = len(design.weights) - 1
    for ramp in bench.ramps:
        kind = "weight" if ramp.trace.startswith("w") else "accumulator"
        factor = wrong.get(kind, 1.0) if ramp.trace.endswith(str(last)) else 1.0
        offset = 0.3 + 0.2 * time_s / time_s[-1]  # what an offset adds; it must not count
        traces[ramp.trace] = offset + factor * ramp.sign * triangle_s * ramp.drive_v / (
            ramp.part.tau_s
        )
    return Record(time_s, traces)


@pytest.mark.parametrize(
    ("part", "verdict"),
    [
        ("frequency", "block.oscillator.frequency_error"),
        ("amplitude", "block.oscillator.amplitude_error"),
        ("iv", "block.iv_converter.gain_error"),
        ("weight", "block.weight.rate_error"),
        ("accumulator", "block.accumulator.rate_error"),
    ],
)
def test_one_wrong_part_fails_its_own_verdict(coherent: Learner, part: str, verdict: str) -> None:
    bench = build_transient_bench(coherent.design)
    right = block_verdicts(coherent.design, bench, _record(coherent))
    assert {row.status for row in right} == {Status.PASS}
    wrong = block_verdicts(coherent.design, bench, _record(coherent, **{part: 1.01}))
    assert {row.name for row in wrong if row.status is Status.FAIL} == {verdict}


def test_a_low_pass_with_a_wrong_cutoff_fails(continuous: Learner) -> None:
    lowpass = continuous.design.lowpass
    frequency_hz = np.geomspace(lowpass.cutoff_hz / 100, lowpass.cutoff_hz * 100, 81)
    ideal = Record(frequency_hz, {"out": lowpass.real.response(frequency_hz)})
    wrong = Record(frequency_hz, {"out": lowpass.real.response(frequency_hz / 1.02)})
    assert lowpass_verdict(continuous.design, ideal).status is Status.PASS
    assert lowpass_verdict(continuous.design, wrong).status is Status.FAIL
