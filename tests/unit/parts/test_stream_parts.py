"""The stream loop's parts: pattern memory, and the readout that adapts pattern by pattern."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hgecircuit.losses import AffineLoss
from hgecircuit.parts.error_circuits import StreamReadout
from hgecircuit.parts.error_circuits.stream_readout import StreamState
from hgecircuit.parts.pattern_memory import PatternMemory

GAINS = (0.1, 1.6)


@pytest.mark.parametrize("repeated", [True, False])
def test_memory_steps_through_its_levels(repeated: bool) -> None:
    memory = PatternMemory([[1.0, 3.0], [0.0, -1.0]], 1.0, 0.1, repeated)
    times_s = np.array([0.0, 0.05, 0.1, 0.99, 1.05, 1.5, 2.05, 2.5])
    first_v = [3.0, 2.0, 1.0, 1.0, 2.0, 3.0, *([2.0, 1.0] if repeated else [3.0, 3.0])]
    np.testing.assert_allclose(memory.level_v(0, times_s), first_v)
    assert memory.level_v(1, np.array(1.5)) == -1.0


def test_readout_adapts_as_its_equations_say() -> None:
    """Against SciPy's solution of the two differential equations."""
    open_s = 1e-3
    part = StreamReadout.sized(0.4, GAINS, open_s, (3.0, 2.0))
    # within its limits: they are a matter of the test below
    state, generator = part.start._replace(theta_v=-0.5), np.random.default_rng(1)
    for target_v in (0.0, 1.0, 1.0, 0.0, 1.0):
        held_v = generator.normal()

        def slopes(_, y, held_v=held_v, target_v=target_v):
            scaled = np.exp(y[1]) * (held_v - y[0])
            error = scaled - (target_v - 0.4)
            return [(held_v - y[0]) / part.mean.tau_s, -error * scaled / part.gain_integrator.tau_s]

        exact = solve_ivp(slopes, (0, open_s), state, rtol=1e-9, atol=1e-12).y[:, -1]
        state = part.adapt(state, held_v, target_v, open_s)
        assert np.log(GAINS[0]) < state.theta_v < np.log(GAINS[1])
        assert state.mean_v == pytest.approx(exact[0], abs=1e-9)
        # the midpoint rule: a step's error is its relative length cubed, (0.1/2)^3, at most
        assert state.theta_v == pytest.approx(exact[1], abs=10 * 0.05**3)
        state = state._replace(theta_v=float(exact[1]))


def test_gain_stays_within_its_limits() -> None:
    part = StreamReadout.sized(0.5, GAINS, 1e-3, (10.0, 1.0))
    state = part.start
    assert part.gain(state.theta_v) == pytest.approx(GAINS[1])
    for _ in range(20):
        state = part.adapt(state, 5.0, 0.0, 1e-3)  # a large output that should be low
        state = part.adapt(state, -5.0, 1.0, 1e-3)
    assert part.gain(state.theta_v) == pytest.approx(GAINS[0])


def test_readout_comes_to_the_affine_loss() -> None:
    """Many turns with slow servos: mean and gain are those of the loss, and so is the slope."""
    generator = np.random.default_rng(2)
    targets = generator.permutation(np.arange(30) % 2)
    held_v = 0.8 * targets + generator.normal(scale=0.5, size=30) + 2.0
    turns, patterns = 200, (3000.0, 100.0)
    part = StreamReadout.sized(float(targets.mean()), GAINS, 1e-3, patterns)
    state = StreamState(float(held_v.mean()) + 0.02, 0.0)
    for _ in range(turns):
        moved = 0.0
        for y_v, z_v in zip(held_v, targets, strict=True):
            before = state.theta_v
            state = part.adapt(state, y_v, z_v, 1e-3)
            moved += abs(state.theta_v - before)
    loss = AffineLoss(*GAINS)
    gain = float(loss.gain_per_a(held_v, targets))
    assert GAINS[0] < gain < GAINS[1]
    # ripple: what a turn moves; and what is left of the start after so many turns
    assert state.mean_v == pytest.approx(held_v.mean(), abs=30 / 3000 * held_v.std())
    assert state.theta_v == pytest.approx(np.log(gain), abs=moved / 2)
    assert moved < 0.05
    slopes = [part.gain(state.theta_v) * part.error_v(state, y, z)
              for y, z in zip(held_v, targets, strict=True)]  # fmt: skip
    exact = loss.derivative_per_a(held_v, targets)
    assert np.linalg.norm(slopes - exact) < 0.05 * np.linalg.norm(exact)
