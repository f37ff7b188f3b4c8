"""The documentation site is built without warnings, is whole, and needs no network."""

import inspect
import os
import re
import subprocess
import sys
from functools import cached_property
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from types import FunctionType
from urllib.parse import unquote, urldefrag

import pytest

import hgecircuit

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
API = sorted((DOCS / "reference").glob("api-*.md"))
MODULES = [
    (page.stem, module)
    for page in API
    for module in re.findall(r"automodule:: (\S+)", page.read_text(encoding="utf-8"))
]
# What a browser fetches by itself: link is a style sheet or an icon here, a and form are not.
_FETCHED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
_METHODS = (FunctionType, classmethod, staticmethod, property, cached_property)


class _Html(HTMLParser):
    """Links, fetched addresses, anchors, text and titles of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.headings = 0
        self.formulas = 0
        self.words: list[str] = []
        self._silent = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        self.headings += tag == "h1"
        self.formulas += tag == "math"
        self._silent = tag in {"script", "style"}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in _FETCHED and _FETCHED[tag] in given:
            self.fetched.append(given[_FETCHED[tag]])

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return _letters("".join(self.words))


def _letters(text: str) -> str:
    """Letters and digits alone: quotes, spaces and markup differ between source and page."""
    return re.sub(r"[\W_]+", "", text)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, _Html]:
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        [*command, str(DOCS), str(folder)], env=environment, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    pages = {
        page: _Html(page.read_text(encoding="utf-8")) for page in sorted(folder.rglob("*.html"))
    }
    assert len(pages) > 25
    return pages


def _page(site: dict[Path, _Html], name: str) -> _Html:
    return next(html for path, html in site.items() if path.as_posix().endswith(f"/{name}.html"))


def test_every_source_page_is_there(site: dict[Path, _Html]) -> None:
    built = {path.stem for path in site}
    for source in DOCS.rglob("*.md"):
        assert source.stem in built


def test_every_page_has_a_title(site: dict[Path, _Html]) -> None:
    for path, html in site.items():
        # The search page writes its title when it is asked.
        assert html.headings == (path.name != "search.html"), path.name


def test_links_and_pictures_resolve(site: dict[Path, _Html]) -> None:
    checked = 0
    for path, html in site.items():
        for address in (*html.links, *html.fetched):
            if re.match(r"[a-z]+:", address):
                continue
            target, anchor = urldefrag(address)
            target = unquote(target.partition("?")[0])
            file = (path.parent / target).resolve() if target else path
            assert file.is_file(), f"{path.name}: {address}"
            if anchor and file in site:
                assert unquote(anchor) in site[file].anchors, f"{path.name}: {address}"
            checked += 1
    assert checked > 1000


def test_nothing_is_fetched_from_the_network(site: dict[Path, _Html]) -> None:
    for path, html in site.items():
        assert [one for one in html.fetched if "//" in one and not one.startswith("data:")] == []
        assert "http" not in " ".join(re.findall(r"@import[^;]*;", path.read_text("utf-8")))
    folder = min(site, key=lambda path: len(path.parts)).parent
    for sheet in folder.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", text) == [], sheet.name


def test_equations_are_shown_without_a_script(site: dict[Path, _Html]) -> None:
    source = (DOCS / "explanation" / "how-the-analog-learner-works.md").read_text(encoding="utf-8")
    html = _page(site, "how-the-analog-learner-works")
    assert html.formulas == source.count("$$") / 2 + len(
        re.findall(r"(?<!\$)\$(?!\$)[^$]+\$(?!\$)", source)
    )


@pytest.mark.parametrize(("page", "name"), MODULES)
def test_public_docstrings_are_on_their_page(site: dict[Path, _Html], page: str, name: str) -> None:
    module = import_module(name)
    text, found = _page(site, page).text, 0
    offered = getattr(module, "__all__", None) or [
        public
        for public, thing in vars(module).items()
        if not public.startswith("_") and getattr(thing, "__module__", "") == name
    ]
    for public in offered:
        thing = getattr(module, public)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            found += _shows(text, public, thing)
        for inner, member in vars(thing).items() if inspect.isclass(thing) else ():
            if not inner.startswith("_") and isinstance(member, _METHODS):
                _shows(text, f"{public}.{inner}", member)
    assert found


def _shows(text: str, name: str, thing: object) -> bool:
    first = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    assert first, f"{name} has no docstring"
    assert _letters(re.sub(r":\w+:`[~.]*([^`]*)`", r"\1", first)) in text, f"{name}: {first}"
    return True


def test_names_of_the_package_are_listed() -> None:
    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    for name in hgecircuit.__all__:
        assert f"`{name}`" in text


def test_every_command_is_on_its_page(site: dict[Path, _Html]) -> None:
    from hgecircuit.cli import main

    text = _page(site, "cli").text
    assert len(main.commands) > 10
    for name, command in main.commands.items():
        assert _letters((command.help or "").partition("\n\n")[0].replace("\b", "")) in text, name
    shown = "".join(_page(site, "cli").words)
    assert "hgecircuit verify circuits/xor.toml --out runs/xor" in shown
