"""The sphere task: points of an inner ball against points of an outer shell."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hgecircuit.points import Points, ball_points
from hgecircuit.spec.forms import Number
from hgecircuit.spec.table import Seed, Table, setting

DIMENSIONS = 3
# Two points have one of each label; more than these would fill the netlist for nothing.
FEWEST_POINTS, MOST_POINTS = 2, 10_000

_Count = Annotated[int, Number(integer=True, at_least=FEWEST_POINTS, at_most=MOST_POINTS)]


class BallTask(Table):
    """An inner ball against an outer shell, in three inputs (Boon 2025, Fig. 4b-d).

    Attributes:
        kind: "sphere".
        seed: Seed of the points.
        training: Number of training points.
        test: Number of test points.
    """

    kind: Literal["sphere"] = Field(description="Points of a ball against points of a shell.")
    seed: Seed = setting(default=1, description="Seed of training and test points.")
    training: _Count = setting(default=300, description="Training points; 300 in Boon 2025.")
    test: _Count = setting(default=1000, description="Test points; 1000 in Boon 2025.")

    @property
    def points(self) -> tuple[Points, Points]:
        """Training points and test points."""
        return ball_points(self.seed, (self.training, self.test), DIMENSIONS)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Names of the training points: their numbers."""
        return tuple(str(n) for n in range(self.training))

    @property
    def targets(self) -> str:
        """Labels of the training points, one character each."""
        return "".join(str(bit) for bit in self.target_bits)

    @property
    def pattern_bits(self) -> tuple[tuple[float, ...], ...]:
        """Training points as shares of the way from logic_low to logic_high, shape (K, inputs)."""
        return tuple(tuple(row) for row in ((self.points[0].located + 1) / 2).tolist())

    @property
    def target_bits(self) -> tuple[int, ...]:
        """Labels of the training points, shape (K,)."""
        return tuple(self.points[0].targets.tolist())
