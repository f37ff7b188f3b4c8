"""Reference, verification, simulation and limits: how the circuit is checked."""

from __future__ import annotations

from typing import Annotated

from hgecircuit.spec.forms import Number, Quantity
from hgecircuit.spec.signals import SETTLED_WORDS, Settled
from hgecircuit.spec.table import (
    MOST_EPOCHS,
    PositiveFrequency,
    PositiveTime,
    Seed,
    Table,
    derived,
    setting,
)
from hgecircuit.units import CURRENT, FRACTION, TIME

#: Accuracy on the sphere's test points (Boon 2025, text on Fig. 4c).
PAPER_ACCURACY = 0.94

_Current = Annotated[float, Quantity(CURRENT, above=0.0, at_most=1.0)]


class ReferenceSpec(Table):
    """The digital reference, sampled as in Boon 2025 (Methods).

    Attributes:
        sample_rate_hz: Rate of outputs and inputs.
        time_s: Lock-in time T of the reference.
        settled: Which reading of "98 % settled at t = T".
        learning_rate: Learning rate eta of V <- V - eta dE/dI grad I.
        iterations: Largest number of iterations.
        stop_loss: Loss below which it stops.
    """

    sample_rate_hz: PositiveFrequency = setting(
        default="10 kHz",
        alias="sample_rate",
        description="Rate of the sampled outputs and inputs; 10 kHz in Boon 2025.",
    )
    time_s: PositiveTime = setting(
        default="100 ms", alias="time", description="Lock-in time T of the digital reference."
    )
    settled: Settled = setting(default="first", description=SETTLED_WORDS)
    learning_rate: Annotated[float, Number(above=0.0, at_most=1e12)] = setting(
        default=0.02, description="Learning rate; 0.02 for the gates of Boon 2025."
    )
    iterations: Annotated[int, Number(integer=True, at_least=1, at_most=MOST_EPOCHS)] = setting(
        default=300, description="Largest number of iterations; 300 in Boon 2025."
    )
    stop_loss: Annotated[float, Number(above=0.0, at_most=4.0)] = setting(
        default=0.008, description="Loss below which it stops; 0.008 for the gates of Boon 2025."
    )


class VerificationSpec(Table):
    """Check of the derivatives over operating points.

    Attributes:
        operating_points: Number of operating points, spread over the safe ranges.
        seed: Seed of their choice.
    """

    operating_points: Annotated[int, Number(integer=True, at_least=20, at_most=10_000)] = setting(
        default=24,
        description="Operating points, spread over the safe ranges, at which the derivatives are "
        "checked.",
    )
    seed: Seed = setting(default=11, description="Seed of their choice.")


class SimulationSpec(Table):
    """Transient simulation.

    Attributes:
        steps_per_cycle: Fewest time steps per cycle of the highest carrier.
        reltol: Relative tolerance of the simulator.
        timeout_s: Wall time after which a run is stopped.
    """

    steps_per_cycle: Annotated[int, Number(integer=True, at_least=3, at_most=1000)] = setting(
        default=16, description="Fewest time steps per cycle of the highest carrier."
    )
    reltol: Annotated[float, Number(at_least=1e-8, at_most=0.01)] = setting(
        default=1e-3, description="Relative tolerance of the simulator."
    )
    timeout_s: Annotated[float, Quantity(TIME, "600 s", at_least=1.0, at_most=1e6)] = setting(
        default="600 s", alias="timeout", description="Wall time after which a run is stopped."
    )


class LimitsSpec(Table):
    """What a verdict passes at.

    Attributes:
        loss: Largest loss E of Boon 2025 after learning.
        margin_a: Smallest distance from the highest 0 to the lowest 1, in A.
        loss_scale_a: Scale of the loss's sigmoid, in A.
        accuracy: Smallest share of test points that are told right.
        gradient_relative_error: Largest relative error of the gradient; None: error budget.
        gradient_cosine: Smallest cosine to the exact gradient; None: error budget.
    """

    loss: Annotated[float, Number(above=0.0, at_most=4.0)] = setting(
        default=0.05,
        description="Largest loss after learning: (1 - correlation)/sigmoid(separation).",
    )
    margin_a: _Current = setting(
        default="1 nA",
        alias="margin",
        description="Smallest distance from the highest 0 to the lowest 1 after learning.",
    )
    loss_scale_a: _Current = setting(
        default="5 nA", alias="loss_scale", description="Scale of the loss's sigmoid."
    )
    accuracy: Annotated[float, Quantity(FRACTION, "94 %", above=0.0, at_most=1.0)] = setting(
        default=f"{100 * PAPER_ACCURACY:g} %",
        description="Smallest share of the sphere's test points that are told right after "
        "learning; 94 % in Boon 2025.",
    )
    gradient_relative_error: (
        Annotated[float, Quantity(FRACTION, "2 %", above=0.0, at_most=1.0)] | None
    ) = derived(
        "the circuit's error budget",
        description="Largest relative error of the gradient vector.",
    )
    gradient_cosine: Annotated[float, Number(at_least=0.0, at_most=1.0)] | None = derived(
        "the circuit's error budget",
        description="Smallest cosine between the measured and the exact gradient.",
    )
