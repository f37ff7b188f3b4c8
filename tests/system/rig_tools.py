"""A virtual rig in this process, and programs' way to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import nidaqmx
import numpy as np
from nidaqmx.grpc_session_options import SessionInitializationBehavior

from hgecircuit.run.rigs.config import RigSpec
from hgecircuit.run.rigs.virtual.server import RigServer

ROOT = Path(__file__).parents[2]
RIG = ROOT / "circuits" / "rigs" / "virtual.toml"
OUTPUTS = "cDAQ1Mod1/ao0:6"
INPUT = "cDAQ1Mod2/ai0"
TRIGGER = "/cDAQ1/ai/StartTrigger"
# Half a step of the 16-bit outputs through the device's steepest slope (below 1 uA/V), and the
# input's own step: what two rigs of the same voltages may differ by.
STEP_V = 33.3e6 * 1e-6 * 10.5 / 2**16
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def rig_spec(**overrides: Any) -> RigSpec:
    """The shipped rig without noise; ``virtual__time="real"`` sets ``virtual.time``."""
    text = RIG.read_text(encoding="utf-8")
    text = text[: text.index("[virtual.noise]")]
    keys = {key.replace("__", "."): value for key, value in overrides.items()}
    return RigSpec.from_text(text, RIG, overrides=keys)


class Client:
    """A program that uses a server."""

    def __init__(self, server: RigServer) -> None:
        self.server = server
        self.channel = grpc.insecure_channel(server.address, options=_UNLIMITED)

    def options(self, session: str = "", behaviour: str = "AUTO") -> nidaqmx.GrpcSessionOptions:
        return nidaqmx.GrpcSessionOptions(
            self.channel,
            session,
            initialization_behavior=SessionInitializationBehavior[behaviour],
        )

    def task(self, name: str = "", behaviour: str = "AUTO") -> nidaqmx.Task:
        return nidaqmx.Task(name, grpc_options=self.options(name, behaviour))

    def system(self) -> nidaqmx.system.System:
        return nidaqmx.system.System.remote(self.options())

    def close(self) -> None:
        self.channel.close()


@contextmanager
def served(**overrides: Any) -> Iterator[Client]:
    """A server and a program's way to it."""
    with RigServer(rig_spec(**overrides)) as server:
        client = Client(server)
        try:
            yield client
        finally:
            client.close()


def settled_volts(client: Client, voltages_v: np.ndarray) -> np.ndarray:
    """What the input must show at resting electrodes: device and converter by themselves."""
    rig = client.server.rig
    return rig.spec.volts_per_ampere * rig.bench.device.current_a(np.asarray(voltages_v))


def sine(samples: int, rate_hz: float = 1e4, frequency_hz: float = 100.0) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * frequency_hz * np.arange(samples) / rate_hz)


def rest(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan(OUTPUTS)
        task.write([0.0] * 7)
