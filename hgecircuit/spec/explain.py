"""From pydantic's errors to mistakes that a designer understands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from hgecircuit.spec.forms import Form
from hgecircuit.spec.problems import Problem, counted
from hgecircuit.spec.table import SELECTORS

_BARE_KEY = re.compile("[A-Za-z0-9_-]+")


def explain(error: ValidationError, tables: dict[str, Any], root: type[BaseModel]) -> list[Problem]:
    """Every error as a :class:`Problem`.

    Args:
        error: What pydantic found.
        tables: The values as written.
        root: Model of the whole file.
    """
    details = error.errors(include_url=False)
    return [_explain_one(each, tables, root) for each in details if not _is_echo(each)]


def _is_echo(detail: ErrorDetails) -> bool:
    """Whether a list only counts as too short because of values that are refused by themselves."""
    least = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and len(detail["input"]) >= least


def _explain_one(detail: ErrorDetails, tables: dict[str, Any], root: type[BaseModel]) -> Problem:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    parts, owner = _follow(detail["loc"], tables, root)
    key = key_text(parts)
    if kind == "form":
        return Problem(key, context["problem"], value, context["expected"])
    if kind == "missing":
        return Problem(key, "is missing", None, _accepted(owner, str(parts[-1])))
    if kind == "extra_forbidden":
        return _unknown_key(parts, value, owner, root)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _unknown_kind(key, parts, value, root)
    if kind == "literal_error":
        choices = context["expected"].replace("'", '"')
        return Problem(key, "not one of the choices", value, choices)
    if kind == "too_short":
        least = counted(context["min_length"], "value")
        return Problem(key, "too short a list", value, f"at least {least}")
    if kind == "too_long":
        most = counted(context["max_length"], "value")
        return Problem(key, "too long a list", None, f"at most {most}")
    if kind == "tuple_type":
        return Problem(key, "not a list", value, _accepted(owner, str(parts[-1])))
    if kind in ("model_type", "model_attributes_type"):
        return Problem(key, "not a table", value, f"a table [{key}]")
    return Problem(key, detail["msg"], value)


def _follow(
    location: tuple[int | str, ...], tables: dict[str, Any], root: type[BaseModel]
) -> tuple[list[int | str], type[BaseModel]]:
    """The file's keys of a pydantic location, and the model that owns the last of them.

    The location also names the variant of a table, and an index into a single value that stands
    for a list; neither is in the file.
    """
    parts: list[int | str] = []
    value: Any = tables
    owner, model = root, root
    variants: dict[str, type[BaseModel]] = {}
    for step in location:
        if variants and step in variants:
            model, variants = variants[str(step)], {}
            continue
        if isinstance(step, int) and not isinstance(value, list | tuple):
            break
        parts.append(step)
        owner = model
        if isinstance(step, str):
            field = field_of(model, step)
            variants = variants_of(field) if field else {}
            model = model_of(field) if field else model
        value = _child(value, step)
    return parts, owner


def _child(value: Any, step: int | str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    return value[step] if isinstance(step, int) and isinstance(value, list | tuple) else None


def key_text(parts: list[int | str]) -> str:
    """A dotted key on one line, such as ``device.inputs[1]``."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else repr(part)
            text += f".{name}" if text else name
    return text


def _unknown_key(
    parts: list[int | str], value: object, owner: type[BaseModel], root: type[BaseModel]
) -> Problem:
    name, known = str(parts[-1]), list(keys_of(owner))
    table = field_of(root, str(parts[0]))
    variants = variants_of(table) if table else {}
    elsewhere = [variant for variant, model in variants.items() if name in keys_of(model)]
    near = difflib.get_close_matches(name, known, n=1)
    homes = [f"[{home}]" for home, model in _all_tables(root) if name in keys_of(model)]
    if elsewhere:
        hint = f", it needs {_selector(variants)} = {_or(elsewhere)}"
    elif near:
        hint = f", did you mean {near[0]}?"
    elif homes:
        hint = f", it belongs to {' or '.join(dict.fromkeys(homes))}"
    else:
        hint = ""
    shown = None if isinstance(value, dict | list) else value
    return Problem(key_text(parts), f"unknown key{hint}", shown, f"one of {', '.join(known)}")


def _unknown_kind(
    key: str, parts: list[int | str], value: object, root: type[BaseModel]
) -> Problem:
    field = field_of(root, str(parts[0]))
    variants = variants_of(field) if field else {}
    name, choices = _selector(variants), _or(variants)
    if not isinstance(value, dict):
        return Problem(key, "not a table", value, f"a table [{key}] with {name} = {choices}")
    if name not in value:
        return Problem(f"{key}.{name}", "is missing", None, choices)
    return Problem(f"{key}.{name}", "not one of the choices", value[name], choices)


def _selector(variants: dict[str, type[BaseModel]]) -> str:
    """The key whose value chooses between the variants of a table."""
    return next(
        name
        for name in SELECTORS
        if all(name in variant.model_fields for variant in variants.values())
    )


def _or(choices: Iterable[str]) -> str:
    return " or ".join(f'"{choice}"' for choice in choices)


def _accepted(owner: type[BaseModel], name: str) -> str | None:
    field = field_of(owner, name)
    if field is None:
        return None
    if model_of(field) is not BaseModel or variants_of(field):
        return f"a table [{name}]"
    return next((each.accepted() for each in field.metadata if isinstance(each, Form)), None)


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a table by the key they have in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def field_of(model: type[BaseModel], key: str) -> FieldInfo | None:
    """The field of a key, or None."""
    return keys_of(model).get(key)


def variants_of(field: FieldInfo) -> dict[str, type[BaseModel]]:
    """The models of a table with variants, by variant; empty for other fields."""
    variants = {}
    for option in get_args(field.annotation):
        model, *metadata = get_args(option) or (option,)
        tags = [each.tag for each in metadata if isinstance(each, Tag)]
        if tags:
            variants[tags[0]] = model
    return variants


def model_of(field: FieldInfo) -> type[BaseModel]:
    """The table that a field holds; plain BaseModel, which has no fields, if it holds none."""
    for option in (field.annotation, *get_args(field.annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return BaseModel


def _all_tables(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every table of the file with its dotted name, variants included."""
    for key, field in keys_of(model).items():
        name = f"{path}.{key}" if path else key
        models = list(variants_of(field).values()) or [model_of(field)]
        for table in models:
            if table is not BaseModel:
                yield name, table
                yield from _all_tables(table, name)
