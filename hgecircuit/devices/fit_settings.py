"""How a fit is made, and the command line that makes it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from hgecircuit.devices.activations import ACTIVATIONS
from hgecircuit.devices.network import check_name
from hgecircuit.errors import InputError


@dataclass(frozen=True)
class FitSettings:
    """How a fit is made; with the source they determine the result.

    Attributes:
        name: Name of the fitted model.
        hidden: Neurons in each hidden layer.
        activation: A smooth activation: tanh, sigmoid or elu.
        samples: Random points of a source model to train on; a table has its own rows.
        starts: Complete fits from other first weights; the one with the smallest loss is kept.
        epochs: Passes over the samples in each.
        batch: Samples per step.
        learning_rate: Largest step per parameter at the start; it falls to zero as a half cosine.
        gradient_weight: Weight of the derivative's relative squared error; tables have none.
        held_out: Share of a table's rows kept for the fit errors.
        seed: Seed of samples, first weights and shuffling (numpy PCG64).
        origin: Where the source comes from, in words; kept with the model.
    """

    name: str = "fitted"
    hidden: tuple[int, ...] = (16, 16)
    activation: str = "tanh"
    samples: int = 300_000
    starts: int = 4
    epochs: int = 40
    batch: int = 128
    learning_rate: float = 0.01
    gradient_weight: float = 1.0
    held_out: float = 0.1
    seed: int = 1
    origin: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.activation not in ACTIVATIONS or not ACTIVATIONS[self.activation].smooth:
            raise InputError(
                "not a smooth activation",
                key="activation",
                value=self.activation,
                expected=", ".join(key for key, known in ACTIVATIONS.items() if known.smooth),
            )
        limits = {
            "samples": (100, 10_000_000),
            "starts": (1, 1000),
            "epochs": (1, 100_000),
            "batch": (1, self.samples),
            "learning_rate": (1e-7, 1.0),
            "gradient_weight": (0.0, 1e3),
            "held_out": (0.01, 0.9),
            "seed": (0, 2**63),
        }
        for key, (low, high) in limits.items():
            if not low <= getattr(self, key) <= high:
                raise InputError(
                    "out of range", key=key, value=getattr(self, key), expected=f"{low} to {high}"
                )
        if not self.hidden or not all(1 <= count <= 1000 for count in self.hidden):
            raise InputError(
                "not a list of layer sizes",
                key="hidden",
                value=self.hidden,
                expected="such as 16,16",
            )

    def command(self, source: str, output: str) -> str:
        """The command line that makes the same fit again."""
        given = {key: value for key, value in vars(self).items() if value != ""}
        options = [f"--{key.replace('_', '-')}={_option(value)}" for key, value in given.items()]
        return shlex.join(["hgecircuit", "device", "fit", source, f"--output={output}", *options])


def _option(value: object) -> str:
    return ",".join(str(item) for item in value) if isinstance(value, tuple) else str(value)
