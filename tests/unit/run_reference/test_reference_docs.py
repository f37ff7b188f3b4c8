"""The examples of docs/digital-reference.md print what is printed there."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[3] / "docs" / "digital-reference.md"
EXAMPLES = re.findall(
    r"```python\n(.*?)```\n\n```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
)


def test_every_example_has_its_output():
    assert len(EXAMPLES) == DOCUMENT.read_text(encoding="utf-8").count("```python") == 3


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_prints_what_the_document_says(number, tmp_path, monkeypatch, capsys):
    code, expected = EXAMPLES[number]
    name = f"example_{number}"
    file = tmp_path / f"{name}.py"
    file.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)  # trainings look for their functions there
    spec.loader.exec_module(module)
    assert capsys.readouterr().out == expected
