"""The error model: every term of a lock-in's error, and their sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hgecircuit.design.error_model.budget import ErrorBudget, Term, random_term
from hgecircuit.design.error_model.curved import curved_errors
from hgecircuit.design.error_model.linear import (
    direct_current_term,
    own_terms,
    parallel_term,
    pattern_step_term,
    previous_term,
)
from hgecircuit.design.error_model.lock_in import LockIn
from hgecircuit.design.error_model.noise import noise_term
from hgecircuit.design.error_model.taylor import Taylor
from hgecircuit.design.error_model.windows import FilterWindow, SettledWindow
from hgecircuit.devices.noise import NoiseSpec


class PatternStep(NamedTuple):
    """The output's step when the pattern changes, behind an AC coupling.

    Attributes:
        current_a: Its size, shape (P,).
        coupling_hz: Cut-off of the coupling.
        blank_s: Time from the step to the start of the window.
    """

    current_a: np.ndarray
    coupling_hz: float
    blank_s: float


class Offsets(NamedTuple):
    """Direct voltages behind the mixer, of either sign, as data sheets give them.

    Attributes:
        gain_ohm: Current-to-voltage gain in front of it; a reference of 1 V then gives 1 V per V.
        multiplier_v: Offset of the multiplier's output.
        integrator_v: Offset of the low-pass or integrator, at its input.
    """

    gain_ohm: float
    multiplier_v: float = 0.0
    integrator_v: float = 0.0


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What else disturbs a lock-in; each is absent without it.

    Attributes:
        noise: Noise of the device's output.
        direct_current_a: Output current that is not removed, shape (P,).
        previous_a_per_v: Derivatives of the pattern before, or their usual size, when the low-pass
            runs on from pattern to pattern; shape (P, C).
        step: The output's step at a pattern switch.
        offsets: Offsets behind the mixer.
    """

    noise: NoiseSpec | None = None
    direct_current_a: np.ndarray | None = None
    previous_a_per_v: np.ndarray | None = None
    step: PatternStep | None = None
    offsets: Offsets | None = None


def error_budget(
    lock_in: LockIn, taylor: Taylor, surroundings: Surroundings | None = None
) -> ErrorBudget:
    """Errors of all channels measured at once, at t = T.

    Args:
        lock_in: The lock-in.
        taylor: The device at P operating points.
        surroundings: Noise, direct current, offsets, and the pattern before.
    """
    around = surroundings or Surroundings()
    gradient = taylor.gradient_a_per_v
    terms = [*own_terms(lock_in, gradient), parallel_term(lock_in, gradient)]
    curved = curved_errors(lock_in, taylor, around.direct_current_a)
    terms += [*curved.terms, *_surrounding_terms(lock_in, around, gradient.shape)]
    return ErrorBudget(gradient, tuple(terms), curved.covariance_a2_per_v2)


def _surrounding_terms(lock_in: LockIn, around: Surroundings, shape: tuple[int, ...]) -> list[Term]:
    terms = []
    if around.noise is not None:
        terms.append(noise_term(_noise_lock_in(lock_in, around), around.noise, shape[0]))
    if around.direct_current_a is not None:
        terms.append(direct_current_term(lock_in, around.direct_current_a))
    if around.previous_a_per_v is not None:
        terms.append(previous_term(lock_in, around.previous_a_per_v))
    if around.step is not None:
        terms.append(pattern_step_term(lock_in, *around.step))
    if around.offsets is not None:
        terms += _offset_terms(lock_in, around.offsets, shape)
    return terms


def _noise_lock_in(lock_in: LockIn, around: Surroundings) -> LockIn:
    """A low-pass that runs on has heard the noise of the pattern before as well."""
    window = lock_in.window
    if around.previous_a_per_v is None or not isinstance(window, FilterWindow):
        return lock_in
    return replace(lock_in, window=SettledWindow(window, window.time_s))


def _offset_terms(lock_in: LockIn, offsets: Offsets, shape: tuple[int, ...]) -> list[Term]:
    """A direct voltage v counts as 2 v / (gain a_m): the mixer halves the signal.

    Data sheets give its size and not its sign, so it can't be trusted to cancel anything.
    """
    reference = np.abs(lock_in.references) / np.asarray(lock_in.amplitudes_v)
    per_volt = 2 * lock_in.window.settled_share / offsets.gain_ohm * reference
    values = {"multiplier offset": offsets.multiplier_v, "integrator offset": offsets.integrator_v}
    sizes = {
        name: np.broadcast_to(np.abs(value) * per_volt, shape) for name, value in values.items()
    }
    return [random_term(name, size**2, size) for name, size in sizes.items() if size.any()]


def one_channel(
    lock_in: LockIn, taylor: Taylor, m: int, surroundings: Surroundings | None = None
) -> ErrorBudget:
    """Errors of channel ``m`` when it is measured alone (sequential HGE), shapes (P, 1)."""
    pick, around = [m], surroundings or Surroundings()
    second, third = taylor.second_a_per_v2, taylor.third_a_per_v3
    alone = replace(
        lock_in,
        frequencies_hz=np.asarray(lock_in.frequencies_hz)[pick],
        amplitudes_v=np.asarray(lock_in.amplitudes_v)[pick],
        phases_rad=None if lock_in.phases_rad is None else np.asarray(lock_in.phases_rad)[pick],
        corrected=None if lock_in.corrected is None else np.asarray(lock_in.corrected)[pick],
    )
    previous = around.previous_a_per_v
    return error_budget(
        alone,
        Taylor(
            taylor.gradient_a_per_v[:, pick],
            None if second is None else second[:, pick][:, :, pick],
            None if third is None else third[:, pick][:, :, pick][:, :, :, pick],
        ),
        replace(around, previous_a_per_v=None if previous is None else previous[:, pick]),
    )
