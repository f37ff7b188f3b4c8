"""HTML pages as trees, for tests of their structure."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "link", "br", "wbr", "input", "hr", "img"}


@dataclass
class Node:
    """An element with its attributes; text of its own and of those inside."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def by_id(self, identity: str) -> Node:
        return next(one for one in self.all() if one.attributes.get("id") == identity)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree_of(page: str) -> Node:
    """The page's elements; an element that is not closed in its place is an error."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    assert len(parser.open) == 1, f"<{parser.open[-1].tag}> is not closed"
    return parser.root


def check_page(page: str) -> Node:
    """What holds for every page: whole, offline, accessible; returns its tree."""
    tree = tree_of(page)
    html = next(tree.all("html"))
    assert html.attributes["lang"] == "en"
    assert not re.search(r"https?://|@import", page)
    for node in tree.all():
        for name, value in node.attributes.items():
            assert not name.startswith("on"), f"<{node.tag} {name}>"
            if name == "src":
                raise AssertionError(f"{node.tag} loads {value}")
        assert node.tag not in {"iframe", "object", "embed", "form", "base"}
    policies = [
        one.attributes["content"] for one in tree.all("meta") if "http-equiv" in one.attributes
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none';")
    scripts = [one for one in tree.all("script") if "type" not in one.attributes]
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policies[0]
    ids = [node.attributes["id"] for node in tree.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in tree.all():
        for name in ("aria-labelledby", "aria-describedby", "data-of"):
            assert node.attributes.get(name, ids[0]) in ids
        link = node.attributes.get("href", "")
        if link.startswith("#"):
            assert link[1:] in ids, link
    assert len(list(tree.all("h1"))) == len(list(tree.all("main"))) == 1
    assert len(list(tree.all("header"))) == 1
    levels = [int(node.tag[1]) for node in tree.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    body = next(tree.all("body"))
    first = next(node for node in body.all() if node.tag in {"a", "button", "input"})
    assert first.attributes["class"] == "skip"
    for table in tree.all("table"):
        assert next(table.all("caption")).text.strip()
        assert all(cell.attributes["scope"] in {"col", "row"} for cell in table.all("th"))
        rows = next(table.all("tbody")).children
        assert all(isinstance(row, Node) and next(row.all("th"), None) for row in rows)
    for picture in tree.all("svg"):
        assert picture.attributes["role"] == "img"
        assert len(picture.attributes["aria-label"]) > 10
    for button in tree.all("button"):
        assert (button.attributes.get("aria-label") or button.text).strip()
    return tree


def data_of(tree: Node) -> Any:
    return json.loads(tree.by_id("data").text)
