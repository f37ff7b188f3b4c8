"""The circuit file as JSON schema, for editors that complete and check TOML."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.table import SELECTORS

# Editors for TOML (Taplo, Even Better TOML) read draft 7.
_DRAFT = "http://json-schema.org/draft-07/schema#"


def tables_of(model: type[BaseModel]) -> dict[str, Any]:
    """A file's keys as nested plain data, without references; every table stands in its place.

    A table with variants holds them in ``anyOf``. Besides the keywords of JSON schema there are
    ``x-accepted``, the accepted form in words, and ``x-default``, a default that follows from
    other keys.

    Args:
        model: The whole file.
    """
    raw = model.model_json_schema(by_alias=True, mode="validation")
    return _table(raw, raw.pop("$defs"))


def editor_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The JSON schema of a file for editors.

    Args:
        model: The whole file.
        title: What the file is.
    """
    tables = tables_of(model)
    properties = {
        key: _merge_variants(value) if is_table(value) and "anyOf" in value else value
        for key, value in tables["properties"].items()
    }
    return {
        "$schema": _DRAFT,
        "title": title,
        **tables,
        "properties": properties,
    }


def circuit_schema() -> dict[str, Any]:
    """The circuit file's JSON schema for editors."""
    return editor_schema(CircuitSpec, "hgecircuit circuit file")


def schema_text(schema: dict[str, Any] | None = None) -> str:
    """A schema as text, by default that of `docs/circuit.schema.json`."""
    return json.dumps(schema or circuit_schema(), indent=2, ensure_ascii=False) + "\n"


def is_list_of_tables(schema: dict[str, Any]) -> bool:
    """Whether a key holds a list of tables."""
    return schema.get("type") == "array" and schema["items"].get("type") == "object"


def is_table(schema: dict[str, Any]) -> bool:
    """Whether a key holds a table."""
    return all(each.get("type") == "object" for each in schema.get("anyOf", [schema]))


def selector_of(variant: dict[str, Any]) -> tuple[str, str]:
    """The key that chooses a variant of a table, and its value."""
    key = next(key for key in SELECTORS if key in variant["properties"])
    return key, variant["properties"][key]["const"]


def _merge_variants(table: dict[str, Any]) -> dict[str, Any]:
    """One table with the keys of all variants, and rules on which of them go together.

    Editors tell the wrong key of such a table; of an ``anyOf`` they only tell that nothing fits.
    """
    variants = {selector_of(each)[1]: each for each in table["anyOf"]}
    selector = selector_of(table["anyOf"][0])[0]
    keys = list(dict.fromkeys(key for each in variants.values() for key in each["properties"]))
    properties = {key: _merge_key(key, variants) for key in keys}
    first = next(iter(variants.values()))["properties"][selector]
    properties[selector] = {"enum": list(variants)} | {
        key: first[key] for key in ("description", "default", "x-default") if key in first
    }
    required = [set(each.get("required", ())) for each in variants.values()]
    common = [key for key in keys if all(key in each for each in required)]
    rules = [_rule(selector, name, each, keys) for name, each in variants.items()]
    return {
        "type": "object",
        "description": table["description"],
        "properties": properties,
        "additionalProperties": False,
        **({"required": common} if common else {}),
        "allOf": rules,
    }


def _merge_key(key: str, variants: dict[str, dict[str, Any]]) -> dict[str, Any]:
    by_variant = {
        name: each["properties"][key]
        for name, each in variants.items()
        if key in each["properties"]
    }
    first, *others = by_variant.values()
    merged = {
        key: value
        for key, value in first.items()
        if key not in ("default", "x-default") or all(each.get(key) == value for each in others)
    }
    if any(each["description"] != first["description"] for each in others):
        parts = [f"{name}: {each['description']}" for name, each in by_variant.items()]
        merged["description"] = " ".join(parts)
    return merged


def _rule(selector: str, name: str, variant: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    foreign = {key: False for key in keys if key not in variant["properties"]}
    then: dict[str, Any] = {"properties": foreign}
    if variant.get("required"):
        then["required"] = variant["required"]
    condition: dict[str, Any] = {"properties": {selector: {"const": name}}}
    if "default" not in variant["properties"][selector]:
        condition["required"] = [selector]
    return {"if": condition, "then": then}


def _table(table: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {
        key: _value(value, definitions) for key, value in table.get("properties", {}).items()
    }
    first = [key for key in SELECTORS if key in properties]
    rest = [key for key in properties if key not in first]
    schema = {
        "type": "object",
        "description": _first_line(table.get("description", "")),
        "properties": {key: properties[key] for key in first + rest},
        "additionalProperties": False,
    }
    return schema | ({"required": table["required"]} if table.get("required") else {})


def _value(value: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    own = {key: value[key] for key in ("description", "x-default", "default") if key in value}
    if own.get("default", 0) is None or own.get("default") in ({}, []):
        # A key or table that may be missing; TOML has no null.
        del own["default"]
    options = [_option(each, definitions) for each in _options(value)]
    if len(options) == 1:
        return {**options[0], **own}
    return {**own, "anyOf": options}


def _options(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The alternatives of a field; a form's own alternatives stay together."""
    if "x-accepted" in value:
        return [value]
    options = value.get("oneOf") or value.get("anyOf") or [value]
    return [each for each in options if each.get("type") != "null"]


def _option(option: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in option:
        return _table(definitions[option["$ref"].rsplit("/", 1)[1]], definitions)
    if "$ref" in option.get("items", {}):
        return {"type": "array", "items": _option(option["items"], definitions)}
    dropped = {"title", "description", "default", "x-default"}
    return {key: value for key, value in option.items() if key not in dropped}


def _first_line(text: str) -> str:
    return text.split("\n\n")[0].replace("\n", " ").strip()
