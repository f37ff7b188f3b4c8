"""Base of the tables of a circuit file, and the value types that several of them use."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hgecircuit.spec.forms import Many, Number, Quantity
from hgecircuit.units import FRACTION, FREQUENCY, TIME, VOLTAGE

# Far outside what such circuits use; they keep slips such as "10 Ms" for "10 ms" from a long run.
SHORTEST_TIME_S, LONGEST_TIME_S = 1e-9, 1e3
LOWEST_FREQUENCY_HZ, HIGHEST_FREQUENCY_HZ = 1e-3, 1e9
HIGHEST_VOLTAGE_V = 100.0
MOST_EPOCHS = 100_000

SELECTORS = ("kind", "plan", "filter")
"""Keys whose value decides which other keys a table has."""


def frequency(example: str = "") -> Quantity:
    """The form of a frequency above zero."""
    return Quantity(FREQUENCY, example, at_least=LOWEST_FREQUENCY_HZ, at_most=HIGHEST_FREQUENCY_HZ)


def voltage(example: str = "-0.7 V") -> Quantity:
    """The form of a voltage of either sign."""
    return Quantity(VOLTAGE, example, at_least=-HIGHEST_VOLTAGE_V, at_most=HIGHEST_VOLTAGE_V)


def positive_voltage() -> Quantity:
    """The form of a voltage above zero."""
    return Quantity(VOLTAGE, above=0.0, at_most=HIGHEST_VOLTAGE_V)


PositiveTime = Annotated[float, Quantity(TIME, at_least=SHORTEST_TIME_S, at_most=LONGEST_TIME_S)]
PositiveFrequency = Annotated[float, frequency()]
Voltage = Annotated[float, voltage("1 mV")]
PositiveVoltage = Annotated[float, positive_voltage()]
Voltages = Annotated[tuple[float, ...], Many(voltage())]
VoltageOrVoltages = Annotated[tuple[float, ...], Many(voltage(), or_one=True)]
# A part more than 50 % off its value is a broken part, not a tolerance.
Error = Annotated[float, Quantity(FRACTION, "0.5 %", at_least=-0.5, at_most=0.5)]
Seed = Annotated[int, Number(integer=True, at_least=0, at_most=2**32 - 1)]


class Table(BaseModel):
    """A frozen table; its keys are the fields' aliases, its values are in SI."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        protected_namespaces=(),
        ser_json_inf_nan="strings",
    )


def setting(default: Any, **field: Any) -> Any:
    """A field whose default is written as in the file, ``"10 ms"``, and read like a value there.

    Args:
        default: The default, as the file would hold it.
        **field: As for :func:`pydantic.Field`.
    """
    return Field(default=default, **field)


def derived(words: str, **field: Any) -> Any:
    """A field whose default follows from other keys; `hgecircuit.spec.complete` fills it in.

    Args:
        words: How the default follows, for the documentation.
        **field: As for :func:`pydantic.Field`.
    """
    extra: dict[str, Any] = {"x-default": words}
    return Field(default=None, validate_default=False, json_schema_extra=extra, **field)
