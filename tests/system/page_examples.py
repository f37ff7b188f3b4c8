"""The examples of one page, played in order in one folder, as a reader would type them.

- ```toml with a first line `# name.toml` writes that file; ```diff changes the file that it names.
- ```console runs every line after `$ `; the lines below it must come in its answer, in this order.
- ```python runs; the lines of a ```text right behind it must come in what it prints, in this order.

A command that ends in `&` keeps running until the page is through.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
# A decimal point makes a figure; whole numbers name and count things, and must be the same.
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.\d+(?:e[-+]?\d+)?|\d+e[-+]?\d+)")
# Another simulator version or processor takes other time steps; a page shows what one of them gave.
_TOLERANCE = 0.02
# The environment that the examples run in is there already.
_MADE_BY_HAND = ("git clone", "make ")


class Page:
    """One page's examples in a folder of their own."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.text, self.folder = page.read_text(encoding="utf-8"), folder
        self.servers: list[subprocess.Popen[str]] = []
        self.played = 0
        self.environment = {**os.environ, "MPLBACKEND": "Agg", "COLUMNS": "120"}

    def play(self) -> None:
        """Run all of it; what does not do as the page says is an AssertionError."""
        try:
            printed: str | None = None
            end = 0
            for block in _BLOCK.finditer(self.text):
                language, body = block.groups()
                if language == "text" and printed is not None:
                    if not self.text[end : block.start()].strip():
                        assert missing_lines(body, printed) == [], printed
                    printed = None
                elif language == "python":
                    printed, end = self._run([sys.executable, "-c", body]), block.end()
                elif language == "console":
                    self._console(body)
                elif language == "diff":
                    self._change(body)
                elif language == "toml" and (named := re.match(r"# (\S+\.toml)\n", body)):
                    (self.folder / named[1]).write_text(body, encoding="utf-8")
        finally:
            for server in self.servers:
                server.terminate()
                server.communicate(timeout=60)

    def _console(self, body: str) -> None:
        for example in re.split(r"^\$ ", body.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
            command, _, shown = example.partition("\n")
            if command.startswith(_MADE_BY_HAND):
                continue
            words = shlex.split(command.split(" # ")[0])
            if words[0] == ".venv/bin/hgecircuit":
                words[:1] = [sys.executable, "-m", "hgecircuit.cli"]
            answer = self._serve(words[:-1]) if words[-1] == "&" else self._run(words)
            missing = missing_lines(shown, answer)
            assert missing == [], f"{command}: {missing} not in\n{answer}"

    def _run(self, words: list[str]) -> str:
        # Exit code 1 is an answer too (a verdict failed), and so is 2 where a mistake is shown.
        answer = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        assert "Traceback" not in answer.stderr, answer.stderr
        if answer.returncode not in {0, 1}:
            assert answer.returncode == 2, answer.stderr
            assert answer.stderr.strip() in self.text, answer.stderr
        self.played += 1
        return answer.stdout + answer.stderr

    def _serve(self, words: list[str]) -> str:
        server = subprocess.Popen(
            words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        self.servers.append(server)
        self.played += 1
        assert server.stdout is not None
        return server.stdout.readline()

    def _change(self, body: str) -> None:
        lines = body.splitlines()
        name = lines[0].removeprefix("--- ")
        before = "\n".join(line[1:] for line in lines[2:] if line[0] in "- ")
        after = "\n".join(line[1:] for line in lines[2:] if line[0] in "+ ")
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name}: {before!r} is there {text.count(before)} times"
        file.write_text(text.replace(before, after), encoding="utf-8")


def missing_lines(shown: str, answer: str) -> list[str]:
    """The shown lines that the answer does not have in this order; numbers within 2 %."""
    lines = iter(answer.splitlines())
    return [line for line in shown.splitlines() if line and not any(_like(line, a) for a in lines)]


def _like(shown: str, line: str) -> bool:
    """Whether a line holds what is shown, but for spaces, frames and its figures' last digits."""
    wanted, got = (" ".join(text.replace("│", " ").split()) for text in (shown, line))
    if not _NUMBER.sub("#", got).startswith(_NUMBER.sub("#", wanted)):
        return False
    pairs = zip(_NUMBER.findall(wanted), _NUMBER.findall(got), strict=False)
    return all(abs(float(a) - float(b)) <= _TOLERANCE * abs(float(a)) for a, b in pairs)
