"""Every output in docs/frequency-plans.md is what its command prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from hgecircuit.cli import main

PAGE = Path(__file__).parents[3] / "docs" / "frequency-plans.md"
BLOCKS = re.findall(r"^```(console|text)\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_the_page_shows_what_is_printed(
    language: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, _, shown = block.partition("\n")
    words = shlex.split(command.removeprefix("$ "))
    assert words[0] == ".venv/bin/hgecircuit"
    answer = CliRunner().invoke(main, words[1:])
    assert answer.output == shown
    # What is refused is no console block, so that the test of all pages doesn't run it.
    assert (answer.exit_code == 2) == (language == "text")


def test_there_are_plans_checks_and_refusals() -> None:
    assert len(BLOCKS) >= 7
    assert {language for language, _ in BLOCKS} == {"console", "text"}
