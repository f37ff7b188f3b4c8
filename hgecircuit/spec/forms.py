"""Accepted forms of values: each reads one value, describes itself in words and as JSON schema.

A form stands in the annotation of a field, ``Annotated[float, Quantity(TIME, above=0)]``. The
loader, the editor schema and the documentation all use the same object, so they can't disagree.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from hgecircuit.errors import InputError
from hgecircuit.units import (
    CURRENT_DENSITY,
    FRACTION,
    PHASE,
    RATE_ERROR,
    Dimension,
    format_quantity,
    parse_quantity,
)

_DIGITS = r"([0-9]+\.?[0-9]*|\.[0-9]+)"
_EXPONENT = r"[eE][+-]?[0-9]+"
_PREFIXES = "[TGMkmuµμnpfa]"
_WITHOUT_PREFIX = {PHASE.name, FRACTION.name, CURRENT_DENSITY.name, RATE_ERROR.name}


def refuse(problem: str, expected: str) -> PydanticCustomError:
    """The error that a form raises inside pydantic; the loader turns it into an InputError."""
    return PydanticCustomError("form", "{problem}", {"problem": problem, "expected": expected})


class Form(ABC):
    """One accepted form; subclasses say how to read it, and describe it."""

    @abstractmethod
    def accepted(self) -> str:
        """The form in words, with an example."""

    @abstractmethod
    def core_schema(self) -> CoreSchema:
        """Pydantic's validator: from the value as written to the value in SI."""

    @abstractmethod
    def json_schema(self) -> dict[str, Any]:
        """The form as JSON schema."""

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return self.core_schema()

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**self.json_schema(), "x-accepted": self.accepted()}


class _Scalar(Form):
    """A form that reads one value by itself."""

    @abstractmethod
    def read(self, value: object) -> Any:
        """The value in SI.

        Raises:
            PydanticCustomError: The value does not have this form.
        """

    def core_schema(self) -> CoreSchema:
        """Pydantic's validator: from the value as written to the value in SI."""
        return core_schema.no_info_plain_validator_function(self.read)


# Forms are compared by identity: annotations need a hash, and a Dimension, which holds a dict, has
# none.
@dataclass(frozen=True, eq=False, kw_only=True)
class _Bounds:
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def broken(self, value: float, write: Any) -> str | None:
        """Which bound ``value`` breaks, in words, or None."""
        if self.above is not None and not value > self.above:
            return f"not above {write(self.above)}"
        if self.at_least is not None and not value >= self.at_least:
            return f"less than {write(self.at_least)}"
        if self.below is not None and not value < self.below:
            return f"not below {write(self.below)}"
        if self.at_most is not None and not value <= self.at_most:
            return f"more than {write(self.at_most)}"
        return None

    def words(self, write: Any) -> str:
        """The bounds in words, led by a space, or nothing."""
        low = high = ""
        if self.above is not None:
            low = f" above {write(self.above)}"
        elif self.at_least is not None:
            low = f" {'from' if self.at_most is not None else 'of at least'} {write(self.at_least)}"
        if self.below is not None:
            high = f" below {write(self.below)}"
        elif self.at_most is not None:
            word = "to" if self.at_least is not None else "at most"
            high = f" {word} {write(self.at_most)}"
        return f"{low} and{high}" if low and high and not high.startswith(" to") else low + high


@dataclass(frozen=True, eq=False)
class Quantity(_Bounds, _Scalar):
    """Text with a number and a unit, such as ``"10 ms"``; read into an SI float.

    Attributes:
        dimension: What is measured.
        example: An accepted text; the dimension's own when empty.
        above: Bounds in SI: the value must lie above this,
        at_least: at or above this,
        below: below this,
        at_most: at or below this.
    """

    dimension: Dimension
    example: str = ""

    def accepted(self) -> str:
        """The form in words, with an example."""
        example = self.example or self.dimension.example
        return f'{self.dimension.name}{self.words(self._write)} with its unit, such as "{example}"'

    def read(self, value: object) -> float:
        """The value in SI (phases in rad, fractions as a ratio)."""
        if isinstance(value, str) and self._has_exponent_and_prefix(value):
            raise refuse("both an exponent and a prefix", self.accepted())
        try:
            number = parse_quantity(value, self.dimension)
        except InputError as error:
            raise refuse(error.problem, self.accepted()) from error
        # Prefixes that few know (h, da, y), and those that the dimension has no use for.
        if not re.fullmatch(self.pattern, str(value)):
            raise refuse("not one plain number with one unit", self.accepted())
        broken = self.broken(number, self._write)
        if broken:
            raise refuse(broken, self.accepted())
        return number

    @property
    def pattern(self) -> str:
        """Regular expression of the accepted text."""
        if self.dimension.name in _WITHOUT_PREFIX:
            return f"^ *[+-]?{_DIGITS}({_EXPONENT})? *({self._units}) *$"
        return f"^ *[+-]?{_DIGITS}({_EXPONENT} *| *{_PREFIXES}?)({self._units}) *$"

    @property
    def _units(self) -> str:
        # Sorted: the order of the ohm's names depends on the hash seed.
        return "|".join(unit.replace("^", r"\^") for unit in sorted(self.dimension.scales))

    def _has_exponent_and_prefix(self, text: str) -> bool:
        both = f" *[+-]?{_DIGITS}{_EXPONENT} *{_PREFIXES}({self._units}) *"
        return self.dimension.name not in _WITHOUT_PREFIX and bool(re.fullmatch(both, text))

    def json_schema(self) -> dict[str, Any]:
        """The form as JSON schema; bounds can't be written there."""
        example = self.example or self.dimension.example
        return {"type": "string", "pattern": self.pattern, "examples": [example]}

    def _write(self, value: float) -> str:
        if self.dimension.name == FRACTION.name:
            return f"{100 * value:g} %"
        if self.dimension.name == RATE_ERROR.name:
            return f"{1e6 * value:g} ppm"
        return format_quantity(value, self.dimension.unit)


@dataclass(frozen=True, eq=False)
class Number(_Bounds, _Scalar):
    """A dimensionless number; with ``integer`` a whole one."""

    integer: bool = False

    def accepted(self) -> str:
        """The form in words."""
        if self.at_least is not None and self.at_least == self.at_most:
            return self._write(self.at_least)
        return f"a {'whole ' * self.integer}number{self.words(self._write)}"

    def read(self, value: object) -> float | int:
        """The number as it is; whole numbers stay int when ``integer``."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse("not a number", self.accepted())
        if self.integer and not isinstance(value, int):
            raise refuse("not a whole number", self.accepted())
        try:
            number = value if self.integer else float(value)
        except OverflowError as error:
            raise refuse("not a finite number", self.accepted()) from error
        if not self.integer and not math.isfinite(number):
            raise refuse("not a finite number", self.accepted())
        broken = self.broken(number, self._write)
        if broken:
            raise refuse(broken, self.accepted())
        return number

    def json_schema(self) -> dict[str, Any]:
        """The form as JSON schema, with its bounds."""
        schema: dict[str, Any] = {"type": "integer" if self.integer else "number"}
        names = {
            "above": "exclusiveMinimum",
            "at_least": "minimum",
            "below": "exclusiveMaximum",
            "at_most": "maximum",
        }
        for name, keyword in names.items():
            if getattr(self, name) is not None:
                schema[keyword] = getattr(self, name)
        return schema

    def _write(self, value: float) -> str:
        return f"{value:d}" if isinstance(value, int) else f"{value:g}"


@dataclass(frozen=True, eq=False)
class Flag(_Scalar):
    """``true`` or ``false``."""

    def accepted(self) -> str:
        """The form in words."""
        return "true or false"

    def read(self, value: object) -> bool:
        """The value as it is."""
        if not isinstance(value, bool):
            raise refuse("neither true nor false", self.accepted())
        return value

    def json_schema(self) -> dict[str, Any]:
        """The form as JSON schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, eq=False)
class OneOf(_Scalar):
    """One of a table's names.

    Attributes:
        names: The names.
    """

    names: tuple[str, ...]

    def accepted(self) -> str:
        """The form in words."""
        return " or ".join(f'"{name}"' for name in self.names)

    def read(self, value: object) -> str:
        """The name as it is."""
        if not isinstance(value, str) or value not in self.names:
            raise refuse("not one of the choices", self.accepted())
        return value

    def json_schema(self) -> dict[str, Any]:
        """The form as JSON schema."""
        return {"type": "string", "enum": list(self.names)}


@dataclass(frozen=True, eq=False)
class Text(_Scalar):
    """Text of a stated pattern.

    Attributes:
        pattern: Regular expression for the whole text.
        words: The form in words, with an example.
        problem: What is wrong with a text that does not fit.
    """

    pattern: str
    words: str
    problem: str

    def accepted(self) -> str:
        """The form in words, with an example."""
        return self.words

    def read(self, value: object) -> str:
        """The text as it is."""
        if not isinstance(value, str):
            raise refuse("not text", self.words)
        if not re.fullmatch(self.pattern, value):
            raise refuse(self.problem, self.words)
        return value

    def json_schema(self) -> dict[str, Any]:
        """The form as JSON schema."""
        return {"type": "string", "pattern": f"^{self.pattern}$"}


@dataclass(frozen=True, eq=False)
class Many(Form):
    """A list of values of one form; with ``or_one`` also a single value, which holds for all.

    Attributes:
        form: Form of each value.
        least: Smallest number of values.
        or_one: Accept a single value in place of the list.
    """

    form: Form
    least: int = 1
    most: int = 64
    or_one: bool = False

    def accepted(self) -> str:
        """The form in words."""
        one = self.form.accepted()
        return f"{one}, or a list of such" if self.or_one else f"a list, each {one}"

    def json_schema(self) -> dict[str, Any]:
        """The form as JSON schema."""
        item = self.form.json_schema()
        many = {"type": "array", "items": item, "minItems": self.least, "maxItems": self.most}
        return {"anyOf": [item, many]} if self.or_one else many

    def core_schema(self) -> CoreSchema:
        """A tuple of the form's values."""
        many = core_schema.tuple_variable_schema(
            self.form.core_schema(), min_length=self.least, max_length=self.most
        )
        if not self.or_one:
            return many
        return core_schema.no_info_before_validator_function(_as_list, many)


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]
