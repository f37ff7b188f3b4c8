"""What all HTML pages share: one file each, styles and scripts inside, no network.

``base.css`` has the colours, light and dark, and everything that pages have in common;
``theme.js`` the button between light and dark; ``words.js`` numbers as text; ``ticks.js`` round
steps of an axis. A page brings its body, its own styles and scripts, and its data.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

__all__ = ["SHARED_SCRIPTS", "build_page", "read_resource", "shared_script"]

#: Scripts that several pages use.
SHARED_SCRIPTS = ("words.js", "ticks.js", "theme.js")

_PLACE = re.compile(r"/\*([A-Z]+)\*/")


def build_page(
    *,
    title: str,
    kind: str,
    body: str,
    styles: Sequence[str],
    scripts: Sequence[str],
    data: Any,
) -> str:
    """A page as one HTML text.

    Its policy forbids every request, and every script but this one: text that got past an escape
    would still be dead.

    Args:
        title: Of the window, as plain text.
        kind: One word for what the page is, kept in its head.
        body: HTML of the body.
        styles: Texts of style sheets, behind the common one.
        scripts: Texts of scripts, in the order in which they run.
        data: Plain data for the scripts, as JSON in the element ``data``.
    """
    script = "\n" + "\n".join(scripts) + "\n"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    parts = {
        "POLICY": f"'sha256-{digest}'",
        "KIND": html.escape(kind),
        "TITLE": html.escape(title),
        "STYLES": "\n".join([read_resource(__name__, "base.css"), *styles]),
        "BODY": body,
        # "<" could end the script element that holds the data.
        "DATA": json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
        "SCRIPTS": script,
    }
    # In one pass, so that nothing inside a part is taken for a place.
    return _PLACE.sub(lambda found: parts[found[1]], read_resource(__name__, "shell.html"))


def read_resource(package: str, name: str) -> str:
    """The text of a file beside a package's modules."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def shared_script(name: str) -> str:
    """One of the scripts that several pages use."""
    return read_resource(__name__, name)
