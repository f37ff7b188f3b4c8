"""Tutorial, how-to and explanation do what they say, example after example, in one folder."""

from pathlib import Path

import pytest
from page_examples import Page, missing_lines

ROOT = Path(__file__).parents[2]
# How many commands and programs each page has at least; the slow ones simulate for minutes.
PAGES = [
    pytest.param("tutorial/first-learner.md", 10, marks=pytest.mark.ngspice),
    pytest.param("explanation/how-the-analog-learner-works.md", 1),
    pytest.param("how-to/size-a-filter.md", 5, marks=pytest.mark.slow),
    pytest.param(
        "how-to/add-a-circuit-variant.md", 6, marks=[pytest.mark.slow, pytest.mark.ngspice]
    ),
    pytest.param(
        "how-to/bring-your-own-device.md", 8, marks=[pytest.mark.slow, pytest.mark.ngspice]
    ),
    pytest.param(
        "how-to/compare-with-the-rig.md", 5, marks=[pytest.mark.slow, pytest.mark.ngspice]
    ),
    pytest.param("reference/api.md", 1, marks=[pytest.mark.slow, pytest.mark.ngspice]),
]


@pytest.mark.parametrize(("name", "least"), PAGES)
def test_examples_do_as_shown(name: str, least: int, tmp_path: Path) -> None:
    (tmp_path / "circuits").symlink_to(ROOT / "circuits")
    page = Page(ROOT / "docs" / name, tmp_path)
    page.play()
    assert page.played >= least


def test_every_page_with_examples_is_played() -> None:
    played = {str(param.values[0]) for param in PAGES}
    for page in sorted((ROOT / "docs").glob("*/*.md")):
        if "```console" in page.read_text(encoding="utf-8"):
            assert page.relative_to(ROOT / "docs").as_posix() in played


@pytest.mark.parametrize(
    ("shown", "answer", "missing"),
    [
        ("error  0.949 %", "│ error 0.95 %│", []),
        ("error 0.949 %", "error 0.99 %", ["error 0.949 %"]),
        ("b\na", "a\nb", ["a"]),
        ("limit 1e-06", "limit  1e-06 of all", []),
        ("pass", "fail", ["pass"]),
        ("e1 = 2", "e2 = 2", ["e1 = 2"]),
    ],
)
def test_shown_lines_are_held_against_the_answer(
    shown: str, answer: str, missing: list[str]
) -> None:
    assert missing_lines(shown, answer) == missing


@pytest.mark.parametrize(
    "text",
    [
        "```console\n$ echo 1.00\n2.00\n```\n",
        "```python\nprint(1)\n```\n\n```text\n2\n```\n",
        "```python\nraise SystemExit(3)\n```\n",
        "```toml\n# a.toml\nx = 1\n```\n\n```diff\n--- a.toml\n+++ a.toml\n-y = 1\n+y = 2\n```\n",
    ],
)
def test_a_page_that_says_something_else_fails(text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError):
        Page(page, tmp_path).play()
