"""A virtual rig in this process whose outputs' whole history is kept, and rig files for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from nidaqmx.stream_readers import AnalogMultiChannelReader

from hgecircuit.run.rigs.cdaq import CdaqRig
from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.journal import Journal
from hgecircuit.run.rigs.virtual.server import RigServer
from hgecircuit.run.rigs.waveforms import Pace, Perturbation, Waveform, build_waveform

ROOT = Path(__file__).parents[2]
RIG_FILE = ROOT / "circuits" / "rigs" / "virtual.toml"
LIMIT_V = 0.6
CIRCUIT = ROOT / "circuits" / "xor.toml"
# Finer output steps than a 9264's, so that what is put out is what was written.
QUIET = {"virtual.output_bits": 32, "current.gain": "20 Mohm"}


def quiet_text() -> str:
    """The shipped rig file without its noise."""
    text = RIG_FILE.read_text(encoding="utf-8")
    return text[: text.index("[virtual.noise]")]


def rig_spec(port: int = 31763, **changes: Any) -> RigSpec:
    """The shipped rig file without noise, on a port; changes by dotted key with __ for the dot."""
    overrides = {key.replace("__", "."): value for key, value in changes.items()}
    return RigSpec.from_text(
        quiet_text(), overrides={**QUIET, **overrides, "connection.port": port}
    )


@contextmanager
def served(**changes: Any) -> Iterator[tuple[RigServer, RigSpec]]:
    """A server that forgets nothing, and the rig file that leads to it."""
    with RigServer(rig_spec(**changes)) as server:
        server.rig.forget = lambda: None  # type: ignore[method-assign]
        yield server, rig_spec(server.port, **changes)


def open_rig(spec: RigSpec, folder: Path, **settings: Any) -> CdaqRig:
    """A client whose notes are kept in a folder of the test's."""
    return CdaqRig(spec, Journal(f"127.0.0.1:{spec.connection.port}", folder), **settings)


def put_out(server: RigServer, rate_hz: float = 2e4) -> np.ndarray:
    """What the electrodes had since the server began, shape (n, E), in V, at twice the rate."""
    rig = server.rig
    with rig.clock.lock:
        times_s = np.arange(int(rig.now_s * rate_hz) + 2) / rate_hz
        volts = rig.log.voltages(times_s)
    return volts[:, [rig._outputs[name.lower()] for name in rig.spec.electrodes.channels]]


def present(server: RigServer) -> np.ndarray:
    """What the electrodes have now, shape (E,), in V."""
    with server.rig.clock.lock:
        voltages = server.rig.output_voltages()
    return np.array([voltages[name] for name in server.rig.spec.electrodes.channels])


def assert_safe(server: RigServer, spec: RigSpec, rate_hz: float = 1e4) -> np.ndarray:
    """All that was ever put out keeps limits and slew; returns it."""
    volts = put_out(server, rate_hz)
    low, high = np.array(spec.electrodes.min_v), np.array(spec.electrodes.max_v)
    step_v = 21 / 2**32  # one step of the output's converter
    assert (volts >= low - step_v).all()
    assert (volts <= high + step_v).all()
    slew = abs(np.diff(volts, axis=0)) * rate_hz
    assert (slew <= np.array(spec.electrodes.slew_limit_v_per_s) + 2 * step_v * rate_hz).all()
    return volts


def write_rig_file(folder: Path, port: int, changes: Mapping[str, str] | None = None) -> Path:
    """A rig file for programs of their own; changes replace text."""
    text = quiet_text().replace("port = 31763", f"port = {port}")
    text = text.replace('gain = "33.3 Mohm"', 'gain = "20 Mohm"')
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new)
    tomllib.loads(text)
    file = folder / "rig.toml"
    file.write_text(text)
    return file


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A command of the program in a process of its own, with its notes in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "hgecircuit.cli", *words],
        env={**os.environ, "HGECIRCUIT_STATE": str(folder / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    process = start(folder, *words)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def waveform(spec: Any, seconds: float = 0.2, volts: float = 0.5) -> Waveform:
    """Electrode 0 goes up, stays, and comes back."""
    point = np.zeros((1, 7))
    point[0, 0] = volts
    limits = CdaqRig(spec).limits
    pace = Pace(1e4, 0.05)
    none = [Perturbation.none(7)]
    return build_waveform(point, none, round(seconds * 1e4), pace, limits, np.zeros(7))


def fault(kind: str, **settings: Any) -> dict[str, Any]:
    return {"virtual__faults": [{"kind": kind, **settings}]}


def half_read(rig: CdaqRig, samples: int) -> None:
    """Let the run come to its middle."""
    volts = np.empty((1, samples))
    AnalogMultiChannelReader(rig.inputs.in_stream).read_many_sample(volts, samples, 10.0)
