"""Finding the line of a key in TOML text."""

from __future__ import annotations

import pytest

from hgecircuit.spec.source import Source

TEXT = '''\
format = 1  # [not.a.table]
title = "a = 1 [x]"

[task]   # comment
patterns = [
  "00", # ] = x
  "01",
]
nested = [
  ["task"],
  ["limits", "loss"], ["limits"],
  ["loop"],
]
targets = "01"
note = """
[lock_in]
time = 3
"""
[ device . "noise" ]
white = "1"
[lock_in]
"time" = "1 ms"
blocks.lowpass = { a = 1, b = [1, 2] }
[loop]
'lit' = 'it\\'
text = \'\'\'
'' [a] \'\'\'
epochs = 3
'''


@pytest.mark.parametrize(
    ("key", "start"),
    [
        ("format", "format"),
        ("title", "title"),
        ("task", "[task]"),
        ("task.patterns", "patterns"),
        ("task.patterns[1]", "patterns"),
        ("task.targets", "targets"),
        ("device.noise.white", "white"),
        ("device.noise.seed", "[ device"),
        ("lock_in.time", '"time"'),
        ("lock_in.blocks.lowpass.a", "blocks.lowpass"),
        ("loop.lit", "'lit'"),
        ("loop.epochs", "epochs"),
        ("loop.missing", "[loop]"),
    ],
)
def test_line_of_a_key(key, start):
    line = Source(TEXT).line(key)
    assert line is not None
    assert TEXT.splitlines()[line - 1].startswith(start)


def test_no_line_for_what_is_not_there():
    assert Source(TEXT).line("limits.loss") is None
    assert Source(TEXT).line("limits") is None
    assert Source("").line("format") is None


def test_written_values_and_single_values_that_stand_for_lists():
    source = Source("", tables={"a": {"b": ["x", "y"], "c": "z"}})
    assert source.written("a.b[1]") == "y"
    assert source.written("a.c[3]") == "z"
    assert source.written("a.b[9]") is None
    assert source.written("a.d") is None
