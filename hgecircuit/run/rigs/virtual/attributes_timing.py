"""Properties of tasks: their timing and triggers."""

from __future__ import annotations

from nidaqmx.constants import AcquisitionType, Edge, SampleTimingType, TriggerType
from nidaqmx.error_codes import DAQmxErrors

from hgecircuit.run.rigs.virtual.attributes import (
    Attribute,
    Scope,
    choice,
    chosen,
    constant,
    family,
    plain,
    setting,
)
from hgecircuit.run.rigs.virtual.errors import DriverError
from hgecircuit.run.rigs.virtual.rates import task_rate_hz
from hgecircuit.run.rigs.virtual.rig import VirtualRig
from hgecircuit.run.rigs.virtual.tasks import Task


def _set_rate(task: Task, value: float) -> None:
    task.rate_hz, task.timing = value, "sample_clock"


def _set_timing_type(task: Task, value: int) -> None:
    allowed = {
        SampleTimingType.ON_DEMAND.value: "on_demand",
        SampleTimingType.SAMPLE_CLOCK.value: "sample_clock",
    }
    task.timing = choice("SampTimingType", value, allowed)


def _timing_type(task: Task) -> int:
    kinds = {"on_demand": SampleTimingType.ON_DEMAND, "sample_clock": SampleTimingType.SAMPLE_CLOCK}
    return kinds[task.timing].value


def _clock_terminal(scope: Scope) -> str:
    return f"/{scope.rig.hardware.chassis}/{scope.of_task.kind or 'ai'}/SampleClock"


def _highest_rate_hz(task: Task) -> float:
    return min((module.product.highest_rate_hz for module in task.modules), default=task.rate_hz)


def check_clock_source(rig: VirtualRig, source: str) -> None:
    """Refuse every source of the sample clock but the rig's own.

    Raises:
        DriverError: Another terminal, or none that exists.
    """
    if source and rig.hardware.terminal(source) != "onboardclock":
        raise DriverError(
            DAQmxErrors.INVALID_ATTRIBUTE_VALUE,
            f"Property: SampClk.Src\nRequested Value: {source}\nPossible Values: OnboardClock",
        )


TIMING = family(
    "Timing",
    {
        "SAMP_CLK_RATE": Attribute(
            lambda scope: task_rate_hz(scope.of_task),
            setting(lambda task: task.rate_hz, _set_rate, 1000.0).put,
            lambda scope: 1000.0,
        ),
        "SAMP_CLK_MAX_RATE": Attribute(lambda scope: _highest_rate_hz(scope.of_task)),
        "SAMP_CLK_SRC": Attribute(
            lambda scope: "OnboardClock",
            lambda scope, value: check_clock_source(scope.rig, value),
            lambda scope: "",
        ),
        "SAMP_CLK_TERM": Attribute(_clock_terminal),
        "SAMP_CLK_ACTIVE_EDGE": chosen("SampClk.ActiveEdge", "active_edge", Edge, Edge.RISING),
        "SAMP_QUANT_SAMP_MODE": chosen(
            "SampQuant.SampMode",
            "mode",
            (AcquisitionType.FINITE, AcquisitionType.CONTINUOUS),
            AcquisitionType.FINITE,
        ),
        "SAMP_QUANT_SAMP_PER_CHAN": plain("samples", 1000),
        "SAMP_TIMING_TYPE": setting(
            _timing_type, _set_timing_type, SampleTimingType.ON_DEMAND.value
        ),
    },
)


def _set_trigger_type(task: Task, value: int) -> None:
    allowed = {TriggerType.NONE.value: None, TriggerType.DIGITAL_EDGE.value: task.trigger or ""}
    task.trigger = choice("StartTrig.Type", value, allowed)


def _trigger_type(task: Task) -> int:
    return (TriggerType.NONE if task.trigger is None else TriggerType.DIGITAL_EDGE).value


def _set_trigger_source(scope: Scope, value: str) -> None:
    terminal = scope.rig.hardware.terminal(value)
    checked = setting(lambda task: None, lambda task, new: setattr(task, "trigger", new), None)
    assert checked.put is not None
    checked.put(scope, terminal)


def _full_terminal(scope: Scope, terminal: str | None) -> str:
    if not terminal:
        return ""
    end = f"/{terminal}"
    return next(name for name in scope.rig.hardware.terminals if name.lower().endswith(end))


TRIGGER = family(
    "Trigger",
    {
        "START_TRIG_TYPE": setting(_trigger_type, _set_trigger_type, TriggerType.NONE.value),
        "DIG_EDGE_START_TRIG_SRC": Attribute(
            lambda scope: _full_terminal(scope, scope.of_task.trigger), _set_trigger_source
        ),
        "DIG_EDGE_START_TRIG_EDGE": chosen(
            "DigEdge.StartTrig.Edge", "trigger_edge", Edge, Edge.RISING
        ),
        "START_TRIG_TERM": Attribute(
            lambda scope: (
                _full_terminal(scope, scope.of_task.trigger)
                or f"/{scope.rig.hardware.chassis}/{scope.of_task.kind or 'ai'}/StartTrigger"
            )
        ),
        "REF_TRIG_TYPE": constant(TriggerType.NONE.value),
        "PAUSE_TRIG_TYPE": constant(TriggerType.NONE.value),
        "ARM_START_TRIG_TYPE": constant(TriggerType.NONE.value),
    },
)
EXPORT = family("ExportSignal", {})
