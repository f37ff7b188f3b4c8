"""Exact networks against closed forms, ideal filters and other ways to the same numbers."""

import math

import numpy as np
import pytest
from scipy import integrate

from hgecircuit.design.filters.analysis import FilterAnalysis, find_cutoffs_hz
from hgecircuit.parts.filters.cascade import Cascade, Section
from hgecircuit.parts.filters.network import System
from hgecircuit.parts.filters.opamp import IDEAL, OpAmp
from hgecircuit.parts.filters.opamp_table import PARTS
from hgecircuit.parts.filters.prototypes import FAMILIES, Prototype
from hgecircuit.parts.filters.sections import (
    INVERTING_RC,
    MULTIPLE_FEEDBACK,
    RC_BUFFERED,
    SALLEN_KEY,
    TOPOLOGIES,
    SectionKind,
)

BUILDABLE = [
    (family, order, topology)
    for family in FAMILIES
    for order in (1, 2, 3, 6)
    for topology in ("sallen-key", "multiple-feedback")
]
CUTOFF_HZ = 100.0


def exact_cascade(prototype: Prototype, topology: str, capacitor_f: float = 10e-9) -> Cascade:
    """A cascade of exact, unrounded values."""
    kinds = TOPOLOGIES[topology].kinds(prototype.sections)
    pairs = zip(kinds, prototype.sections, strict=True)
    return Cascade(tuple(Section(kind, kind.size(one, capacitor_f)) for kind, one in pairs))


@pytest.mark.parametrize(("family", "order", "topology"), BUILDABLE)
def test_ideal_opamps_give_the_ideal_filter(family: str, order: int, topology: str) -> None:
    prototype = Prototype(family, order, CUTOFF_HZ)
    cascade = exact_cascade(prototype, topology)
    system = cascade.solve()
    frequency_hz = np.geomspace(1, 1e4, 60)
    expected = cascade.gain * prototype.response(frequency_hz)
    np.testing.assert_allclose(system.response(frequency_hz), expected, rtol=1e-9)
    time_s = np.linspace(0, 0.05, 500)
    modes = system.modes()
    step = cascade.gain * modes.grid(0.05, 500)
    np.testing.assert_allclose(step, prototype.step(time_s), atol=1e-10)
    slope = cascade.gain * modes.grid(0.05, 500, slope=True)
    np.testing.assert_allclose(slope, prototype.impulse_per_s(time_s), atol=1e-6)
    assert float(modes.step(time_s[77])) == pytest.approx(float(cascade.gain * step[77]), abs=1e-12)


@pytest.mark.parametrize(("family", "order", "topology"), BUILDABLE)
def test_figures_of_the_ideal_filter(family: str, order: int, topology: str) -> None:
    prototype = Prototype(family, order, CUTOFF_HZ)
    analysis = FilterAnalysis(exact_cascade(prototype, topology), IDEAL, CUTOFF_HZ)
    assert analysis.cutoff_hz == pytest.approx(CUTOFF_HZ, rel=1e-10)
    assert analysis.noise_bandwidth_hz == pytest.approx(prototype.noise_bandwidth_hz, rel=1e-8)
    for reading in ("first", "stay"):
        expected_s = prototype.settling_s(0.02, reading)
        assert analysis.settling_s(0.02, reading) == pytest.approx(expected_s, rel=1e-8)
    for (pole_hz, q), target in zip(analysis.sections, prototype.sections, strict=True):
        assert pole_hz == pytest.approx(target.pole_hz, rel=1e-9)
        # Two equal poles are only known to the square root of the rounding error, their Q is not.
        assert q is None if target.q is None else q == pytest.approx(target.q, rel=1e-9)


def test_critically_damped_rc_sections() -> None:
    prototype = Prototype("critically-damped", 4, CUTOFF_HZ)
    pole_hz = abs(prototype.poles_rad_s[0]) / (2 * math.pi)
    ohm = 1 / (2 * math.pi * pole_hz * 10e-9)
    cascade = Cascade((Section(RC_BUFFERED, {"ra": ohm, "c1": 10e-9}),) * 4)
    frequency_hz = np.geomspace(1, 1e4, 60)
    found = cascade.solve().response(frequency_hz)
    np.testing.assert_allclose(found, prototype.response(frequency_hz), rtol=1e-10)
    step = cascade.solve().modes().grid(0.05, 300)
    np.testing.assert_allclose(step, prototype.step(np.linspace(0, 0.05, 300)), atol=1e-11)


def finite_gain(opamp: OpAmp, s: np.ndarray) -> np.ndarray:
    return 1 / (1 / opamp.dc_gain + s / (2 * math.pi * opamp.gain_bandwidth_hz))


def test_sallen_key_with_a_real_opamp() -> None:
    """Node equations solved by hand for a buffer of gain K = A / (1 + A)."""
    opamp = OpAmp(2e4, 1e3)
    r1, r2, c1, c2 = 10e3, 22e3, 47e-9, 10e-9
    cascade = Cascade((Section(SALLEN_KEY, {"ra": r1, "rb": r2, "c1": c1, "c2": c2}),))
    frequency_hz = np.geomspace(10, 1e5, 40)
    s = 2j * np.pi * frequency_hz
    gain = finite_gain(opamp, s)
    k = gain / (1 + gain)
    below = 1 + s * (c2 * (r1 + r2) + (1 - k) * r1 * c1) + s**2 * r1 * r2 * c1 * c2
    np.testing.assert_allclose(cascade.solve(opamp).response(frequency_hz), k / below, rtol=1e-11)


def test_multiple_feedback_with_a_real_opamp() -> None:
    """Node equations written out: two unknown nodes, v_n = -v_out / A."""
    opamp = OpAmp(5e4, 300.0)
    r, r3, c1, c2 = 15e3, 8.2e3, 100e-9, 6.8e-9
    cascade = Cascade((Section(MULTIPLE_FEEDBACK, {"ra": r, "rb": r3, "c1": c1, "c2": c2}),))
    frequency_hz = np.geomspace(10, 1e5, 40)
    found = []
    for f in frequency_hz:
        s = 2j * np.pi * f
        gain = complex(finite_gain(opamp, np.array(s)))
        # Unknowns: v_x, v_out.
        matrix = np.array(
            [
                [2 / r + 1 / r3 + s * c1, -1 / r + 1 / (r3 * gain)],
                [-1 / r3, -(1 / r3 + s * c2) / gain - s * c2],
            ]
        )
        found.append(np.linalg.solve(matrix, np.array([1 / r, 0]))[1])
    np.testing.assert_allclose(cascade.solve(opamp).response(frequency_hz), found, rtol=1e-11)


def test_inverting_rc_with_a_real_opamp() -> None:
    opamp = OpAmp(3e4, 500.0)
    r, c = 12e3, 33e-9
    cascade = Cascade((Section(INVERTING_RC, {"ra": r, "c1": c}),))
    frequency_hz = np.geomspace(10, 1e5, 40)
    s = 2j * np.pi * frequency_hz
    feedback = r / (1 + s * r * c)
    noise_gain = 1 + feedback / r
    expected = -feedback / r / (1 + noise_gain / finite_gain(opamp, s))
    np.testing.assert_allclose(cascade.solve(opamp).response(frequency_hz), expected, rtol=1e-11)


@pytest.mark.parametrize("topology", ["sallen-key", "multiple-feedback"])
def test_time_and_frequency_agree_with_real_opamps(topology: str) -> None:
    """The step response is the inverse transform of H(s)/s: checked through partial fractions."""
    cascade = exact_cascade(Prototype("butterworth", 3, CUTOFF_HZ), topology)
    system = cascade.solve(PARTS[2].model)
    poles = system.poles_rad_s
    # Residues of H from its values around each pole, by Cauchy's integral on a small circle.
    time_s = np.array([1e-3, 4e-3, 10e-3])
    step = np.full(3, float(system.end_voltages[system.row()]), dtype=complex)
    angles = np.exp(2j * np.pi * np.arange(32) / 32)
    for k, pole in enumerate(poles):
        others = np.delete(poles, k)
        radius = 0.2 * np.abs(others - pole).min()
        circle = pole + radius * angles
        values = np.array([_at(system, s) for s in circle])
        residue = np.mean(values * radius * angles)
        step = step + residue / pole * np.exp(pole * time_s)
    found = [float(system.modes().step(t)) for t in time_s]
    np.testing.assert_allclose(step.real, found, atol=1e-8)


def _at(system: System, s: complex) -> complex:
    matrix = system.g + s * system.c
    return np.linalg.solve(matrix, system.b)[system.row()]


@pytest.mark.parametrize("topology", ["sallen-key", "multiple-feedback"])
def test_noise_bandwidth_with_real_opamps(topology: str) -> None:
    cascade = exact_cascade(Prototype("bessel", 4, CUTOFF_HZ), topology)
    analysis = FilterAnalysis(cascade, PARTS[0].model, CUTOFF_HZ)

    def power(log_hz: float) -> float:
        f = math.exp(log_hz)
        return float(np.abs(analysis.response(np.array([f]))[0]) ** 2) * f

    area, _ = integrate.quad(power, math.log(1e-4), math.log(1e7), epsrel=1e-9, limit=400)
    expected = (area + 1e-4 * analysis.gain_v_per_v**2) / analysis.gain_v_per_v**2
    assert analysis.noise_bandwidth_hz == pytest.approx(expected, rel=1e-7)


def test_a_batch_is_its_members() -> None:
    cascade = exact_cascade(Prototype("butterworth", 5, CUTOFF_HZ), "sallen-key")
    generator = np.random.default_rng(5)
    values = {
        name: value * generator.uniform(0.9, 1.1, 4) for name, value in cascade.values.items()
    }
    opamp = PARTS[0].model
    batch = cascade.solve(opamp, values)
    frequency_hz = np.array([10.0, 100.0, 400.0])
    responses, cutoffs = batch.response(frequency_hz), find_cutoffs_hz(batch, CUTOFF_HZ)
    steps = batch.modes().grid(0.03, 50)
    for k in range(4):
        one = cascade.solve(opamp, {name: float(value[k]) for name, value in values.items()})
        np.testing.assert_allclose(responses[k], one.response(frequency_hz), rtol=1e-12)
        np.testing.assert_allclose(steps[k], one.modes().grid(0.03, 50), atol=1e-12)
        assert cutoffs[k] == pytest.approx(float(find_cutoffs_hz(one, CUTOFF_HZ)), rel=1e-12)


@pytest.mark.parametrize("kind", [SALLEN_KEY, MULTIPLE_FEEDBACK])
def test_sizing_laws_hold(kind: SectionKind) -> None:
    for target in Prototype("butterworth", 6, CUTOFF_HZ).sections:
        assert target.q is not None
        sized = kind.size(target, 10e-9)
        assert float(kind.pole_hz(**sized)) == pytest.approx(target.pole_hz)
        assert float(kind.q(**sized)) == pytest.approx(target.q)
        c1, c2 = np.array(1e-6), np.array(10e-9)
        ra, rb = kind.resistors_for(target, c1, c2)
        assert float(kind.q(ra=ra, rb=rb, c1=c1, c2=c2)) == pytest.approx(target.q)
        assert ra >= rb


def test_components_are_counted_along_the_signal() -> None:
    cascade = exact_cascade(Prototype("butterworth", 3, CUTOFF_HZ), "multiple-feedback")
    assert list(cascade.values) == ["R1", "R2", "R3", "R4", "R5", "C1", "C2", "C3"]
    assert cascade.gain == 1
    text = cascade.subcircuit().write()
    assert ".subckt lowpass inp out" in text
    assert text.count("lowpass_opamp") == 2
