"""The commands of docs/rig.md that need a chassis, in their order, on virtual ones."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig_client_tools import ROOT, run

from hgecircuit.run.rigs.config_load import load_rig_spec
from hgecircuit.run.rigs.virtual.server import RigServer

PAGE = ROOT / "docs" / "rig.md"
GUIDE = PAGE.read_text(encoding="utf-8").partition("## The virtual rig")[0]
BLOCKS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
# What `rig run` and `rig train` come to under the paper's noise is an answer, too.
MAY_FAIL = ("rig run", "rig train")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Circuits and rig files as the page speaks of them, with servers on ports that are free."""
    folder = tmp_path_factory.mktemp("rig-docs")
    shutil.copytree(ROOT / "circuits", folder / "circuits")
    names = ("virtual", "resistor")
    files = [folder / "circuits" / "rigs" / f"{name}.toml" for name in names]
    servers = [RigServer(load_rig_spec(file)) for file in files]
    for file, server in zip(files, servers, strict=True):
        text, found = re.subn(r"port = \d+", f"port = {server.port}", file.read_text())
        assert found == 1
        file.write_text(text)
    yield folder
    for server in servers:
        server.stop()


def test_the_guide_has_commands() -> None:
    assert len(COMMANDS) >= 8
    assert sum("rig serve" in command for command in COMMANDS) == 2


def test_every_command_in_order(folder: Path) -> None:
    for command in COMMANDS:
        words = shlex.split(command)
        assert words[0] == "hgecircuit"
        if words[2] == "serve":
            continue  # the fixture's servers stand for them, on other ports
        answer: subprocess.CompletedProcess[str] = run(folder, *words[1:])
        good = {0, 1} if " ".join(words[1:3]) in MAY_FAIL else {0}
        assert answer.returncode in good, f"{command}\n{answer.stdout}{answer.stderr}"
    result = (folder / "runs" / "xor-rig" / "result.json").read_text()
    replayed = (folder / "runs" / "xor-replayed" / "result.json").read_text()
    pick = re.compile(r'"(?:controls_V|outputs_A)": \[.*?\]', re.DOTALL)
    assert pick.findall(result) == pick.findall(replayed) != []


def test_both_rig_files_can_be_served_at_once() -> None:
    ports = {
        load_rig_spec(ROOT / "circuits" / "rigs" / f"{name}.toml").connection.port
        for name in ("virtual", "resistor")
    }
    assert len(ports) == 2
