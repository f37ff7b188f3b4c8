"""Single blocks, measured in ngspice, against their ideal responses."""

from __future__ import annotations

import numpy as np

from hgecircuit.circuit.block_bench import IV_TEST_CURRENT_A, Ramp, TransientBench
from hgecircuit.circuit.oscillator_bench import started_s
from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.design.design import ContinuousDesign, Design
from hgecircuit.parts.amplifiers.transimpedance import TransimpedanceAmplifier
from hgecircuit.parts.edited import designed
from hgecircuit.parts.integrators.gated import Accumulator, WeightIntegrator
from hgecircuit.parts.iv_converter import IvConverter
from hgecircuit.parts.oscillators import OscillatorBank, WienBank
from hgecircuit.parts.oscillators.bench import STEPS_PER_CYCLE, solver_slowing
from hgecircuit.parts.oscillators.measure import measure_sine
from hgecircuit.record import Record

# How far above the cut-off the low-pass is compared, in decades.
_COMPARED_DECADES = 1.0
# Cycles that a pair may drift apart over the whole record and still be locked.
_SLIP = 0.5


def block_verdicts(design: Design, bench: TransientBench, record: Record) -> list[Verdict]:
    """Oscillators, converter and integrators, from the transient bench."""
    verdicts = [_converter(design, record)]
    if isinstance(design.bank, OscillatorBank):
        verdicts = [*_oscillators(design, record), *verdicts]
    for name, kind in (("weight", WeightIntegrator), ("accumulator", Accumulator)):
        ramps = [ramp for ramp in bench.ramps if isinstance(ramp.part, kind)]
        if ramps:
            verdicts.append(_integrators(name, ramps, design, bench, record))
    return verdicts


def lowpass_verdict(design: ContinuousDesign, record: Record) -> Verdict:
    """Largest deviation from the ideal Butterworth up to ten times the cut-off, in dB.

    Limit: what the exact network with its op-amps deviates, and 0.001 dB of the solver.
    """
    lowpass = design.lowpass
    shown = record.time_s <= lowpass.cutoff_hz * 10**_COMPARED_DECADES
    frequency_hz = record.time_s[shown]
    ideal = np.abs(lowpass.prototype.response(frequency_hz))
    deviation_db, allowed_db = (
        float(np.abs(20 * np.log10(np.abs(found) / ideal)).max())
        for found in (record["out"][shown], lowpass.real.response(frequency_hz))
    )
    return Verdict(
        "block.lowpass.response_dB",
        deviation_db,
        allowed_db + 1e-3,
        Sense.AT_MOST,
        "dB",
        "lowpass.gain_bandwidth in the circuit file, plus 0.001 dB of the solver",
        f"Butterworth of order {lowpass.prototype.order}, {lowpass.cutoff_hz:.4g} Hz, "
        "up to ten times the cut-off",
    )


def _oscillators(design: Design, record: Record) -> list[Verdict]:
    """Largest error of frequency and amplitude over the carriers, by a least-squares sine."""
    errors = []
    for m, frequency_hz in enumerate(design.bank.frequencies_hz):
        found_hz, found_v = _fit_sine(record.time_s, record[f"s{m}"], frequency_hz)
        errors.append((abs(found_hz / frequency_hz - 1), abs(found_v - 1)))
    frequency_error, amplitude_error = np.max(errors, axis=0)
    # Sources are written with 12 digits, and the fit ends at its own relative tolerance of 1e-8.
    digits = 1e-6
    return [
        Verdict(
            "block.oscillator.frequency_error",
            float(frequency_error),
            float(np.abs(design.bank.frequency_errors).max()) + digits,
            Sense.AT_MOST,
            "1",
            "oscillator.frequency_error in the circuit file, plus 1e-6 of the fit",
        ),
        Verdict(
            "block.oscillator.amplitude_error",
            float(amplitude_error),
            float(np.abs(design.bank.amplitude_errors).max()) + digits,
            Sense.AT_MOST,
            "1",
            "oscillator.amplitude_error in the circuit file, plus 1e-6 of the fit",
        ),
    ]


def locked_verdict(bank: WienBank, record: Record, start_s: float) -> Verdict:
    """Neighbours that a stray joins and that do not slip past each other in the whole record.

    Args:
        bank: The oscillators.
        record: Of their bench.
        start_s: When they have started.
    """
    span_s = float(record.time_s[-1]) - start_s
    firsts = [core.channels[0] for core in bank.cores]
    found_hz = [measure_sine(record.time_s, record[f"s{m}"], start_s).frequency_hz for m in firsts]
    locked, words = 0, []
    for pull in bank.pulls:
        left_hz = abs(found_hz[pull.second] - found_hz[pull.first])
        locked += left_hz * span_s < _SLIP
        words.append(
            f"{found_hz[pull.first]:.4g} and {found_hz[pull.second]:.4g} Hz, by themselves "
            f"{abs(pull.apart_hz):.3g} Hz apart ({'locks' if pull.locked else 'slips'} by Adler)"
        )
    range_hz = max(pull.locking_hz for pull in bank.pulls)
    return Verdict(
        "block.oscillator.locked_pairs",
        locked,
        0,
        Sense.AT_MOST,
        "1",
        f"Adler 1946: bridges closer than 1/(2 pi C R) = {range_hz:.3g} Hz lock to each other",
        "; ".join(words),
    )


def built_oscillator_verdicts(design: Design, record: Record) -> list[Verdict]:
    """Frequency and amplitude of every carrier of real parts, once started, as asked for.

    Limits: what the bank's own equations expect of its values, a tenth more for what they leave
    out, and of the solver: the trapezoidal rule slows a free oscillator by (w h)^2 / 12.
    """
    bank = design.bank
    found = [
        measure_sine(
            record.time_s,
            record[f"s{m}"],
            started_s(design),
            frequency_hz if bank.coherent else None,
        )
        for m, frequency_hz in enumerate(bank.frequencies_hz)
    ]
    frequency_error = max(
        abs(one.frequency_hz / asked_hz - 1)
        for one, asked_hz in zip(found, bank.frequencies_hz, strict=True)
    )
    highest_hz = max(bank.frequencies_hz)
    slowing = 0.0 if bank.coherent else solver_slowing(highest_hz, 1 / STEPS_PER_CYCLE / highest_hz)
    expected = float(np.abs(bank.frequency_errors).max())
    amplitude = float(np.abs(bank.amplitude_errors).max())
    return [
        Verdict(
            "block.oscillator.frequency_error",
            float(frequency_error),
            1.1 * expected + slowing + 1e-6,
            Sense.AT_MOST,
            "1",
            "own equations and a tenth, the solver's slowing, 1e-6 of the fit",
        ),
        Verdict(
            "block.oscillator.amplitude_error",
            max(abs(one.amplitude_v - 1) for one in found),
            1.1 * amplitude + 1e-3,
            Sense.AT_MOST,
            "1",
            "the oscillators' own equations with a tenth more, plus 1e-3 for their terms of second "
            "order (distortion squared)",
        ),
        *(
            [locked_verdict(bank, record, started_s(design))]
            if isinstance(bank, WienBank) and bank.pulls
            else []
        ),
    ]


def _fit_sine(time_s: np.ndarray, trace_v: np.ndarray, frequency_hz: float) -> tuple[float, float]:
    """Frequency and amplitude of the sine that fits a trace best."""
    from scipy.optimize import least_squares

    def amplitudes(frequency: float) -> tuple[np.ndarray, np.ndarray]:
        angle = 2 * np.pi * frequency * time_s
        basis = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
        return basis, np.linalg.lstsq(basis, trace_v, rcond=None)[0]

    def residual(relative: np.ndarray) -> np.ndarray:
        basis, weights = amplitudes(frequency_hz * (1 + float(relative[0])))
        return basis @ weights - trace_v

    found = least_squares(residual, [0.0], diff_step=1e-6, xtol=1e-12, ftol=1e-14, gtol=1e-14)
    found_hz = frequency_hz * (1 + float(found.x[0]))
    return found_hz, float(np.linalg.norm(amplitudes(found_hz)[1]))


def _converter(design: Design, record: Record) -> Verdict:
    part = designed(design.blocks.iv)
    if not isinstance(part, IvConverter):
        assert isinstance(part, TransimpedanceAmplifier)
        expected_v = part.gain_ohm * IV_TEST_CURRENT_A + part.offset_v
        return Verdict(
            "block.iv_converter.error",
            float(abs(record["y"][-1] / expected_v - 1)),
            design.simulation.reltol,
            Sense.AT_MOST,
            "1",
            "simulation.reltol",
            f"against its own equations at {IV_TEST_CURRENT_A:.3g} A: {part.gain_ohm:.5g} ohm, "
            f"offset {part.offset_v * 1e3:.3g} mV",
        )
    ideal_v = design.iv.gain_ohm * IV_TEST_CURRENT_A
    return Verdict(
        "block.iv_converter.gain_error",
        float(abs(record["y"][-1] / ideal_v - 1)),
        abs(design.iv.offset_v) / ideal_v + design.simulation.reltol,
        Sense.AT_MOST,
        "1",
        "iv_converter.offset at the test current, plus simulation.reltol",
        f"{design.iv.gain_ohm:.4g} ohm at {IV_TEST_CURRENT_A:.3g} A",
    )


def _integrators(
    name: str, ramps: list[Ramp], design: Design, bench: TransientBench, record: Record
) -> Verdict:
    """Worst rate among the integrators of one kind, against drive over time constant.

    Half the difference of the slopes up and down is the rate; offset and leak move both slopes by
    the same amount and drop out, so the limit is the solver's relative tolerance.
    """
    errors = []
    for ramp in ramps:
        up, down = bench.slopes(record, ramp)
        ideal = ramp.sign * ramp.drive_v / ramp.part.tau_s
        errors.append(abs((up - down) / 2 / ideal - 1))
    return Verdict(
        f"block.{name}.rate_error",
        float(max(errors)),
        design.simulation.reltol,
        Sense.AT_MOST,
        "1",
        "simulation.reltol",
        f"worst of {len(ramps)}, each driven up and down",
    )
