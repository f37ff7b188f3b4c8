"""Whatever is in a circuit file, it gives a circuit or an InputError with one sentence per line."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from spec_texts import CIRCUIT, explicit

from hgecircuit.design.carriers import plan_carriers
from hgecircuit.errors import InputError
from hgecircuit.spec import CircuitSpec
from hgecircuit.spec.explain import keys_of, model_of, variants_of

TEXTS = [CIRCUIT, explicit(["400 Hz", "500 Hz", "700 Hz", "800 Hz", "1.1 kHz"])]
TEXTS.append(CIRCUIT.replace("coherent", "continuous"))


def dotted_keys(model: Any = CircuitSpec, path: str = "") -> list[str]:
    keys = []
    for key, field in keys_of(model).items():
        name = f"{path}.{key}" if path else key
        tables = [*variants_of(field).values()] or [model_of(field)]
        keys += [name, *(inner for table in tables for inner in dotted_keys(table, name))]
    return sorted(set(keys))


VALUES = st.recursive(
    st.one_of(
        st.none().map(lambda _: []),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.dates(),
        st.sampled_from(
            ["0", "00", "10 kHz", "-1 V", "1e-3 A", "5 %", "90 deg", "1e308 Hz", "gate"]
        ),
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def outcome(text: str, overrides: dict[str, object] | None = None) -> None:
    try:
        spec = CircuitSpec.from_text(text, "x.toml", overrides=overrides)
    except InputError as error:
        text, exit_code = str(error), error.exit_code
    else:
        assert spec.to_json()["format"] == 1
        assert len(plan_carriers(spec).frequencies_hz) == len(spec.device.controls)
        return
    assert text.startswith("x.toml")
    assert exit_code == 2
    assert all(line.strip() and len(line) < 2000 for line in text.splitlines())


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TEXTS), st.dictionaries(st.sampled_from(dotted_keys()), VALUES, max_size=3))
def test_any_value_under_any_key(text, overrides):
    outcome(text, overrides)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TEXTS),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 12), st.text(max_size=6)), max_size=4),
)
def test_any_damage_to_the_text(text, cuts):
    for start, length, piece in cuts:
        text = text[:start] + piece + text[start + length :]
    outcome(text)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_lines_swapped_dropped_and_doubled(text, data):
    lines = text.splitlines()
    picks = data.draw(st.lists(st.sampled_from(range(len(lines))), max_size=len(lines)))
    outcome("\n".join(lines[index] for index in picks))
    outcome("\n".join(line for index, line in enumerate(lines) if index not in picks[:3]))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text):
    outcome(text)
