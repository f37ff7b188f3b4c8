"""The lock-in against analytic cases and against plain filtering."""

import numpy as np
import pytest
from analytic_devices import close
from scipy import signal

from hgecircuit.errors import InputError
from hgecircuit.run.reference import LockIn, Quadratures

RATE_HZ = 1e4


def lock_in(frequencies, phases=None, *, amplitude_v=0.01, time_s=0.1, **others):
    count = len(frequencies)
    phases = (0.0,) * count if phases is None else phases
    return LockIn(tuple(frequencies), tuple(phases), (amplitude_v,) * count, time_s, **others)


def sampled_time_s(device):
    return np.arange(device.samples) / RATE_HZ


def tone_response(device, frequency_hz, time_s):
    """Continuous filter's output at time_s for exp(j 2 pi f t) from t = 0 on: closed form."""
    order, w_c = device.order, 2 * np.pi * device.cutoff_hz
    k = np.arange(1, order + 1)
    poles = w_c * np.exp(1j * np.pi * (2 * k + order - 1) / (2 * order))
    residues = [np.prod(-poles) / np.prod(p - np.delete(poles, i)) for i, p in enumerate(poles)]
    s = 2j * np.pi * frequency_hz
    return sum(
        r * (np.exp(s * time_s) - np.exp(p * time_s)) / (s - p)
        for r, p in zip(residues, poles, strict=True)
    )


def predicted_x(device, m, tones):
    """X_m of tones (amplitude, frequency, phase), each mixed into two (Boon 2025, Eq. 4)."""
    f_m, phi_m = device.frequencies_hz[m], device.phases_rad[m]
    total = 0.0
    for amplitude, f_n, phi_n in tones:
        low = tone_response(device, f_m - f_n, device.measured_s) * np.exp(1j * (phi_m - phi_n))
        high = tone_response(device, f_m + f_n, device.measured_s) * np.exp(1j * (phi_m + phi_n))
        total += amplitude * (low - high).real
    return total


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("remove_mean", [True, False])
def test_the_weighted_sum_is_filtering(order, remove_mean):
    device = lock_in((410.0, 730.0), (0.3, 1.1), order=order, remove_mean=remove_mean, time_s=0.02)
    current_a = np.random.default_rng(4).normal(size=(3, device.samples))
    system = signal.butter(order, 2 * np.pi * device.cutoff_hz, analog=True)
    b, a, _ = signal.cont2discrete(system, 1 / RATE_HZ, method="zoh")
    centred = current_a - current_a.mean(axis=1, keepdims=True) if remove_mean else current_a
    result = device.demodulate(current_a)
    for m in range(2):
        angle = 2 * np.pi * device.frequencies_hz[m] * sampled_time_s(device)
        for part, function in ((result.x_a, np.sin), (result.y_a, np.cos)):
            mixed = 2 * function(angle + device.phases_rad[m]) * centred
            # one more, empty sample: the hold delays SciPy's output by one
            filtered = signal.lfilter(b.ravel(), a, np.pad(mixed, ((0, 0), (0, 1))))
            # SciPy's recursion loses some (f_s / w_c)^order = 46^order of the 1e16 there are
            assert part[:, m] == pytest.approx(filtered[:, -1], abs=1e-14 * 46.0**order)


def test_the_usual_bilinear_filter_gives_the_same_within_its_half_sample():
    """scipy.signal.butter at 10 kHz: the paper's settings, within 0.1 % of the derivative."""
    device = lock_in((400.0, 440.0, 480.0), (0.0, 1.0, 2.0))
    angles = 2 * np.pi * np.outer(sampled_time_s(device), device.frequencies_hz) + device.phases_rad
    current_a = np.sin(angles) @ [1.0, -2.0, 0.5]
    sos = signal.butter(3, device.cutoff_hz, fs=RATE_HZ, output="sos")
    centred = current_a - current_a.mean()
    bilinear = signal.sosfilt(sos, 2 * np.sin(angles) * centred[:, None], axis=0)[-1]
    assert device.demodulate(current_a).x_a == pytest.approx(bilinear, abs=2e-3)


@pytest.mark.parametrize("settled", ["first", "stay"])
@pytest.mark.parametrize("spacing_hz", [10.0, 40.0, 137.0])
def test_two_tones_as_the_continuous_filter_predicts(settled, spacing_hz):
    device = lock_in((600.0, 600.0 + spacing_hz), (0.4, 2.0), settled=settled, remove_mean=False)
    tones = [(3e-9, 600.0, 0.4), (5e-9, 600.0 + spacing_hz, 2.0)]
    time_s = sampled_time_s(device)
    current_a = sum(a * np.sin(2 * np.pi * f * time_s + phi) for a, f, phi in tones)
    result = device.demodulate(current_a).x_a
    expected = [predicted_x(device, m, tones) for m in range(2)]
    # the hold shifts every tone by half a sample: w_c / (2 f_s) = 0.2 to 0.3 % of the amplitudes
    assert result == pytest.approx(expected, abs=0.004 * 5e-9)
    assert device.coupling() @ [3e-9, 5e-9] == close(result)


@pytest.mark.parametrize("order", range(1, 7))
@pytest.mark.parametrize("settled", ["first", "stay"])
def test_two_tones_in_closed_form_with_the_transient(order, settled):
    """The held samples through the filter's partial fractions: sums of geometric series.

    h[k] = sum_i r_i / p_i (q_i - 1) q_i^k with q_i = exp(p_i / f_s), so the filtered tone z^k is
    sum_i r_i / p_i (q_i - 1) (z^N - q_i^N) / (z - q_i) at T; the poles are SciPy's.
    """
    phases, amplitudes = np.array([0.4, 2.0]), np.array([3e-9, -5e-9])
    device = lock_in((613.0, 671.0), phases, order=order, settled=settled, remove_mean=False)
    _, poles, gain = signal.butter(order, 2 * np.pi * device.cutoff_hz, analog=True, output="zpk")
    q, count = np.exp(poles / RATE_HZ), device.samples
    weight = [
        gain / p / np.prod(p - np.delete(poles, i)) * np.expm1(p / RATE_HZ)
        for i, p in enumerate(poles)
    ]

    def filtered(frequency_hz):
        z = np.exp(2j * np.pi * frequency_hz / RATE_HZ)
        return np.sum(weight * (z**count - q**count) / (z - q))

    angles = 2 * np.pi * np.outer(sampled_time_s(device), device.frequencies_hz) + phases
    x_a, y_a = device.demodulate(12e-9 + np.sin(angles) @ amplitudes)
    for m, f_m in enumerate(device.frequencies_hz):
        # 2 sin(m) sin(n) = cos(m - n) - cos(m + n), 2 cos(m) sin(n) = sin(m + n) - sin(m - n)
        reference = 24e-9 * filtered(f_m) * np.exp(1j * phases[m])
        low, high = (
            sum(
                amplitude * filtered(f_m + sign * f_n) * np.exp(1j * (phases[m] + sign * phi_n))
                for amplitude, f_n, phi_n in zip(
                    amplitudes, device.frequencies_hz, phases, strict=True
                )
            )
            for sign in (-1, 1)
        )
        assert x_a[m] / 1e-9 == pytest.approx((reference.imag + (low - high).real) / 1e-9, rel=1e-9)
        assert y_a[m] / 1e-9 == pytest.approx((reference.real + (high - low).imag) / 1e-9, rel=1e-9)


@pytest.mark.parametrize("settled", ["first", "stay"])
def test_a_lone_tone_comes_out_with_the_settled_gain(settled):
    device = lock_in((1000.0,), settled=settled)
    current_a = 2e-9 * np.sin(2 * np.pi * 1000 * sampled_time_s(device))
    assert abs(device.settled_gain - 1) == pytest.approx(0.02)
    x_a = device.demodulate(current_a).x_a[0]
    # what is left at 2 f from rest is below h(T) / (2 w) = 0.1 %
    assert x_a == close(device.settled_gain * 2e-9, 1e-3)


def test_two_channels_in_quadrature_don_t_see_each_other():
    device = lock_in((500.0, 500.0), (0.0, np.pi / 2))
    angle = 2 * np.pi * 500 * sampled_time_s(device)
    current_a = 3e-9 * np.sin(angle) - 7e-9 * np.cos(angle)
    x_a = device.demodulate(current_a).x_a
    assert x_a == pytest.approx(device.settled_gain * np.array([3e-9, -7e-9]), abs=2e-3 * 7e-9)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("lag_deg", [-80, -30, 0, 45, 80])
def test_a_phase_lag_costs_x_but_not_the_amplitude_nor_its_sign(sign, lag_deg):
    lag = np.radians(lag_deg)
    current_a = sign * 4e-9 * np.sin(2 * np.pi * 700 * np.arange(1000) / RATE_HZ + 0.6 - lag)
    exact = sign * 4e-9 / 0.01
    for use, expected in (("x", exact * np.cos(lag)), ("amplitude", exact)):
        device = lock_in((700.0,), (0.6,), use=use)
        quadratures = device.demodulate(current_a)
        result = device.derivative_a_per_v(quadratures)[0]
        assert result == pytest.approx(device.settled_gain * expected, abs=2e-3 * abs(exact))
        phase = np.arctan2(quadratures.y_a[0], quadratures.x_a[0])
        assert np.angle(sign * np.exp(1j * (phase + lag))) == pytest.approx(0, abs=2e-3)


def test_sign_is_positive_from_minus_90_to_90_degrees():
    device = lock_in((700.0,), use="amplitude", amplitude_v=1.0)
    x, y = np.array([[3.0], [0.0], [-3.0], [3.0]]), np.array([[4.0], [2.0], [4.0], [-4.0]])
    assert device.derivative_a_per_v(Quadratures(x, y)).ravel() == pytest.approx([5, 2, -5, 5])


def test_direct_current_leaves_a_transient_unless_the_mean_is_removed():
    """2 I_0 h(T) / w at T, from integrating 2 I_0 sin(w t) h(T - t) by parts."""
    current_a = np.full(1000, 20e-9)
    removed = lock_in((400.0, 640.0))
    assert removed.demodulate(current_a).x_a == pytest.approx(0, abs=1e-12 * 20e-9)
    kept = lock_in((400.0, 640.0), remove_mean=False)
    end = kept.filter.impulse_response(1000, RATE_HZ)[-1] * RATE_HZ
    expected = 2 * 20e-9 * end / (2 * np.pi * np.array([400.0, 640.0]))
    assert kept.demodulate(current_a).x_a == close(expected, 0.02)
    # against the response to 8 mV at 20 nA/V: not negligible
    assert expected[0] > 0.4 * 8e-3 * 20e-9


def test_time_is_rounded_to_samples_and_fixes_the_cutoff():
    device = lock_in((1000.0,), time_s=0.10003)
    assert device.samples == 1000
    assert device.measured_s == 0.1
    assert device.cutoff_hz == pytest.approx(5.83, abs=5e-3)
    assert lock_in((1000.0,), settled="stay").cutoff_hz == pytest.approx(10.56, abs=5e-3)


def test_perturbation_is_the_papers():
    device = LockIn((400.0, 500.0), (0.1, 0.2), (0.01, 0.02), 0.1)
    time_s = sampled_time_s(device)
    expected = [0.01, 0.02] * np.sin(
        2 * np.pi * np.outer(time_s, [400.0, 500.0]) + np.array([0.1, 0.2])
    )
    assert device.perturbation_v() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"frequencies_hz": (5000.0,)}, r"frequencies_hz\[0\].*5000"),
        ({"frequencies_hz": (0.0,)}, "frequencies_hz"),
        ({"frequencies_hz": (np.nan,)}, "frequencies_hz"),
        ({"frequencies_hz": (400.0, 500.0)}, "one frequency, one phase"),
        ({"amplitudes_v": (0.0,)}, "amplitudes_v"),
        ({"amplitudes_v": (np.nan,)}, "amplitudes_v"),
        ({"phases_rad": (np.inf,)}, "phases_rad"),
        ({"time_s": 0.0}, "time_s"),
        ({"time_s": np.nan}, "time_s"),
        ({"time_s": 1e-4}, "time_s"),
        ({"sample_rate_hz": 0.0}, "sample_rate_hz"),
        ({"order": 9}, "order"),
        ({"settled": "soon"}, "settled"),
        ({"use": "y"}, "use"),
    ],
)
def test_bad_input_is_named(change, match):
    good = {
        "frequencies_hz": (400.0,),
        "phases_rad": (0.0,),
        "amplitudes_v": (0.01,),
        "time_s": 0.1,
    }
    with pytest.raises(InputError, match=match):
        LockIn(**{**good, **change})


def test_another_number_of_samples_is_refused():
    with pytest.raises(InputError, match="1000"):
        lock_in((400.0,)).demodulate(np.zeros(999))
    with pytest.raises(InputError, match="25"):
        lock_in((400.0,)).demodulate_period(np.zeros(1000))
