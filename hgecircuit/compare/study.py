"""Learning from many random starts, the circuit beside the digital reference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hgecircuit.compare.verdict import Sense, Verdict
from hgecircuit.run.reference import TrainingResult
from hgecircuit.spec.runs import LimitsSpec

# 97.5 % quantile of the standard normal distribution.
_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class StartResult:
    """What the circuit came to from one start.

    Attributes:
        start_v: Control voltages at t = 0, shape (C,), in V.
        final_v: Control voltages at the end, shape (C,), in V.
        outputs_a: Outputs at the end with the perturbation off, shape (K,), in A.
        loss: The paper's loss of those outputs.
        margin_a: Lowest 1 minus highest 0 of those outputs, in A.
        solved: Whether loss and margin keep their limits.
        solved_s: Simulated time from which it stayed solved, or None.
        wall_s: Wall time of the run, in s.
        points: Time points that the simulator computed.
    """

    start_v: np.ndarray
    final_v: np.ndarray
    outputs_a: np.ndarray
    loss: float
    margin_a: float
    solved: bool
    solved_s: float | None
    wall_s: float
    points: int


@dataclass(frozen=True)
class Study:
    """N random starts: the circuit in the simulator, and the digital reference from the same.

    Attributes:
        seed: Seed of the starts.
        results: The circuit's result for every start.
        reference: The digital reference, trained from the same starts in the same order.
        limits: What counts as solved.
    """

    seed: int
    results: tuple[StartResult, ...]
    reference: TrainingResult
    limits: LimitsSpec

    def __post_init__(self) -> None:
        if not self.results:
            raise ValueError("a study needs a start")
        starts_v = np.stack([result.start_v for result in self.results])
        reference_v = self.reference.voltages_v[:, 0]
        if starts_v.shape != reference_v.shape or not np.allclose(starts_v, reference_v):
            raise ValueError("circuit and reference did not start from the same voltages")

    @property
    def solved(self) -> np.ndarray:
        """Which starts the circuit solved, shape (N,) of bool."""
        return np.array([result.solved for result in self.results])

    @property
    def reference_solved(self) -> np.ndarray:
        """Which starts the digital reference solved, by the same limits, shape (N,) of bool."""
        return self.reference.solved(self.limits.loss, self.limits.margin_a)

    @property
    def solved_share(self) -> float:
        """Share of the starts that the circuit solved."""
        return float(self.solved.mean())

    @property
    def reference_share(self) -> float:
        """Share of the starts that the digital reference solved."""
        return float(self.reference_solved.mean())

    @property
    def solved_interval(self) -> tuple[float, float]:
        """95 % interval of the circuit's share."""
        return wilson_interval(int(self.solved.sum()), len(self.results))

    @property
    def reference_interval(self) -> tuple[float, float]:
        """95 % interval of the digital reference's share."""
        return wilson_interval(int(self.reference_solved.sum()), len(self.results))

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``report.json``; numbers may be numpy's, and NaN where a loss is."""
        reference, times_s = self.reference, self.reference.time_s
        return {
            "seed": self.seed,
            "starts": len(self.results),
            "solved_share": self.solved_share,
            "solved_interval_95": list(self.solved_interval),
            "reference_share": self.reference_share,
            "reference_interval_95": list(self.reference_interval),
            "results": [
                {
                    "start_V": result.start_v.tolist(),
                    "final_V": result.final_v.tolist(),
                    "outputs_A": result.outputs_a.tolist(),
                    "loss": result.loss,
                    "margin_A": result.margin_a,
                    "solved": result.solved,
                    "solved_s": result.solved_s,
                    "wall_s": result.wall_s,
                    "points": result.points,
                    "reference": {
                        "final_V": reference.final_voltages_v[n].tolist(),
                        "outputs_A": reference.final_outputs_a[n].tolist(),
                        "loss": float(reference.final_losses[n]),
                        "margin_A": float(reference.margins_a[n]),
                        "solved": bool(self.reference_solved[n]),
                        "iterations": int(reference.iterations[n]),
                        "simulated_s": None if times_s is None else float(times_s[n]),
                    },
                }
                for n, result in enumerate(self.results)
            ],
        }


def study_verdicts(study: Study, required_share: float | None) -> list[Verdict]:
    """Verdict of a study; none when no share is required, since there is no limit to hold it to.

    Args:
        study: The starts.
        required_share: Smallest share of solved starts, 0 to 1, or None.
    """
    if required_share is None:
        return []
    count, solved = len(study.results), int(study.solved.sum())
    low, high = study.solved_interval
    reference = int(study.reference_solved.sum())
    return [
        Verdict(
            "learning.solved_share",
            study.solved_share,
            required_share,
            Sense.AT_LEAST,
            "1",
            "required share on the command line",
            f"{solved} of {count} starts, 95 % interval {low:.2f} to {high:.2f}; "
            f"digital reference {reference} of {count}",
        )
    ]


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, J. Am. Stat. Assoc. 22, 209, 1927).

    With p = successes / trials and z the 97.5 % quantile of the normal distribution,
    (p + z^2/2n +- z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n).

    Args:
        successes: Number of successes.
        trials: Number of trials n, above 0.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"no share: {successes} of {trials}")
    share, z2n = successes / trials, _Z_95**2 / trials
    centre = share + z2n / 2
    half = math.sqrt(z2n * (share * (1 - share) + z2n / 4))
    low, high = (centre - half) / (1 + z2n), (centre + half) / (1 + z2n)
    # Rounding must not move the ends that are exactly 0 and 1.
    return (0.0 if successes == 0 else low, 1.0 if successes == trials else high)
