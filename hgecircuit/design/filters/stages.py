"""How far a design has come, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the stage's name and the finished share of it, 0 to 1.
Report = Callable[[str, float], None]


def silent(stage: str, share: float) -> None:
    """Tell nobody."""
