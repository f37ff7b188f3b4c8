"""Documentation and editor schema are up to date, complete, and agree with the loader."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from spec_texts import CIRCUIT, changed, explicit, read

from hgecircuit.errors import InputError
from hgecircuit.spec import CircuitSpec
from hgecircuit.spec.document import MINIMAL_CIRCUIT, circuit_file_markdown
from hgecircuit.spec.explain import keys_of, model_of, variants_of
from hgecircuit.spec.schema import circuit_schema

ROOT = Path(__file__).parents[3]
SCHEMA = circuit_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
UPDATE = "out of date: run `python -m hgecircuit.spec`"


def test_documentation_is_up_to_date():
    assert (ROOT / "docs" / "circuit-file.md").read_text() == circuit_file_markdown(), UPDATE


def test_schema_is_up_to_date():
    assert json.loads((ROOT / "docs" / "circuit.schema.json").read_text()) == SCHEMA, UPDATE


def every_field(model: Any = CircuitSpec) -> Iterator[tuple[str, Any]]:
    for key, field in keys_of(model).items():
        yield key, field
        for table in variants_of(field).values() or [model_of(field)]:
            yield from every_field(table)


def test_every_key_is_described_and_documented():
    text = circuit_file_markdown()
    fields = list(every_field())
    assert len(fields) > 80
    for key, field in fields:
        assert field.description, key
        assert f"`{key}`" in text or f"[{key}]" in text or f".{key}]" in text, key
        assert field.description in text, key


def test_every_default_is_documented():
    text = circuit_file_markdown()
    for key, field in every_field():
        if isinstance(field.default, str):
            assert f'| `"{field.default}"` |' in text, key
        elif isinstance(field.default, int | float):
            assert f"| `{field.default:g}` |" in text, key
    assert "None" not in text


def test_the_documents_own_example_loads():
    block = circuit_file_markdown().split("```toml\n")[1].split("```")[0]
    assert CircuitSpec.from_text(block) == CircuitSpec.from_text(MINIMAL_CIRCUIT)


def test_the_schema_is_valid_and_has_no_references():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert "$ref" not in json.dumps(SCHEMA)


def good_texts() -> list[str]:
    shipped = [path.read_text() for path in sorted((ROOT / "circuits").glob("*.toml"))]
    golomb = changed("quadrature", "golomb").replace('"400 Hz"', '"1.2 kHz"')
    spelled = changed('"20 mV"', '" +2.0e-2V "').replace(
        '"10 ms"', '"1e4 us"'.replace("1e4", "10000")
    )
    carriers = explicit(["400 Hz", "500 Hz", "700 Hz", "800 Hz", "1.1 kHz"])
    return [*shipped, MINIMAL_CIRCUIT, CIRCUIT, golomb, carriers, spelled]


@pytest.mark.parametrize("text", good_texts())
def test_the_schema_accepts_what_the_loader_accepts(text):
    read(text, file=None)
    VALIDATOR.validate(tomllib.loads(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"400 Hz"', '"10 kV"'),
        ('"400 Hz"', "400"),
        ('"400 Hz"', '"4e2 kHz"'),
        ('"400 Hz"', '"1,5 kHz"'),
        ("lowest =", "lowst ="),
        ("plan =", 'phases = ["0 deg"]\nplan ='),
        ('"quadrature"', '"explicit"'),
        ('plan = "quadrature"', 'frequencies = ["1 kHz"]'),
        ('"coherent"', '"chaotic"'),
        ('kind = "coherent"\n', ""),
        ("[1, 4]", "[1, -4]"),
        ("[1, 4]", "[]"),
        ("epochs = 60", "epochs = 1.5"),
        ("epochs = 60", "update_time = '1 ms'"),
        ('"0110"', '"01x0"'),
        ('"XOR"', '"XOR\\nY"'),
        ("[start]", "[strat]"),
        ("format = 1", "format = 2"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(old, new):
    text = changed(old, new)
    with pytest.raises(InputError):
        read(text)
    assert not VALIDATOR.is_valid(tomllib.loads(text))
