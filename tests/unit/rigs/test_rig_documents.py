"""Documentation and editor schema of the rig file are up to date and agree with the loader."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from hgecircuit.errors import InputError
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.document import MINIMAL_RIG, rig_file_markdown, rig_schema_text
from hgecircuit.spec.explain import keys_of, model_of

ROOT = Path(__file__).parents[3]
RIG = ROOT / "circuits" / "rigs" / "virtual.toml"
VALIDATOR = jsonschema.Draft7Validator(json.loads(rig_schema_text()))
UPDATE = "out of date: run `python -m hgecircuit.run.rigs`"


def test_documents_are_up_to_date() -> None:
    assert (ROOT / "docs" / "rig-file.md").read_text(encoding="utf-8") == rig_file_markdown(), (
        UPDATE
    )
    assert (ROOT / "docs" / "rig.schema.json").read_text(encoding="utf-8") == rig_schema_text(), (
        UPDATE
    )


def test_every_key_is_described() -> None:
    text = rig_file_markdown()
    tables, keys = [RigSpec], 0
    while tables:
        for key, field in keys_of(tables.pop()).items():
            keys += 1
            assert field.description, key
            assert field.description in text, key
            assert f"`{key}`" in text or f"[{key}]" in text or f".{key}]" in text, key
            if keys_of(model_of(field)):
                tables.append(model_of(field))
    assert keys > 50
    assert "None" not in text


def test_the_minimal_rig_is_complete_and_needs_every_key() -> None:
    assert RigSpec.from_text(MINIMAL_RIG).title == "cDAQ1"
    assert not list(VALIDATOR.iter_errors(tomllib.loads(MINIMAL_RIG)))
    lines = MINIMAL_RIG.splitlines()
    for index, line in enumerate(lines):
        if "=" in line:
            with pytest.raises(InputError):
                RigSpec.from_text("\n".join(lines[:index] + lines[index + 1 :]))


def test_the_schema_takes_the_shipped_rig_and_refuses_slips() -> None:
    data = tomllib.loads(RIG.read_text(encoding="utf-8"))
    assert not list(VALIDATOR.iter_errors(data))
    data["virtual"]["faults"] = [{"kind": "overload", "at": "1 ms"}]
    assert not list(VALIDATOR.iter_errors(data))
    for path, value in (
        (("current", "gain"), "33 MV"),
        (("virtual", "clock_error"), "1 %"),
        (("modules",), [{"slot": 1, "nam": "x"}]),
        (("virtual", "faults"), [{"kind": "fire"}]),
        (("electrodes", "slew_limit"), 100),
    ):
        wrong = json.loads(json.dumps(data))
        table = wrong
        for part in path[:-1]:
            table = table[part]
        table[path[-1]] = value
        assert list(VALIDATOR.iter_errors(wrong)), path
