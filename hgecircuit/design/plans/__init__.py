"""Frequency plans: carriers whose products miss each other, with a proof of how good they are.

Read :mod:`.slots` first (the problem in whole numbers), then :mod:`.plan` (the whole story),
:mod:`.exact`, :mod:`.construct` and :mod:`.stretches` (the searches), :mod:`.bounds` (what no plan
can beat) and :mod:`.collisions` (the check that shares nothing with the searches).
"""

from __future__ import annotations

from hgecircuit.design.plans.bands import ExcludedBands
from hgecircuit.design.plans.collisions import Collision, Collisions, find_collisions
from hgecircuit.design.plans.construct import Effort
from hgecircuit.design.plans.expected import (
    ExpectedError,
    Listening,
    crosstalk,
    expected_error,
    phase_accuracy,
)
from hgecircuit.design.plans.plan import FrequencyPlan, Optimum, make_plan
from hgecircuit.design.plans.request import OBJECTIVES, PlanRequest
from hgecircuit.design.plans.rules import PlanCheck, check_frequencies

__all__ = [
    "OBJECTIVES",
    "Collision",
    "Collisions",
    "Effort",
    "ExcludedBands",
    "ExpectedError",
    "FrequencyPlan",
    "Listening",
    "Optimum",
    "PlanCheck",
    "PlanRequest",
    "check_frequencies",
    "crosstalk",
    "expected_error",
    "find_collisions",
    "make_plan",
    "phase_accuracy",
]
