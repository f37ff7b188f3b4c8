"""What every oscillator bank has in common, and the figures that are taken of them."""

import math
import re

import numpy as np
import pytest

from hgecircuit.errors import InputError
from hgecircuit.netlist import Subcircuit
from hgecircuit.parts.oscillators import BANKS, Bank, OscillatorBank, RecordedBank, Tone
from hgecircuit.parts.oscillators.built import share_cores
from hgecircuit.parts.oscillators.measure import (
    envelope,
    measure_sine,
    quadrature_error_rad,
    startup_time_s,
)
from hgecircuit.parts.oscillators.trail import trail_for

FREQUENCIES_HZ = (400.0, 400.0, 500.0, 500.0, 700.0)
PHASES_RAD = (0.0, math.pi / 2, 0.0, -math.pi / 2, 0.0)
LAGS_RAD = (0.02, 0.02, 0.0, -0.3, 0.035)
PLAN = (FREQUENCIES_HZ, PHASES_RAD, LAGS_RAD)


@pytest.mark.parametrize("name", BANKS)
def test_every_bank_has_the_same_ports_and_keeps_the_plan(name: str) -> None:
    bank = BANKS[name](*PLAN)
    part = bank.subcircuit()
    assert part.ports == tuple(f"{kind}{m}" for kind in "sr" for m in range(5))
    assert part.write().startswith("* ")
    np.testing.assert_allclose(bank.frequency_errors, 0, atol=2e-3)
    np.testing.assert_allclose(bank.amplitude_errors, 0, atol=1e-3)
    turns = [tone.phase_rad for tone in bank.carriers]
    assert turns[1] - turns[0] == pytest.approx(math.pi / 2, abs=2e-3)
    assert math.remainder(turns[3] - turns[2] + math.pi / 2, 2 * math.pi) == pytest.approx(
        0, abs=2e-3
    )
    assert 0 <= bank.startup_s < 0.2


@pytest.mark.parametrize("name", BANKS)
def test_references_trail_by_the_lag(name: str) -> None:
    bank = BANKS[name](*PLAN)
    for carrier, reference, lag_rad in zip(bank.carriers, bank.references, LAGS_RAD, strict=True):
        # A free oscillator that is slow by 1e-3 turns its references 1e-3 too little.
        assert carrier.phase_rad - reference.phase_rad == pytest.approx(lag_rad, rel=2e-3, abs=1e-9)
        expected = 1.0 if name == "source" else math.cos(lag_rad)
        assert reference.amplitude_v / carrier.amplitude_v == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("name", [name for name in BANKS if name != "source"])
def test_preferred_values_are_used_and_their_error_is_known(name: str) -> None:
    exact, real = BANKS[name](*PLAN), BANKS[name](*PLAN, resistor_series="E24")
    assert exact.subcircuit().write() != real.subcircuit().write()
    # Half of a step of E24, 5 %, at a frequency that a resistor sets.
    assert np.abs(real.frequency_errors).max() < (1e-9 if real.coherent else 0.051)
    if name != "quadrature":  # whose amplitude is its reference's
        assert np.abs(real.amplitude_errors).max() > 1e-5


def test_only_what_divides_the_clock_keeps_step() -> None:
    steps = {name: bank(*PLAN).coherent for name, bank in BANKS.items()}
    assert steps == {"source": True, "divider": True, "quadrature": False, "wien": False}
    assert not OscillatorBank(*PLAN, frequency_error=1e-3).coherent


def test_channels_of_one_frequency_share_an_oscillator() -> None:
    cores = share_cores(FREQUENCIES_HZ, (0.3, 0.3 - math.pi / 2, 0.0, math.pi / 2, 1.0))
    assert [core.channels for core in cores] == [(0, 1), (2, 3), (4,)]
    assert [core.turns for core in cores] == [(0, -1), (0, 1), (0,)]


@pytest.mark.parametrize("apart_rad", [0.1, math.pi, 3.0])
def test_other_angles_are_refused(apart_rad: float) -> None:
    with pytest.raises(InputError, match="another angle"):
        share_cores((400.0, 400.0), (0.0, apart_rad))


@pytest.mark.parametrize("lag_rad", [-1.0, -0.1, 1e-3, 0.5])
def test_trail_turns_by_its_angle(lag_rad: float) -> None:
    """Against the impedances of the network that it writes."""
    trail = trail_for(lag_rad, 400.0, None)
    assert trail.capacitor_f is not None
    impedance = 1 / (2j * math.pi * 400.0 * trail.capacitor_f)
    across = trail.resistor_ohm if lag_rad < 0 else impedance
    gain = across / (trail.resistor_ohm + impedance)
    assert -np.angle(gain) == pytest.approx(lag_rad, rel=1e-9)
    assert trail.gain(400.0) == pytest.approx(gain, rel=1e-12)
    part = Subcircuit("trail", ("s0", "r0"), "A reference.")
    trail.add_to(part, 0)
    ground = "Rr0 r0 0" if lag_rad < 0 else "Cr0 r0 0"
    assert ground in part.write()


def test_trail_of_one_pole_has_its_time_constant_at_every_frequency() -> None:
    for frequency_hz in (400.0, 700.0):
        trail = trail_for(math.atan(frequency_hz / 20e3), frequency_hz, None)
        assert trail.capacitor_f is not None
        tau_s = trail.resistor_ohm * trail.capacitor_f
        assert 1 / (2 * math.pi * tau_s) == pytest.approx(20e3, rel=1e-9)


def test_trail_refuses_what_would_eat_the_reference() -> None:
    with pytest.raises(InputError, match="that far"):
        trail_for(1.2, 400.0, None)


def _uneven_s(stop_s: float, count: int) -> np.ndarray:
    drawn = np.random.default_rng(1).random(count)
    return np.concatenate([[0.0], np.cumsum(drawn)]) * stop_s / drawn.sum()


def test_figures_of_a_known_wave() -> None:
    """Uneven points, an offset, harmonics: all come back."""
    time_s = _uneven_s(0.05, 40_000)
    tones = (Tone(403.0, 1.5, 0.7), Tone(806.0, 0.01, -1.0), Tone(1209.0, 0.02, 2.0))
    trace_v = 0.3 + sum(tone.at(time_s) for tone in tones)
    for frequency_hz in (None, 403.0):
        figures = measure_sine(time_s, trace_v, 0.0, frequency_hz)
        assert figures.frequency_hz == pytest.approx(403.0, rel=1e-8)
        assert figures.offset_v == pytest.approx(0.3, rel=1e-6)
        assert figures.thd == pytest.approx(math.hypot(0.01, 0.02) / 1.5, rel=1e-4)
        for found, tone in zip(figures.tones(1e-4), tones, strict=True):
            np.testing.assert_allclose(found, tone, rtol=1e-4)


def test_a_wave_too_short_is_refused() -> None:
    time_s = np.linspace(0, 4e-3, 1000)
    with pytest.raises(ValueError, match="two cycles"):
        measure_sine(time_s, np.sin(2 * np.pi * 400 * time_s), 0.0)


def test_quadrature_error_of_either_sense() -> None:
    time_s = np.linspace(0, 0.02, 8000)
    sine, lead, trail = (
        measure_sine(time_s, np.sin(2 * np.pi * 400 * time_s + phase), 0.0, 400.0)
        for phase in (0.4, 0.4 + math.pi / 2 + 0.01, 0.4 - math.pi / 2 + 0.02)
    )
    assert quadrature_error_rad(sine, lead) == pytest.approx(0.01, rel=1e-4)
    assert quadrature_error_rad(sine, trail) == pytest.approx(0.02, rel=1e-4)


def test_start_up_of_a_known_envelope() -> None:
    """1 - exp(-t/tau) over one cycle: within 1 % once the window's mean is."""
    time_s, tau_s = np.linspace(0, 0.2, 40_000), 0.01
    trace_v = (1 - np.exp(-time_s / tau_s)) * np.sin(2 * np.pi * 400 * time_s)
    cycle_s = 1 / 400
    mean_gain = tau_s / cycle_s * (math.exp(cycle_s / tau_s) - 1)  # of exp(-t/tau), at its end
    exact_s = tau_s * math.log(100 * mean_gain)
    assert startup_time_s(time_s, trace_v, 400.0) == pytest.approx(exact_s, abs=cycle_s / 4)
    ends_s, sizes_v = envelope(time_s, trace_v, 400.0)
    assert sizes_v[-1] == pytest.approx(1.0, rel=1e-3)
    assert ends_s[-1] <= 0.2


def test_start_up_that_is_not_over_is_infinite() -> None:
    time_s = np.linspace(0, 0.1, 20_000)
    trace_v = time_s * np.sin(2 * np.pi * 400 * time_s)
    assert startup_time_s(time_s, trace_v, 400.0) == math.inf


@pytest.mark.parametrize("coherent", [True, False])
def test_recording_keeps_what_was_there(coherent: bool) -> None:
    bank = OscillatorBank((400.0, 700.0), (0.1, 0.2), (0.02, 0.03), 0.01, 0 if coherent else 0.003)
    time_s = np.linspace(0, 0.1, 60_000)
    traces = {
        port: tone.at(time_s) + 0.02 * np.sin(3 * 2 * np.pi * tone.frequency_hz * time_s) + 0.005
        for port, tone in zip(bank.ports, (*bank.carriers, *bank.references), strict=True)
    }
    recorded = RecordedBank.of(bank, time_s, traces, 0.05)
    for found, expected in zip(
        (*recorded.carriers, *recorded.references),
        (*bank.carriers, *bank.references),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert all(len(tones) == 2 for tones in recorded.tones)
    np.testing.assert_allclose(recorded.offsets_v, 0.005, rtol=1e-4)
    assert recorded.coherent == coherent
    sources = re.findall(r"Vr1_(\d) \S+ \S+ SIN\((\S+) (\S+)", recorded.subcircuit().write())
    written = [[float(number) for number in source] for source in sources]
    np.testing.assert_allclose(written, [[0, 0.005, 1.01], [1, 0, 0.02]], rtol=1e-4)


def test_carriers_are_sines_of_their_tones() -> None:
    bank: Bank = OscillatorBank((400.0,), (0.5,), (0.0,), 0.1, 0.01)
    time_s = np.linspace(0, 0.01, 50)
    expected = 1.1 * np.sin(2 * np.pi * 404.0 * time_s + 0.5)
    np.testing.assert_allclose(bank.carrier_v(0, time_s), expected, rtol=1e-12, atol=1e-12)
