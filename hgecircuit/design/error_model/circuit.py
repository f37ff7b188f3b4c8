"""The error budget of a sized circuit: bounds for `verify`, expected errors and levers for people.

Bounds hold for the full answer of the device model, of every order; expected errors of its
intermodulation stop at the third order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgecircuit.design.design import (
    BENCH_ERROR_V,
    CommonDesign,
    ContinuousDesign,
    Design,
    GatedDesign,
)
from hgecircuit.design.error_model.budget import (
    BOUND_SIGMAS,
    ErrorBudget,
    Term,
    bias_term,
    random_term,
)
from hgecircuit.design.error_model.curved import curved_errors
from hgecircuit.design.error_model.linear import own_terms, parallel_term, pattern_step_term
from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.design.error_model.noise import noise_variance
from hgecircuit.design.error_model.response import FullResponse, closest_beat_hz, full_response
from hgecircuit.design.error_model.taylor import taylor_of_device
from hgecircuit.design.error_model.windows import GateWindow, LowpassWindow, Window


@dataclass(frozen=True, eq=False)
class Listening:
    """A lock-in in its circuit.

    Attributes:
        lock_in: Carriers, window, chain.
        dc_coupled: Whether a constant at the output reaches the demodulators.
        memory: Share of the reading of the operating point before that is still there.
    """

    lock_in: LockIn
    dc_coupled: bool = True
    memory: float = 0.0


def circuit_budget(design: Design, points_v: np.ndarray) -> ErrorBudget:
    """Budget of the gradient bench at operating points of shape (P, M), in V."""
    listening = _listening(design)
    budget = lock_in_budget(design, points_v, listening, full_answer(design, points_v))
    terms = [*budget.terms, *_part_terms(design, points_v, budget.exact_a_per_v)]
    if isinstance(design, GatedDesign):
        # The held output is subtracted, step and all.
        terms.append(bias_term("pattern step", np.zeros_like(budget.exact_a_per_v)))
    else:
        steps = np.diff(design.device.current_a(points_v), prepend=np.nan)
        steps[0] = 0.0  # nothing comes before the first
        timing, coupling_hz = design.timing, design.coupling.cutoff_hz
        terms.append(pattern_step_term(listening.lock_in, steps, coupling_hz, timing.blank_s))
    if design.noise is not None:
        shape = budget.exact_a_per_v.shape
        variance = np.broadcast_to(noise_variance(listening.lock_in, design.noise), shape)
        terms.append(random_term("noise", variance, BOUND_SIGMAS * np.sqrt(variance)))
    return ErrorBudget(budget.exact_a_per_v, tuple(terms))


def reference_listening(design: CommonDesign, window: Window) -> Listening:
    """A lock-in with the circuit's carriers and any window, without its chain."""
    bank = design.bank
    return Listening(
        LockIn(
            np.asarray(bank.frequencies_hz),
            np.asarray(design.amplitudes_v),
            window,
            np.asarray(bank.phases_rad),
        )
    )


def full_answer(design: CommonDesign, points_v: np.ndarray) -> FullResponse:
    """The device model's full answer to the circuit's carriers."""
    bank = design.bank
    return full_response(
        design.device,
        points_v,
        design.task.controls,
        np.asarray(bank.frequencies_hz),
        np.asarray(bank.phases_rad),
        np.asarray(design.amplitudes_v),
    )


def lock_in_budget(
    design: CommonDesign, points_v: np.ndarray, listening: Listening, answer: FullResponse
) -> ErrorBudget:
    """What a lock-in makes of the device: filter terms and curvature.

    Args:
        design: Device and electrodes.
        points_v: Operating points, shape (P, M), in V.
        listening: The lock-in.
        answer: The device's full answer at the same points.
    """
    lock_in = listening.lock_in
    amplitudes_v = np.asarray(design.amplitudes_v)
    taylor = taylor_of_device(design.device, points_v, design.task.controls, amplitudes_v)
    exact = taylor.gradient_a_per_v
    settling, lag, harmonic = own_terms(lock_in, exact)
    left = listening.memory * np.concatenate([np.zeros_like(exact[:1]), np.abs(exact[:-1])])
    settling = Term(
        "settling", settling.bias_a_per_v, left**2, np.abs(settling.bias_a_per_v) + left
    )
    curvature = bias_term("curvature", answer.shift_a_per_v)
    parallel = parallel_term(lock_in, exact)
    products_a = answer.residual_a[:, None] * lock_in.window.at(
        closest_beat_hz(lock_in.frequencies_hz)
    )
    if listening.dc_coupled:
        rectified = lock_in.window.at(lock_in.frequencies_hz)
        products_a = products_a + answer.rectified_a[:, None] * rectified
    curved = curved_errors(lock_in, taylor)
    parts = [term for term in curved.terms if term.name != "curvature"]
    expected = sum(term.variance_a2_per_v2 for term in parts)
    # The full answer holds every order, but takes all of it to lie one beat away; a product can lie
    # closer to a carrier than the carriers to each other, which the single lines show.
    lines = np.sum([term.bound_a_per_v for term in parts], axis=0)
    products = random_term(
        "intermodulation",
        np.maximum(expected + curved.covariance_a2_per_v2, 0.0),
        np.maximum(products_a * 2 / amplitudes_v, lines),
    )
    return ErrorBudget(exact, (settling, lag, harmonic, parallel, curvature, products))


def _listening(design: Design) -> Listening:
    bank = design.bank
    corrected = design.chain_gain * np.exp(-1j * np.asarray(bank.reference_lag_rad))
    if isinstance(design, GatedDesign):
        window: Window = GateWindow(design.timing.gate_s)
        memory = 0.0
    else:
        timing = design.timing
        lowpass = design.lowpass.real
        window = LowpassWindow(lowpass, timing.settle_s)
        memory = abs(1 - float(lowpass.step(timing.blank_s + timing.settle_s)))
    lock_in = LockIn(
        np.asarray(bank.frequencies_hz) * (1 + bank.frequency_errors),
        np.asarray(design.amplitudes_v),
        window,
        np.asarray(bank.phases_rad),
        design.chain_response,
        corrected,
    )
    return Listening(lock_in, isinstance(design, GatedDesign), memory)


def _part_terms(design: Design, points_v: np.ndarray, exact: np.ndarray) -> list[Term]:
    """Imperfect parts, whose errors can't be trusted to cancel any other."""
    gain, leak = _scale_error(design)
    size = np.abs(exact)
    crosstalk = design.bank.crosstalk
    np.fill_diagonal(crosstalk, 0.0)
    neighbours = design.bank.neighbours
    multiplier, integrator = _offsets_a_per_v(design)
    multiplier = np.abs(multiplier) + _fed_through_a_per_v(design, size)
    offsets = {"multiplier offset": multiplier, "integrator offset": integrator}
    sizes = {name: np.broadcast_to(np.abs(one), exact.shape) for name, one in offsets.items()}
    held = np.broadcast_to(_held_a_per_v(design), exact.shape)
    return [
        # Data sheets give gain errors and offsets without a sign. A leak has one, and when it
        # starts with the gate it costs half of what it would at its end.
        Term(
            "gain of the parts",
            -exact * leak / 2,
            (exact * gain) ** 2,
            size * (np.abs(gain) + leak + design.tolerances.gain),
        ),
        random_term("operating point", _moved(design, points_v) ** 2, _moved(design, points_v)),
        # Lines of oscillators that pull each other have any phase, in carrier and reference.
        Term(
            "oscillator crosstalk",
            exact @ crosstalk.T,
            exact**2 @ (neighbours**2).T,
            np.abs(exact @ crosstalk.T) + size @ (2 * neighbours).T,
        ),
        *(random_term(name, one**2, one) for name, one in sizes.items()),
        *(
            [random_term("held output", held**2 + 0 * exact, held + 0 * exact)]
            if held.any()
            else []
        ),
    ]


def _moved(design: Design, points_v: np.ndarray) -> np.ndarray:
    """By how much derivatives change when every electrode is off by its tolerance, (P, C)."""
    controls = list(design.task.controls)
    exact = design.device.gradient_a_per_v(points_v)[:, controls]
    moved = np.zeros_like(exact)
    for electrode, off_v in enumerate(design.tolerances.electrode_v):
        if off_v:
            steps = np.eye(points_v.shape[1])[electrode] * off_v
            ends = [design.device.gradient_a_per_v(points_v + sign * steps) for sign in (-1, 1)]
            moved += np.max([np.abs(end[:, controls] - exact) for end in ends], axis=0)
    return moved


def _scale_error(design: Design) -> tuple[np.ndarray, float]:
    """Relative gain error of oscillators and multipliers, (C,), and of the accumulators' leak."""
    gain = np.diag(design.bank.crosstalk) * (1 + design.multiplier.scale_error)
    leak = 0.0
    if isinstance(design, GatedDesign):
        # That of the mixer, whose offset adds to the error that the bench feeds.
        mixer = design.multiplier
        gain = gain * (1 + mixer.scale_error) * (1 + mixer.x_offset_v / BENCH_ERROR_V)
        slowest = min(part.tau_s * part.dc_gain for part in design.accumulators)
        leak = design.timing.gate_s / slowest
    return gain - 1, leak


def _offsets_a_per_v(design: Design) -> tuple[np.ndarray, np.ndarray]:
    """Offsets of the multiplier, and of accumulator or low-pass, as derivatives, shapes (C,).

    Those of real parts all count with the accumulator.
    """
    signal = design.iv.gain_ohm * np.asarray(design.amplitudes_v) * design.chain_gain / 2
    multiplier_v = design.multiplier.rest_v
    if isinstance(design, GatedDesign):
        # Offsets are integrated while the gate is closed too: an edge before it, two behind it.
        timing = design.timing
        open_share = 1 + 3 * timing.edge_s / timing.gate_s
        input_v = np.array([part.input_offset_v for part in design.accumulators])
        integrator = input_v * open_share / (BENCH_ERROR_V * signal)
        gates = 2 if timing.chopped else 1
        taus_s = np.array([part.tau_s for part in design.accumulators])
        full = gates * timing.gate_s / taus_s * design.lock_in_gain * BENCH_ERROR_V * signal
        real = design.tolerances.offset_v / full
        if timing.chopped:
            # Gates of either sign are equally long, so the multipliers' offset cancels; the
            # integrator's goes on through the blank between them.
            return 0 * signal, integrator * (1 + timing.blank_s / timing.gate_s) + real
        return multiplier_v * open_share / (BENCH_ERROR_V * signal), integrator + real
    return multiplier_v / signal, (design.lowpass.offset_v + design.tolerances.offset_v) / signal


def _rejected(design: Design) -> np.ndarray:
    """Share of a constant that passes through the references and the window, shape (C,)."""
    frequencies_hz = np.asarray(design.bank.frequencies_hz) * (1 + design.bank.frequency_errors)
    if isinstance(design, GatedDesign):
        return np.abs(GateWindow(design.timing.gate_s).at(frequencies_hz))
    assert isinstance(design, ContinuousDesign)
    return np.abs(LowpassWindow(design.lowpass.real, design.timing.settle_s).at(frequencies_hz))


def _fed_through_a_per_v(design: Design, size: np.ndarray) -> np.ndarray:
    """What input offsets of the demodulators let through of reference and signal, (P, C).

    The first input's offset times the reference reaches an accumulator for the edges around the
    gate as well, which are no whole period.
    """
    part, rejected = design.multiplier, _rejected(design)
    signal = design.iv.gain_ohm * np.asarray(design.amplitudes_v) * design.chain_gain / 2
    if isinstance(design, GatedDesign):
        edges = 3 * design.timing.edge_s / design.timing.gate_s
        through = abs(part.x_offset_v) * (rejected + edges) / (BENCH_ERROR_V * signal)
        return np.broadcast_to(through, size.shape)
    carriers_v = (2 * size * signal) @ rejected
    through_v = abs(part.x_offset_v) * rejected + abs(part.y_offset_v) * carriers_v[:, None]
    return through_v / signal


def _held_a_per_v(design: Design) -> np.ndarray:
    """What errors of the held output, and of the mixer's input for it, leave in a reading, (C,).

    A constant c at the mixer meets whole periods of every reference; a second input's offset of the
    demodulator passes it. A droop at rate r leaves r/w of itself: the mean of r t sin(w t + phi)
    over whole periods is at most that.
    """
    cell = design.sample_hold
    if not isinstance(design, GatedDesign):
        return np.zeros(len(design.weights))
    timing, offset_v = design.timing, abs(design.multiplier.y_offset_v)
    signal = design.iv.gain_ohm * np.asarray(design.amplitudes_v) * design.chain_gain / 2
    gates = 2 if timing.chopped else 1
    droop_v = abs(cell.droop_v_per_s) * (
        timing.evaluation_s + gates * (timing.blank_s + timing.gate_s)
    )
    constant_v = offset_v + abs(cell.offset_v + cell.pedestal_v) + droop_v
    turn_per_s = 2 * np.pi * np.asarray(design.bank.frequencies_hz)
    left_v = constant_v * (_rejected(design) + offset_v) + abs(cell.droop_v_per_s) / turn_per_s
    return left_v / signal
