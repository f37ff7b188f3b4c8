"""The paper's tasks: Boolean gates, ring and sphere, and a waveform to be turned into another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hgecircuit.errors import InputError
from hgecircuit.points import INNER, OUTER, ball_points
from hgecircuit.run.reference.task import Task

if TYPE_CHECKING:
    from hgecircuit.devices.base import DeviceModel

#: Names of the gates with A as the first input: outputs for the patterns 00, 01, 10, 11.
GATE_NAMES = {
    "0000": "FALSE",
    "0001": "AND",
    "0010": "A AND NOT B",
    "0011": "A",
    "0100": "B AND NOT A",
    "0101": "B",
    "0110": "XOR",
    "0111": "OR",
    "1000": "NOR",
    "1001": "XNOR",
    "1010": "NOT B",
    "1011": "A OR NOT B",
    "1100": "NOT A",
    "1101": "B OR NOT A",
    "1110": "NAND",
    "1111": "TRUE",
}
#: Targets of the waveform task by name, from the input x = sin(phase) in [-1, 1]. A device without
#: memory gives the same output for the same x, so only functions of x can be learned: cos(2 phase)
#: is one, sin(2 phase) is not.
WAVEFORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "square": np.sign,
    "second_harmonic": lambda x: 1 - 2 * x**2,
}


@dataclass(frozen=True)
class Wiring:
    """Which electrodes carry inputs, between which voltages, and what the others do.

    Attributes:
        inputs: Electrodes that carry the inputs.
        spans_v: Lowest and highest voltage of every input in V, for -1 and 1 of a point's
            coordinates (0 and 1 of a bit).
        controls: Electrodes whose voltages are trained.
        held_v: Electrodes that are held, as pairs of electrode and voltage in V.
    """

    inputs: tuple[int, ...]
    spans_v: tuple[tuple[float, float], ...]
    controls: tuple[int, ...]
    held_v: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        if len(self.spans_v) != len(self.inputs):
            raise InputError(
                "not one span per input",
                key="spans_v",
                value=self.spans_v,
                expected=f"{len(self.inputs)} pairs of voltages",
            )

    @classmethod
    def on(
        cls,
        device: DeviceModel,
        inputs: Sequence[int],
        share: tuple[float, float] = (0.0, 1.0),
        held_v: Sequence[tuple[int, float]] = (),
    ) -> Wiring:
        """Inputs over a share of each electrode's safe range; all that is left is trained.

        Args:
            device: The device, whose safe ranges count.
            inputs: Electrodes that carry the inputs.
            share: Lowest and highest input as shares of the safe range; (0.2, 0.8) leaves a fifth
                free at either end.
            held_v: Electrodes that are held instead of trained, with their voltages in V.

        Raises:
            InputError: Electrodes that the device lacks, or a share outside 0 to 1.
        """
        low, high = share
        if not 0 <= low < high <= 1:
            raise InputError(
                "no share of a range", key="share", value=share, expected="such as (0.2, 0.8)"
            )
        taken = {*inputs, *(electrode for electrode, _ in held_v)}
        if not taken <= set(range(device.electrodes)):
            raise InputError(
                "not electrodes of the device",
                value=sorted(taken),
                expected=f"0 to {device.electrodes - 1}",
            )
        # this way round, a share of 0 or 1 is the end of the range, without rounding
        spans_v = [
            (1 - share_of_it) * device.voltage_min_v[list(inputs)]
            + share_of_it * device.voltage_max_v[list(inputs)]
            for share_of_it in share
        ]
        return cls(
            tuple(inputs),
            tuple(zip(*(span_v.tolist() for span_v in spans_v), strict=True)),
            tuple(e for e in range(device.electrodes) if e not in taken),
            tuple((electrode, float(voltage)) for electrode, voltage in held_v),
        )

    def task(self, points: np.ndarray, targets: np.ndarray, made: Mapping[str, Any]) -> Task:
        """A task of points with coordinates in [-1, 1], mapped linearly to the inputs' spans.

        Args:
            points: Shape (K, inputs).
            targets: Shape (K,).
            made: How they were made.

        Raises:
            InputError: Points with another number of coordinates.
        """
        points = np.asarray(points, float)
        if points.ndim != 2 or points.shape[1] != len(self.inputs):
            raise InputError(
                "not one input electrode per coordinate",
                key="inputs",
                value=self.inputs,
                expected=f"{points.shape[-1]} electrodes",
            )
        low_v, high_v = np.array(self.spans_v, float).T
        shares = (points + 1) / 2
        # rounding must not leave the span, which may be the whole safe range
        voltages_v = np.clip((1 - shares) * low_v + shares * high_v, low_v, high_v)
        return Task(
            tuple(tuple(row) for row in voltages_v.tolist()),
            tuple(np.asarray(targets, float).tolist()),
            self.inputs,
            self.controls,
            self.held_v,
            {**made, "spans_v": self.spans_v},
        )


class Split(NamedTuple):
    """The same task on training points and on test points."""

    training: Task
    test: Task


def gate(table: int | str, wiring: Wiring) -> Task:
    """One of the 16 Boolean gates of two inputs (Boon 2025, Fig. 4a).

    Args:
        table: Outputs for the patterns 00, 01, 10, 11 as text, such as "0110" for XOR, or the
            number that this text is in binary, 6.
        wiring: Two inputs, whose spans are logic 0 and 1.
    """
    bits = f"{table:04b}" if isinstance(table, int) else table
    if bits not in GATE_NAMES:
        raise InputError(
            "no gate of two inputs",
            key="table",
            value=table,
            expected='0 to 15, or four bits such as "0110"',
        )
    points = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    targets = np.array([int(bit) for bit in bits])
    return wiring.task(points, targets, {"name": "gate", "gate": GATE_NAMES[bits], "table": bits})


def ring(wiring: Wiring, seed: int, points: tuple[int, int] = (300, 1000)) -> Split:
    """Inner disc against outer ring; see :func:`ball`. The paper's reference 12 in two inputs."""
    return ball(wiring, seed, points, dimensions=2)


def sphere(wiring: Wiring, seed: int, points: tuple[int, int] = (300, 1000)) -> Split:
    """Inner ball against outer shell; see :func:`ball` (Boon 2025, Fig. 4b-d: three inputs)."""
    return ball(wiring, seed, points, dimensions=3)


def ball(
    wiring: Wiring,
    seed: int,
    points: tuple[int, int],
    *,
    dimensions: int,
    inner: float = INNER,
    outer: tuple[float, float] = OUTER,
) -> Split:
    """Points in an inner ball, labelled 1, and in an outer shell, labelled 0.

    The paper states neither radii nor the classes' shares (Boon 2025, Fig. 4b-d: 300 training and
    1000 test points, inputs from -0.7 V to 0.7 V). Here both classes have half of the points, each
    uniform in its volume, in random order.

    Args:
        wiring: As many inputs as dimensions.
        seed: Seed of both sets, which are independent of each other.
        points: Number of training and of test points.
        dimensions: Number of coordinates.
        inner: Radius of the ball; 1 is half the inputs' span.
        outer: Inner and outer radius of the shell.

    Raises:
        InputError: Radii that overlap or leave the cube, or no points.
    """
    if not 0 < inner <= outer[0] < outer[1] <= 1:
        raise InputError(
            "no ball within a shell",
            key="inner, outer",
            value=(inner, outer),
            expected="0 < inner <= outer[0] < outer[1] <= 1",
        )
    if min(points) < 2:
        raise InputError("no points", key="points", value=points, expected="2 or more of each")
    drawn = ball_points(seed, points, dimensions, inner, outer)
    tasks = []
    for part, count, (located, targets) in zip(("training", "test"), points, drawn, strict=True):
        made = {"name": "ball", "dimensions": dimensions, "part": part, "points": count}
        made |= {"seed": seed, "inner": inner, "outer": outer, "generator": "numpy PCG64"}
        tasks.append(wiring.task(located, targets, made))
    return Split(*tasks)


def waveform(wiring: Wiring, target: str, samples: int = 64) -> Task:
    """One period of a sine on one electrode, to come out as another waveform.

    The phases lie half a sample off 0, so that the square wave has no sample on its edge.

    Args:
        wiring: One input.
        target: Name in :data:`WAVEFORMS`.
        samples: Samples per period; an even number holds as much of both halves.
    """
    if target not in WAVEFORMS or samples < 4 or samples % 2:
        raise InputError(
            "no such waveform",
            key="target, samples",
            value=(target, samples),
            expected=f"{' or '.join(WAVEFORMS)}, an even number of samples from 4",
        )
    phases_rad = 2 * np.pi * (np.arange(samples) + 0.5) / samples
    values = np.sin(phases_rad)
    made = {"name": "waveform", "target": target, "samples": samples}
    return wiring.task(values[:, None], WAVEFORMS[target](values), made)
