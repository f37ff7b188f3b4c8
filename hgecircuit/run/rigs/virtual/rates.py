"""Which sample rates the hardware makes of those that are asked for."""

from __future__ import annotations

from math import floor

from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.products import Module
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.tasks import Task

#: Clock from which the chassis divides all rates but those of delta-sigma inputs.
TIMEBASE_HZ = 80e6
#: Slowest rate of any module here.
LOWEST_HZ = 0.02
# Rounding must not turn an exact rate into the next higher one.
_EXACT = 1e-9


def coerced_rate_hz(product: Module, rate_hz: float) -> float:
    """The nearest rate at or above ``rate_hz`` that the module runs at.

    A delta-sigma input divides its highest rate by whole numbers, everything else
    :data:`TIMEBASE_HZ`.
    """
    source_hz = product.highest_rate_hz if product.delta_sigma else TIMEBASE_HZ
    return source_hz / max(floor(source_hz / rate_hz * (1 + _EXACT)), 1)


def task_rate_hz(task: Task) -> float:
    """The rate at which a task runs.

    Raises:
        DriverError: The rate is out of the hardware's reach.
    """
    if not task.channels:
        return task.rate_hz
    highest_hz = min(module.product.highest_rate_hz for module in task.modules)
    if not LOWEST_HZ <= task.rate_hz <= highest_hz * (1 + _EXACT):
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Property: SampClk.Rate\nRequested Value: {task.rate_hz:g}\n"
            f"Maximum Value: {highest_hz:g}\nMinimum Value: {LOWEST_HZ:g}\nTask Name: {task.name}",
        )
    return max(coerced_rate_hz(module.product, task.rate_hz) for module in task.modules)
