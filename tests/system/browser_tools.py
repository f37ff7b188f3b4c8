"""Pages in a headless browser that answer in JSON."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="needs a headless browser: apt install chromium"
)
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Timers run ahead of the clock, and the page is dumped when none is left.
    "--virtual-time-budget=20000",
)


def root_flags() -> list[str]:
    """Chromium's sandbox refuses to run as root."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def answers(folder: Path, body: str) -> Any:
    """Open a page whose script writes JSON into the element `answers`."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "page.html"
    page.write_text(body, encoding="utf-8")
    command = [
        BROWSER,
        *FLAGS,
        *root_flags(),
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
    ]
    found = subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    match = re.search(r'<pre id="answers"[^>]*>(.*?)</pre>', found.stdout, re.DOTALL)
    assert match, f"the page's script did not finish: {found.stderr[-2000:]}"
    data = json.loads(html.unescape(match[1]))
    assert "error" not in data, data["error"]
    return data


def played(page: str) -> str:
    """A page whose policy lets a script of the tests in beside its own."""
    found, count = re.subn(r"script-src 'sha256-[^']+'", "script-src 'unsafe-inline'", page)
    assert count == 1
    return found


def asked(steps: str) -> str:
    """A script that runs steps, then writes what they return."""
    return f"""<script>
    const errors = [];
    addEventListener("error", (event) => errors.push(event.message));
    addEventListener("load", async () => {{
      const rest = (ms) => new Promise((done) => setTimeout(done, ms));
      let found;
      try {{ found = await (async () => {{ {steps} }})(); }} catch (error) {{
        found = {{ error: String(error.stack) }};
      }}
      if (errors.length) found = {{ error: errors.join("; ") }};
      const place = document.createElement("pre");
      place.id = "answers";
      place.textContent = JSON.stringify(found);
      document.body.append(place);
    }});
    </script>"""


def framed(page: str, width: int, but: str) -> str:
    """Steps that open a page in a frame: ``frame``, its ``page``, and what is too ``wide``.

    Args:
        page: The page's text.
        width: Of the frame in pixels.
        but: Selector of what may reach beyond it, because it scrolls by itself or is not seen.
    """
    inner = json.dumps(page).replace("<", "\\u003c")
    return f"""
    const frame = document.createElement("iframe");
    frame.style.cssText = "width:{width}px;height:900px;border:0";
    frame.srcdoc = {inner};
    document.body.append(frame);
    await new Promise((done) => frame.addEventListener("load", done));
    await rest(1000);
    const page = frame.contentDocument;
    const wide = [...page.querySelectorAll("body *")]
      .filter((node) => !node.closest("{but}"))
      .filter((node) => node.getBoundingClientRect().right > {width} + 0.5)
      .map((node) => node.outerHTML.slice(0, 80));
    """
