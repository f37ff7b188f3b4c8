"""Sizing and settled state of the error circuit with a servo."""

import numpy as np
import pytest

from hgecircuit.parts.affine_readout import AffineReadout
from hgecircuit.parts.lot import Lot
from hgecircuit.parts.readout.clamped import ClampedIntegrator
from hgecircuit.parts.readout.servo import ChipReadout

LAW = AffineReadout((0.0, 1.0, 1.0, 0.0), 0.1, 1 / 0.6)
HELD_V = {
    "0.6 V": (-0.3, 0.3, 0.3, -0.3), "1 V": (0.2, 1.2, 1.2, 0.2), "3 V": (-1.5, 1.5, 1.5, -1.5),
    "1 V, uneven": (-0.5, 0.7, 0.2, -0.3),
}  # fmt: skip


def _servo(lot: Lot, chip: str = "AD633", law: AffineReadout = LAW) -> ChipReadout:
    count = len(law.targets)
    chips = [lot.multiplier(chip, f"chip{n}") for n in range(2 * count + 1)]
    opamps = [lot.opamp("OPA140", f"opamp{n}") for n in range(count + 4)]
    return ChipReadout.size(law, chips, opamps, lot.switch("ADG412"))


def _errors(chip: str, spread: str, held_v: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Largest error of e_k, and relative error of the gain, of twenty circuits, shape (20,)."""
    wanted_v, wanted_gain = LAW.error_v(np.array(held_v))
    found = [
        _servo(Lot((-15.0, 15.0), spread, seed), chip).settled(np.array(held_v))  # type: ignore[arg-type]
        for seed in range(20)
    ]
    off_v = [np.abs(error_v - wanted_v).max() for error_v, _, _ in found]
    return np.array(off_v), np.array([gain / wanted_gain - 1 for _, gain, _ in found])


def test_without_offsets_it_is_the_law_but_for_the_chips_nonlinearity() -> None:
    """0.4 % and 0.1 % of 10 V at the inputs of the error chips are 10 mV of c and 0.2 % of a."""
    servo = _servo(Lot((-15.0, 15.0), "nominal"))
    for held_v in HELD_V.values():
        wanted_v, wanted_gain = LAW.error_v(np.array(held_v))
        error_v, gain, slope_v = servo.settled(np.array(held_v))
        limit_v = 0.01 * wanted_gain + 0.005
        assert np.abs(error_v - wanted_v).max() < limit_v
        assert np.abs(slope_v - wanted_gain * wanted_v).max() < (1 + wanted_gain) * limit_v
        assert gain == pytest.approx(float(wanted_gain), rel=0.02)


@pytest.mark.parametrize("held", HELD_V)
def test_offsets_at_the_chips_limits_move_the_errors_as_documented(held: str) -> None:
    off_v, _ = _errors("AD633", "limits", HELD_V[held])
    assert off_v.max() < 0.12
    assert 0.02 < np.median(off_v) < 0.055
    drawn_v, _ = _errors("AD633", "drawn", HELD_V[held])
    assert drawn_v.max() < 0.05
    better_v, _ = _errors("AD734", "limits", HELD_V[held])
    assert better_v.max() < 0.013


def test_the_gains_error_falls_with_the_outputs_power() -> None:
    """Offsets of 50 mV behind four servo chips are 4 * 50 mV * 10 V / (g_c g_e) of sum c e."""
    servo = _servo(Lot((-15.0, 15.0), "nominal"))
    bound_v2 = 4 * 0.05 * 10 / (servo.centre_gain * servo.error_scale)
    for name, syy_v2 in (("1 V", 1.0), ("3 V", 9.0)):
        _, gain_error = _errors("AD633", "limits", HELD_V[name])
        # Beside them: the error chips' own scale, 2 %, and their Y offset, 30 mV of g_a a; a is
        # 1 / separation, so S_yz is S_yy / separation = separation.
        chips = 0.02 + 0.03 / (servo.gain_scale * np.sqrt(1 / syy_v2)) + 0.05
        assert np.abs(gain_error).max() < bound_v2 / np.sqrt(syy_v2) + chips


def test_outputs_that_tell_nothing_put_the_gain_at_a_limit() -> None:
    for lot in (Lot((-15.0, 15.0), "nominal"), Lot((-15.0, 15.0), "limits", 3)):
        servo = _servo(lot)
        _, gain, _ = servo.settled(np.array([1.0, -1.0, -1.0, 1.0]))
        assert gain == pytest.approx(0.1, abs=0.02)
        _, gain, _ = servo.settled(np.array([-0.1, 0.1, 0.1, -0.1]))
        assert gain == pytest.approx(1 / 0.6, rel=0.02)


@pytest.mark.parametrize("targets", [(0.0, 1.0, 1.0, 1.0), (1.0, 0.0, 1.0)])
@pytest.mark.parametrize("supply_v", [12.0, 15.0])
def test_scales_stay_within_the_chips_ranges(targets: tuple[float, ...], supply_v: float) -> None:
    law = AffineReadout(targets, 0.05, 1.0)
    servo = _servo(Lot((-supply_v, supply_v), "nominal"), law=law)
    assert servo.gain_scale * law.gain_max == pytest.approx(9.0)
    assert servo.centred_range_v == pytest.approx(2.5, rel=0.02)
    chip = servo.error_chips[0]
    assert servo.error_scale * 1.6 <= chip.amplifier.rail_high_v * 1.03
    # The servo's rate at the largest S_yy, in Hz, is a sixth of the error chips' bandwidth.
    behind = 1 + servo.z_target_ohm / servo.z_output_ohm
    rate_hz = len(targets) * 2.5**2 / servo.servo_v2 / (2 * np.pi)
    assert rate_hz == pytest.approx(chip.amplifier.gain_bandwidth_hz / behind / 6, rel=0.04)
    held_v = np.array([0.5 if target else -0.5 for target in targets])
    error_v, gain, slope_v = servo.settled(held_v)
    np.testing.assert_allclose(error_v, 0.0, atol=0.015)
    np.testing.assert_allclose(slope_v, gain * error_v, atol=1e-3)


def test_clamps_of_the_integrator_take_over_just_beyond_their_limits() -> None:
    lot = Lot((-15.0, 15.0), "nominal")
    opamps = [lot.opamp("OPA140", "x")] * 3
    part = ClampedIntegrator.size(4, 30e-6, (0.5, 9.0), opamps)
    assert part.tau_s == pytest.approx(30e-6, rel=0.012)
    assert part.clamped_v(0.3) == pytest.approx(0.5, abs=0.01)
    assert part.clamped_v(-0.3) == pytest.approx(9.0, abs=0.01)
    # Without any drive the diodes still carry their saturation current, at no forward voltage.
    assert part.clamped_v(1e-6) == pytest.approx(0.5 + 0.4 / 7, abs=0.01)
    # A strong drive moves the limit by the drop across R_c over the clamps' gain.
    beyond_v = 0.5 - part.clamped_v(5.0)
    assert beyond_v == pytest.approx(5.0 * part.clamp_ohm / part.input_ohm / 7, abs=0.15 / 7)
