"""What can be moved on the design page: names, units and limits, which its script reads too."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hgecircuit.errors import InputError


@dataclass(frozen=True)
class Field:
    """A number on the page.

    Attributes:
        key: Its name in the page's address and in :class:`~.start.PageStart`, with its unit.
        label: In words.
        unit: The unit shown behind it.
        group: Heading that it stands under.
        low: Left end of its slider; the end itself is 0 where 0 can be typed. Where less can be
            typed, the slider has 0 in its middle, and this is the smallest size next to it.
        high: Right end of its slider, and with the other sign its left end where less than 0 can
            be typed.
        least: Smallest number that can be typed.
        most: Largest number that can be typed.
        scale: ``log``, ``linear``, or ``whole`` for whole numbers.
        flag: Option of `hgecircuit budget` that it belongs to; empty for none.
        flag_unit: Unit written behind the number there.
        hint: One line under it.
    """

    key: str
    label: str
    unit: str
    group: str
    low: float
    high: float
    least: float
    most: float
    scale: str = "log"
    flag: str = ""
    flag_unit: str = ""
    hint: str = ""

    def check(self, value: object) -> None:
        """Refuse a value that the page could not show.

        Raises:
            InputError: Not a number, not finite, or out of range.
        """
        if isinstance(value, int | float) and not isinstance(value, bool) and self._fits(value):
            return
        kind = "a whole number" if self.scale == "whole" else "a number"
        raise InputError(
            f"{self.label.lower()} does not fit the page",
            key=self.key,
            value=value,
            expected=f"{kind} from {self.least:g} to {self.most:g} {self.unit}".rstrip(),
        )

    def _fits(self, value: float) -> bool:
        inside = math.isfinite(value) and self.least <= value <= self.most
        return inside and (self.scale != "whole" or value == int(value))


#: Every number, in the order of the page.
FIELDS = (
    Field(
        "channels", "Channels", "", "Carriers", 1, 32, 1, 200, "whole", "--channels",
        hint="Electrodes perturbed at once.",
    ),
    Field(
        "top_hz", "Top frequency", "Hz", "Carriers", 100, 1e5, 1, 1e7,
        flag="--top-frequency", flag_unit="Hz",
    ),
    Field(
        "spacing_hz", "Spacing", "Hz", "Carriers", 1, 1e3, 1e-3, 1e6,
        flag="--spacing", flag_unit="Hz", hint="Between neighbours, downwards from the top.",
    ),
    Field(
        "time_ms", "Time T", "ms", "Lock-in", 1, 1e4, 1e-3, 1e6,
        flag="--time", flag_unit="ms", hint="The low-pass settles, or the gate is open, for T.",
    ),
    Field("order", "Order", "", "Lock-in", 1, 6, 1, 6, "whole", "--order"),
    Field(
        "amplitude_mv", "Amplitude", "mV", "Device", 0.1, 200, 1e-3, 1e5,
        flag="--amplitude", flag_unit="mV", hint="Of every perturbation.",
    ),
    Field(
        "derivative_na_per_v", "Derivative", "nA/V", "Device", 0.1, 1e4, 1e-6, 1e9,
        flag="--derivative", hint="Of all channels but the middle one.",
    ),
    Field(
        "ratio", "Ratio", "×", "Device", 0.1, 100, 1e-3, 1e6,
        flag="--ratio", hint="How many times weaker the middle channel is.",
    ),
    Field(
        "second_na_per_v2", "Second derivative", "nA/V²", "Device", 1, 1e5, -1e12, 1e12,
        flag="--second-derivative", hint="All of them alike; 0 for a device without.",
    ),
    Field(
        "third_na_per_v3", "Third derivative", "nA/V³", "Device", 1, 1e6, -1e12, 1e12,
        flag="--third-derivative", hint="All of them alike; 0 for a device without.",
    ),
    Field(
        "noise_na2_per_hz", "Noise density", "nA²/Hz", "Noise", 1e-10, 1, 0, 1e6,
        flag="--noise-density", hint="One-sided, of the output; at 1 kHz unless white.",
    ),
    Field(
        "noise_exponent", "Exponent n of 1/fⁿ", "", "Noise", 0, 2, 0, 2, "linear",
        "--noise-exponent", hint="0 is white.",
    ),
    Field(
        "capacitor_nf", "Capacitor", "nF", "Parts", 1, 1e3, 1e-3, 1e5,
        hint="The smaller one of every section.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One of several words on the page.

    Attributes:
        key: Its name.
        label: In words.
        group: Heading that it stands under.
        flag: Option of `hgecircuit budget`.
        options: Word and label of every option.
    """

    key: str
    label: str
    group: str
    flag: str
    options: tuple[tuple[str, str], ...]

    def check(self, value: object) -> None:
        """Refuse another word.

        Raises:
            InputError: Not one of the options.
        """
        words = [word for word, _ in self.options]
        if value not in words:
            raise InputError(
                f"no such {self.label.lower()}",
                key=self.key,
                value=value,
                expected=", ".join(words),
            )


#: Every choice, in the order of the page.
CHOICES = (
    Choice(
        "response",
        "Response",
        "Lock-in",
        "--response",
        (
            ("butterworth", "Butterworth"),
            ("bessel", "Bessel"),
            ("critically-damped", "Critically damped"),
            ("gate", "Gated integrator"),
        ),
    ),
    Choice(
        "settled",
        "98 % settled at T",
        "Lock-in",
        "--settled",
        (("first", "reached first"), ("stay", "reached for good")),
    ),
)


def all_controls() -> Iterable[Field | Choice]:
    """Every number and every choice."""
    return (*FIELDS, *CHOICES)
