"""Requests for plans as the tests make them."""

from __future__ import annotations

import numpy as np

from hgecircuit.design.plans import Effort, ExcludedBands, FrequencyPlan, PlanRequest, make_plan

QUICK = Effort(nodes=20_000, tries=2000)
MAINS = ExcludedBands((50.0,), 2.0)


def requested(channels: int, **more: object) -> FrequencyPlan:
    return make_plan(PlanRequest(channels, **{"time_s": 0.1, "effort": QUICK, **more}))


def slots_of(plan: FrequencyPlan) -> list[int]:
    """Distinct carriers in steps of the grid."""
    steps = np.unique(plan.frequencies_hz) / plan.grid_hz
    assert np.abs(steps - np.round(steps)).max() < 1e-6
    return np.round(steps).astype(int).tolist()
