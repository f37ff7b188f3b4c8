"""The documentation of the circuit file, made from the models that read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hgecircuit.spec.circuit import CircuitSpec
from hgecircuit.spec.schema import is_list_of_tables, is_table, selector_of, tables_of
from hgecircuit.spec.source import LARGEST_FILE_BYTES

MINIMAL_CIRCUIT = """\
[task]
patterns = ["00", "01", "10", "11"]
targets = "0110"

[device]
inputs = [1, 4]
controls = [0, 2, 3, 5, 6]
logic_low = "-1.11 V"
logic_high = "0.51 V"

[loop]
kind = "coherent"
"""

_INTRODUCTION = f"""\
<!-- Written by `python -m hgecircuit.spec`; change the descriptions in hgecircuit/spec instead. -->

# The circuit file

A circuit file says what a learner should learn, on which device and with which circuit. It is
[TOML](https://toml.io), UTF-8, at most {LARGEST_FILE_BYTES // 1024} kB. This is a complete one:

```toml
{MINIMAL_CIRCUIT}```

Everything else has a default. `circuits/xor.toml` and `circuits/xor_continuous.toml` are longer
examples.

- Quantities are text with a number and a unit: `"10 kHz"`, `"-0.7 V"`, `"1e-5 nA^2/Hz"`. A number
  has a decimal point, and either an exponent or one of the prefixes T G M k m u µ n p f a
  (M is mega, m is milli), not both. Quantities without a dimension are plain numbers.
- Electrodes are counted from 0. Lists for controls have the order of `device.controls`, lists for
  inputs that of `device.inputs`.
- Unknown keys are refused. Every mistake is reported with file, line, key, value and accepted
  form, all mistakes at once.
- A path to a model is relative to the circuit file.
- Editors with TOML support (Even Better TOML, Taplo) complete and check the file when its first
  line names the schema: `#:schema ../docs/circuit.schema.json`.
"""


def circuit_file_markdown() -> str:
    """The text of `docs/circuit-file.md`."""
    return keys_markdown(_INTRODUCTION, tables_of(CircuitSpec))


def keys_markdown(introduction: str, schema: dict[str, Any]) -> str:
    """An introduction, and all keys of a file.

    Args:
        introduction: Markdown.
        schema: The file's tables, from :func:`hgecircuit.spec.schema.tables_of`.
    """
    keys = schema["properties"]
    plain = {key: value for key, value in keys.items() if not _holds_tables(value)}
    parts = [introduction, "## Above all tables", *_key_table(plain, schema)]
    for name, table in ((key, value) for key, value in keys.items() if _holds_tables(value)):
        needed = " (required)" if name in schema["required"] else ""
        parts += [f"## `{_brackets(name, table)}`{needed}", *_table_parts(name, table)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _holds_tables(schema: dict[str, Any]) -> bool:
    return is_table(schema) or is_list_of_tables(schema)


def _brackets(name: str, schema: dict[str, Any]) -> str:
    return f"[[{name}]]" if is_list_of_tables(schema) else f"[{name}]"


def _table_parts(name: str, table: dict[str, Any]) -> Iterator[str]:
    yield table["description"]
    if is_list_of_tables(table):
        yield from _keys_and_subtables(name, table["items"])
        return
    if "anyOf" not in table:
        yield from _keys_and_subtables(name, table)
        return
    for variant in table["anyOf"]:
        selector, value = selector_of(variant)
        yield f'### `{selector} = "{value}"`'
        yield variant["description"]
        yield from _keys_and_subtables(name, variant)


def _keys_and_subtables(name: str, table: dict[str, Any]) -> Iterator[str]:
    properties = table["properties"]
    yield from _key_table(
        {key: value for key, value in properties.items() if not _holds_tables(value)}, table
    )
    for key, value in properties.items():
        if _holds_tables(value):
            yield f"### `{_brackets(f'{name}.{key}', value)}`"
            yield from _table_parts(f"{name}.{key}", value)


def _key_table(keys: dict[str, Any], table: dict[str, Any]) -> Iterator[str]:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, value in keys.items():
        default = "required" if key in table.get("required", ()) else _default(value)
        rows.append(f"| `{key}` | {_accepted(value)} | {default} | {value['description']} |")
    yield "\n".join(rows)


def _accepted(value: dict[str, Any]) -> str:
    if "const" in value:
        return f'`"{value["const"]}"`'
    if "enum" in value:
        return " or ".join(f'`"{each}"`' for each in value["enum"])
    if value.get("type") == "boolean":
        return "`true` or `false`"
    return value["x-accepted"]


def _default(value: dict[str, Any]) -> str:
    if "default" not in value:
        return value["x-default"]
    default = value["default"]
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default:g}`"
