"""The paper's equations against the independent digital reference."""

import numpy as np
import pytest

from hgecircuit.design.error_model import equal_spacing_hz, paper_errors, window_for
from hgecircuit.errors import InputError
from hgecircuit.run.reference import LockIn as ReferenceLockIn
from hgecircuit.run.reference import mean_square_error

AMPLITUDE_V, DENSITY = 8e-3, 1e-23


@pytest.mark.parametrize("settled", ["first", "stay"])
@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_equations_7_to_10_are_the_references(order: int, settled: str) -> None:
    frequencies_hz = equal_spacing_hz(7, 1e3, 40.0)
    amplitudes_v = np.linspace(5e-3, 9e-3, 7)
    gradient = np.random.default_rng(3).normal(0, 1e-7, (4, 7))
    window = window_for("butterworth", 0.1, order=order, settled=settled)
    found = paper_errors(window, frequencies_hz, amplitudes_v, gradient, DENSITY)
    other = ReferenceLockIn(
        tuple(frequencies_hz),
        (0.0,) * 7,
        tuple(amplitudes_v),
        0.1,
        order=order,
        settled="first" if settled == "first" else "stay",
    )
    responses_a = gradient * amplitudes_v
    np.testing.assert_allclose(
        found.together, mean_square_error(other, responses_a, DENSITY), rtol=1e-9
    )
    np.testing.assert_allclose(
        found.sequential,
        mean_square_error(other, responses_a, DENSITY, sequential=True),
        rtol=1e-9,
    )


def test_gate_by_hand() -> None:
    """|H| = |sinc(f T)|, f_enbw = 1/(2T): two carriers 15 Hz apart in a gate of 0.1 s."""
    frequencies_hz, gradient = np.array([103.0, 118.0]), np.array([2e-7, 5e-7])
    window = window_for("gate", 0.1)
    found = paper_errors(window, frequencies_hz, np.full(2, AMPLITUDE_V), gradient, DENSITY)

    def gain(frequency_hz: float) -> float:
        x = np.pi * frequency_hz * 0.1
        return (np.sin(x) / x) ** 2

    # As ratios: the figures themselves lie far below approx's absolute tolerance.
    assert found.second_harmonic[0] / (gain(206) * 4e-14) == pytest.approx(1)
    assert found.parallel[0] / ((gain(221) + gain(15)) * 25e-14) == pytest.approx(1)
    assert found.noise[0] / (4 * 5 * DENSITY / 2 / AMPLITUDE_V**2) == pytest.approx(1)


def test_many_channels_are_the_same_as_few() -> None:
    """1,500 channels are summed in parts; the neighbours decide."""
    frequencies_hz = equal_spacing_hz(1500, 60e3, 39.0)
    gradient = np.full(1500, 1e-7)
    window = window_for("butterworth", 0.1)
    amplitudes_v = np.full(1500, AMPLITUDE_V)
    found = paper_errors(window, frequencies_hz, amplitudes_v, gradient)
    middle = slice(740, 761)
    part = paper_errors(window, frequencies_hz[middle], amplitudes_v[middle], gradient[middle])
    assert found.parallel[750] / part.parallel[10] == pytest.approx(1, rel=1e-4)
    assert found.parallel[750] > found.parallel[0]


def test_carriers_that_do_not_fit_name_what_does() -> None:
    with pytest.raises(InputError, match=r"below 166\.7 Hz for 7 channels, or at most 5 channels"):
        equal_spacing_hz(7, 1e3, 200.0)
    assert equal_spacing_hz(5, 1e3, 200.0)[-1] == pytest.approx(200)
    with pytest.raises(InputError, match="below 250 Hz for 5 channels, or at most 4"):
        equal_spacing_hz(5, 1e3, 250.0)
    for bad in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(InputError, match="above 0 Hz"):
            equal_spacing_hz(3, 1e3, bad)
    with pytest.raises(InputError, match="at least 1 channel"):
        equal_spacing_hz(0, 1e3, 1.0)
