"""SVG files as parts of a page: colours that follow the page's theme, names that don't collide."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree

from hgecircuit.report.plots.style import COLOURS, GREY, INK, PALE

# What is not drawn, or could run or load something.
_DROPPED = {"metadata", "style", "script", "foreignObject", "title", "image", "a"}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
# Two digits behind the point are a hundredth of a printer's point.
_DIGITS = re.compile(r"(\.\d\d)\d+")
_SPACES = re.compile(r"\s+")
# The colours of plots by the page's names for them (report.css).
_THEME = {
    INK: "--plot-ink",
    "#000000": "--plot-ink",
    GREY: "--plot-grey",
    PALE: "--plot-pale",
    "#ffffff": "--plot-back",
    **{colour.lower(): f"--series-{n}" for n, colour in enumerate(COLOURS) if colour != INK},
}
_COLOUR = re.compile("|".join(_THEME), re.IGNORECASE)


def inline_svg(text: str, prefix: str, label: str) -> str:
    """An SVG file as an element of an HTML page.

    Args:
        text: The file.
        prefix: Put before all its ids, so that pictures of one page don't share any.
        label: What the picture shows, for those who don't see it.

    Raises:
        xml.etree.ElementTree.ParseError: It is no XML.
    """
    root = ElementTree.fromstring(text)
    for element in root.iter():
        for child in list(element):
            if _local(str(child.tag)) in _DROPPED:
                element.remove(child)
    for element in root.iter():
        element.tag = _local(str(element.tag))
        element.text, element.tail = _bare(element.text), _bare(element.tail)
        element.attrib = _attributes(element.attrib, prefix)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": label}
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def picture_size(text: str) -> tuple[float, float]:
    """Width and height of an SVG file's view box."""
    left, top, right, bottom = map(float, ElementTree.fromstring(text).attrib["viewBox"].split())
    return right - left, bottom - top


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _bare(text: str | None) -> str | None:
    """Text without the line breaks between elements."""
    return text if text and text.strip() else None


def _attributes(given: dict[str, str], prefix: str) -> dict[str, str]:
    kept = {}
    for name, value in ((_local(name), value) for name, value in given.items()):
        if name.lower().startswith("on"):
            continue
        if name == "href":
            if not value.startswith("#"):
                continue
            value = f"#{prefix}-{value[1:]}"
        elif name == "id":
            value = f"{prefix}-{value}"
        elif name in ("style", "fill", "stroke", "clip-path", "mask", "filter"):
            value = _REFERENCE.sub(lambda found: f"url(#{prefix}-{found[1]})", value)
            value = _COLOUR.sub(lambda found: f"var({_THEME[found[0].lower()]})", value)
        if name in ("d", "points"):
            value = _SPACES.sub(" ", _DIGITS.sub(r"\1", value)).strip()
        kept[name] = value
    return kept


def escape(text: str) -> str:
    """Text as HTML shows it literally, in elements and in quoted attributes."""
    return html.escape(text, quote=True)
