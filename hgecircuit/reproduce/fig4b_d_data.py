"""Data, settings and remarks of Fig. 4b-d."""

from __future__ import annotations

from typing import Any

import numpy as np

from hgecircuit.reproduce.ball_reading import CORNERS_HZ, SHOWN, Trained
from hgecircuit.reproduce.balls import NOISE_WORDS, NOISES
from hgecircuit.reproduce.rig import AMPLITUDE_V
from hgecircuit.reproduce.trainings import carriers_hz
from hgecircuit.reproduce.wirings import SPHERE, SPHERE_RATE, SPHERE_STOP


def axes(found: Trained) -> dict:
    """Coordinates."""
    starts, iterations = found.balls[SHOWN].losses.shape
    return {
        "noise": (list(NOISES), "1", "what the noise does below 1 Hz"),
        "start": (np.arange(starts), "1", "start, counted from 0, the same under both noises"),
        "iteration": (np.arange(iterations), "1", "iteration, counted from 0"),
        "control": (list(SPHERE.wiring().controls), "1", "electrode, counted from 0"),
        "input": (list(SPHERE.inputs), "1", "electrode, counted from 0"),
        "set": (["training", "test"], "1", "set of points"),
        "corner": (list(CORNERS_HZ), "Hz", "the noise's density is flat below"),
        "choice": (
            [f"{choice.inputs} {choice.share}" for choice in found.searched.choices],
            "1",
            "inputs, and the part of their ranges that they use",
        ),
        "score": (
            ["reached", "accuracy_training", "accuracy_test"],
            "1",
            "share of starts that reach the stop; accuracies of the start with the lowest loss",
        ),
    }


def variables(found: Trained) -> dict[str, Any]:
    """Everything that is drawn, and the histories."""

    def whole(name: str) -> np.ndarray:
        return np.array([getattr(balls, name) for balls in found.balls.values()])

    read = {}
    for noise, reading in found.readings.items():
        last = "" if noise == SHOWN else f"_{noise}"
        words = f"of the chosen start, as the rig reads it, {NOISE_WORDS[noise]}"
        read[f"training_output{last}"] = ("training_index", reading.training_a, "A", words)
        read[f"test_output{last}"] = ("test_index", reading.test_a, "A", words)
    each, over = ("noise", "start"), ("noise", "start", "iteration")
    points, shown = found.balls[SHOWN].points, found.readings[SHOWN]
    return read | {
        "loss": (over, whole("losses"), "1", "measured loss; NaN after the stop"),
        "clean_loss": (over, whole("clean_losses"), "1", "without perturbation and noise"),
        "final_voltage": ((*each, "control"), whole("final_voltages_v"), "V", "at the end"),
        "iterations": (each, whole("iterations"), "1", "iterations measured"),
        "stopped": (each, whole("stopped").astype(np.int8), "1", "1 where the stop was reached"),
        "accuracy": ((*each, "set"), whole("accuracy"), "1", "threshold from the training points"),
        "clean_accuracy": ((*each, "set"), whole("clean_accuracy"), "1", "without noise"),
        "chosen": ("noise", whole("chosen"), "1", "start that is read"),
        "training_point": (
            ("training_index", "input"),
            np.array(points.training.patterns_v),
            "V",
            "training points",
        ),
        "training_target": ("training_index", shown.training, "1", "1 in the ball"),
        "test_point": (("test_index", "input"), np.array(points.test.patterns_v), "V", "points"),
        "test_target": ("test_index", shown.test, "1", "1 in the ball"),
        "threshold": (
            "noise",
            [reading.threshold_a for reading in found.readings.values()],
            "A",
            "best for the training points",
        ),
        "accuracy_by_corner": (
            ("corner", "reading", "set"),
            found.corners,
            "1",
            f"of the start chosen with {NOISE_WORDS[SHOWN]}, read under other noise",
        ),
        "search": (("choice", "score"), found.searched.results, "1", "search, exact gradients"),
    }


def settings(found: Trained, iterations: int) -> dict[str, Any]:
    """What the figure was made with."""
    made = found.balls[SHOWN].points.training.made
    return {
        "inputs": list(SPHERE.inputs),
        "input_spans_V": [list(span) for span in SPHERE.wiring().spans_v],
        "controls": list(SPHERE.wiring().controls),
        "frequencies_Hz": list(carriers_hz(4)),
        "amplitude_V": AMPLITUDE_V,
        "learning_rate_V2": SPHERE_RATE,
        "iterations": iterations,
        "stop_loss": SPHERE_STOP,
        "starts": len(found.balls[SHOWN].stopped),
        "noise_flat_below_Hz": NOISES[SHOWN],
        "points_seed": made["seed"],
        "radius_of_ball": made["inner"],
        "radii_of_shell": list(made["outer"]),
        "training_points": len(found.readings[SHOWN].training),
        "test_points": len(found.readings[SHOWN].test),
    }


def remarks(found: Trained) -> tuple[str, ...]:
    """What differs from the paper."""
    rank = found.searched.rank(SPHERE, found.searched.results)
    by_corner = ", ".join(
        f"{100 * share:.0f} % ({corner_hz:g} Hz)"
        for corner_hz, share in zip(CORNERS_HZ, found.corners[:, :, 1].mean(axis=1), strict=True)
    )
    return (
        f"Inputs on {SPHERE.words()}; the paper's electrodes and its -0.7 V to 0.7 V don't fit "
        f"this device's safe ranges. Number {rank} of {len(found.searched.choices)} in a search "
        "with exact gradients (most starts that reach the stop, then accuracy on training points).",
        "The paper states neither the radii nor the classes' shares: here the ball r < 0.5 and the "
        "shell 0.7 < r < 1 of half the inputs' span, half of the points each, uniform in volume. "
        "Other radii give other accuracies, so 94 % can't be compared to the last percent.",
        "Outputs are read as on the rig: means of 0.1 s with noise and converters, one after the "
        "other. The result depends on noise slower than a second, of which the paper says nothing, "
        "because the device model's classes are only some nA apart. Mean accuracy on the test "
        f"points by the frequency below which the density is flat: {by_corner}.",
    )
