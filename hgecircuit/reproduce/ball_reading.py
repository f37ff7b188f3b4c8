"""The trained sphere as the rig reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hgecircuit.losses import accuracy, best_threshold
from hgecircuit.reproduce.balls import Balls, Outputs, make_points, read, score
from hgecircuit.reproduce.seeds import seed_for
from hgecircuit.reproduce.wirings import SPHERE, Searched

#: Under which noise the outputs are drawn.
SHOWN = "flat"
#: Frequencies below which the noise is flat when the trained outputs are read again.
CORNERS_HZ = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_THRESHOLDS = 401
# Room on both sides of the outputs for thresholds, in parts of their reach.
_ROOM = 0.05


@dataclass(frozen=True, eq=False)
class Reading:
    """The chosen start's outputs as the rig reads them.

    Attributes:
        training_a: Outputs at the training points in A.
        training: Targets of the training points.
        test_a: Outputs at the test points in A.
        test: Targets of the test points.
    """

    training_a: np.ndarray
    training: np.ndarray
    test_a: np.ndarray
    test: np.ndarray

    @classmethod
    def of(cls, outputs: Outputs) -> Reading:
        """From outputs and targets of both sets."""
        (training_a, training), (test_a, test) = outputs
        return cls(training_a, training, test_a, test)

    @property
    def threshold_a(self) -> float:
        """Best threshold of the training points in A."""
        return float(best_threshold(self.training_a, self.training).threshold_a)

    @property
    def right(self) -> int:
        """Test points on their side of that threshold."""
        share = accuracy(self.test_a, self.test, np.array(self.threshold_a))
        return round(float(share) * len(self.test))

    @property
    def own_accuracy(self) -> float:
        """Accuracy on the test points at their own best threshold."""
        return float(best_threshold(self.test_a, self.test).accuracy)

    @property
    def thresholds_a(self) -> np.ndarray:
        """Thresholds at which the accuracy is drawn, in A."""
        low, high = self.test_a.min(), self.test_a.max()
        room = _ROOM * (high - low)
        return np.linspace(low - room, high + room, _THRESHOLDS)

    def accuracies(self) -> list[np.ndarray]:
        """Accuracy on training and on test points at :attr:`thresholds_a`."""
        return [
            np.array([float(accuracy(outputs_a, labels, one)) for one in self.thresholds_a])
            for outputs_a, labels in ((self.training_a, self.training), (self.test_a, self.test))
        ]


@dataclass(frozen=True, eq=False)
class Trained:
    """The sphere under both noises.

    Attributes:
        balls: All starts, by noise.
        readings: Of the chosen start, by noise.
        corners: Accuracies of the shown noise's chosen start, read under noise that is flat below
            each of :data:`CORNERS_HZ`: training and test points, shape (corners, readings, 2).
        searched: How the inputs' electrodes were found.
    """

    balls: Mapping[str, Balls]
    readings: Mapping[str, Reading]
    corners: np.ndarray
    searched: Searched

    @property
    def coordinates(self) -> np.ndarray:
        """Test points, shape (1000, 3): -1 and 1 are the ends of the inputs' spans."""
        low, high = np.array(SPHERE.wiring().spans_v).T
        points_v = np.array(self.balls[SHOWN].points.test.patterns_v)
        return 2 * (points_v - low) / (high - low) - 1

    def steps(self, noise: str, losses: str) -> np.ndarray:
        """Change of the chosen start's loss from iteration to iteration.

        Args:
            noise: Which noise.
            losses: ``losses`` as measured, or ``clean_losses``.
        """
        balls = self.balls[noise]
        return np.diff(getattr(balls, losses)[balls.chosen][: balls.iterations[balls.chosen]])


def read_again(
    controls_v: Sequence[float], readings: int, workshop_seed: int, quick: bool, seed: int
) -> dict[str, np.ndarray]:
    """Accuracies under other noise, shape (corners, readings, 2); see :class:`Trained`."""
    points = make_points(workshop_seed, quick)
    found = [
        [
            score(read(points, np.array(controls_v), seed_for(seed, corner_hz, number), corner_hz))
            for number in range(readings)
        ]
        for corner_hz in CORNERS_HZ
    ]
    return {"accuracy": np.array(found)}
