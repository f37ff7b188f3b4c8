"""The update law: the table `[loop]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hgecircuit.spec.forms import Flag, Number, Quantity
from hgecircuit.spec.table import (
    MOST_EPOCHS,
    PositiveFrequency,
    PositiveTime,
    PositiveVoltage,
    Table,
    derived,
    setting,
)
from hgecircuit.units import CURRENT

_Epochs = Annotated[int, Number(integer=True, at_least=1, at_most=MOST_EPOCHS)]
_Rate = Annotated[float, Number(above=0.0, at_most=1e12)]
_RATE_WORDS = (
    "Learning rate in V^2: a step in V is this times the derivative, in 1/V, of the loss: the "
    "readout's summed squared error over 2, or that of the correlation circuit."
)
_Separation = Annotated[float, Quantity(CURRENT, "8 nA", above=0.0, at_most=1.0)]
ErrorName = Literal["affine", "affine_servo", "bias_servo", "correlation"]


class _Loop(Table):
    """What all loops have.

    Attributes:
        learning_rate: Learning rate eta.
        separation_min_a: Smallest 0-1 separation the readout assumes, in A: its gain is 1/this.
        separation_max_a: Largest 0-1 separation the readout assumes, in A.
        hold_epochs: Epochs at the start in which the weights are held.
    """

    learning_rate: _Rate = setting(default=1.0, description=_RATE_WORDS)
    separation_min_a: _Separation = setting(
        default="8 nA",
        alias="separation_min",
        description="Smallest separation of the 0 and 1 outputs for which the readout scales; its "
        "gain is at most 1/separation_min.",
    )
    separation_max_a: _Separation = setting(
        default="100 nA",
        alias="separation_max",
        description="Largest such separation; the gain is at least 1/separation_max. Only for the "
        "two affine circuits.",
    )
    hold_epochs: Annotated[int, Number(integer=True, at_least=0, at_most=MOST_EPOCHS)] = setting(
        default=1, description="Epochs at the start in which the weights are held."
    )


class _HoldingLoop(_Loop):
    """What the loops have that hold every pattern's output.

    Attributes:
        error: Which error circuit, and thus which loss.
        error_scale_a: Scale of the sigmoid of the correlation circuit, in A; None for others.
        error_separation: Reading of its separation; None for others.
    """

    error: ErrorName = setting(
        default="affine",
        description="Error circuit: `affine` (squared error behind the best gain and offset, by a "
        "divider), `affine_servo` (the same, gain and offset learned by integrators), `bias_servo` "
        "(gain fixed at 1/separation_min, offset learned) or `correlation` (the loss of Boon 2025, "
        "(1 - correlation)/sigmoid(separation)).",
    )
    error_scale_a: _Separation = derived(
        "5 nA with `correlation`",
        alias="error_scale",
        description="Scale of the sigmoid in the correlation circuit.",
    )
    error_separation: Literal["mean", "minimum"] = derived(
        '"mean" with `correlation`',
        description="Separation in the correlation circuit: of the two labels' mean outputs, or of "
        "the lowest 1 and the highest 0.",
    )


class CoherentLoop(_HoldingLoop):
    """Sample, accumulate coherently, transfer a limited step, latch when done.

    Attributes:
        kind: "coherent".
        learning_rate, separation_min_a, separation_max_a, hold_epochs: As in every loop.
        error, error_scale_a, error_separation: As in every loop that holds the outputs.
        epochs: Simulated epochs.
        step_limit_v: Largest change of any control voltage per epoch.
        latch_error: Largest readout error at which learning stops, of a logic swing of 1.
        latch_release: Ratio of the error at which it starts again to the one at which it stops.
        chopping: Whether perturbation and accumulators change sign from pattern to pattern.
        evaluation_time_s: Slot per pattern in which the output is sampled, perturbation off.
        blank_time_s: Wait after each pattern switch before the gate opens.
        transfer_time_s: Slot per epoch in which the step moves to the weights.
    """

    kind: Literal["coherent"] = Field(
        description="`coherent`: sample each pattern, accumulate the gradient over gates, move by "
        "a limited step, latch when done. `continuous`: the paper's law without sampling. "
        "`stream`: many patterns through one sample-and-hold, a step after every few."
    )
    epochs: _Epochs = setting(
        default=100, description="Epochs to simulate; one epoch shows every pattern once."
    )
    step_limit_v: PositiveVoltage = setting(
        default="50 mV",
        alias="step_limit",
        description="Largest change of any control voltage in one epoch.",
    )
    latch_error: Annotated[float, Number(above=0.0, below=0.5)] = setting(
        default=0.15,
        description="Learning stops when no pattern's readout error exceeds this, of a logic "
        "swing of 1.",
    )
    latch_release: Annotated[float, Number(at_least=1.0, at_most=10.0)] = setting(
        default=2.0,
        description="Learning starts again when an error exceeds this many times `latch_error`.",
    )
    chopping: Annotated[bool, Flag()] = setting(
        default=False,
        description="Turn the perturbation's sign and the accumulators' polarity over from pattern "
        "to pattern (+ - - +), so that the lock-in multipliers' offsets cancel over an epoch.",
    )
    evaluation_time_s: PositiveTime = derived(
        "a tenth of lock_in.time",
        alias="evaluation_time",
        description="Slot per pattern in which the output is sampled, perturbation off.",
    )
    blank_time_s: PositiveTime = derived(
        "a tenth of lock_in.time",
        alias="blank_time",
        description="Wait after each pattern switch before the gate opens.",
    )
    transfer_time_s: PositiveTime = derived(
        "a fifth of lock_in.time",
        alias="transfer_time",
        description="Slot per epoch in which the step moves to the weights and the accumulators "
        "are reset.",
    )


class ContinuousLoop(_HoldingLoop):
    """The paper's law in continuous time: demodulate, filter, times dE/dI, integrate.

    Attributes:
        kind: "continuous".
        learning_rate, separation_min_a, separation_max_a, hold_epochs: As in every loop.
        error, error_scale_a, error_separation: As in every loop that holds the outputs.
        epochs: Simulated epochs.
        blank_time_s: Time after each pattern switch in which the demodulators get no signal.
        update_time_s: Time per pattern in which the weights move.
        coupling_cutoff_hz: Cut-off of the AC coupling in front of the demodulators.
    """

    kind: Literal["continuous"] = Field(
        description="The paper's law in continuous time, through the Butterworth low-pass."
    )
    learning_rate: _Rate = setting(default=0.1, description=_RATE_WORDS)
    epochs: _Epochs = setting(
        default=60, description="Epochs to simulate; one epoch shows every pattern once."
    )
    blank_time_s: PositiveTime = derived(
        "a quarter of lock_in.time",
        alias="blank_time",
        description="Time after each pattern switch in which the demodulators get no signal, so "
        "that the output's step has left the AC coupling. The low-pass then gets lock_in.time.",
    )
    update_time_s: PositiveTime = derived(
        "lock_in.time",
        alias="update_time",
        description="Time per pattern in which the weights then move.",
    )
    coupling_cutoff_hz: PositiveFrequency = derived(
        "a third of the lowest carrier",
        alias="coupling_cutoff",
        description="Cut-off of the AC coupling in front of the demodulators.",
    )


class StreamLoop(_Loop):
    """Many patterns pass one after the other; a limited step after every `batch` of them.

    Attributes:
        kind: "stream".
        learning_rate, separation_min_a, separation_max_a, hold_epochs: As in every loop.
        epochs: Simulated epochs, each showing every training point once.
        batch: Patterns per step.
        memory_patterns: Time constant of the accumulators, in patterns.
        mean_patterns: Patterns over which the running mean of the outputs runs.
        gain_patterns: Time constant of the gain's servo, in patterns.
        step_limit_v: Largest change of any control voltage per step.
        transfer_time_s: First part of each pattern's slot, in which a step moves to the weights.
        evaluation_time_s: Part in which the output is sampled, perturbation off.
        blank_time_s: Part in which the readout adapts, before the gate opens.
    """

    kind: Literal["stream"] = Field(
        description="One sample-and-hold, a readout that adapts, a step after every few patterns."
    )
    learning_rate: _Rate = setting(
        default=0.005,
        description="Learning rate in V^2: a step in V is this times the derivative, in 1/V, of "
        "the squared error over 2, summed over the patterns in the accumulators' memory.",
    )
    epochs: _Epochs = setting(
        default=40, description="Epochs to simulate; one epoch shows every training point once."
    )
    batch: Annotated[int, Number(integer=True, at_least=1, at_most=MOST_EPOCHS)] = setting(
        default=10, description="Patterns per step; the training points are a multiple of it."
    )
    memory_patterns: Annotated[float, Number(at_least=1.0, at_most=1e6)] = setting(
        default=300.0,
        description="Time constant of the accumulators, in patterns: the reset after a batch "
        "leaves exp(-batch/memory_patterns) of them.",
    )
    mean_patterns: Annotated[float, Number(at_least=1.0, at_most=1e6)] = setting(
        default=60.0,
        description="Time constant of the running mean of the outputs, in patterns.",
    )
    gain_patterns: Annotated[float, Number(at_least=1.0, at_most=1e6)] = setting(
        default=50.0,
        description="Time constant of the gain's servo, in patterns: the gain falls by a factor e "
        "when error times scaled output is 1 V^2 for so many.",
    )
    step_limit_v: PositiveVoltage = setting(
        default="20 mV",
        alias="step_limit",
        description="Largest change of any control voltage in one step.",
    )
    transfer_time_s: PositiveTime = derived(
        "a tenth of lock_in.time",
        alias="transfer_time",
        description="First part of every pattern's slot; after a batch the step moves to the "
        "weights in it, and the accumulators forget.",
    )
    evaluation_time_s: PositiveTime = derived(
        "a tenth of lock_in.time",
        alias="evaluation_time",
        description="Next part of the slot, in which the output is sampled, perturbation off.",
    )
    blank_time_s: PositiveTime = derived(
        "a tenth of lock_in.time",
        alias="blank_time",
        description="Next part, in which the readout adapts, before the gate opens.",
    )


LoopSpec = CoherentLoop | ContinuousLoop | StreamLoop
