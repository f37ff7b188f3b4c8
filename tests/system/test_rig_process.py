"""`hgecircuit rig serve` as a process of its own: it serves, and ends in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import nidaqmx
import pytest
from click.testing import CliRunner
from rig_tools import INPUT, OUTPUTS, RIG, ROOT, rig_spec

from hgecircuit.cli import main
from hgecircuit.run.rigs.virtual.server import RigServer

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
SERVE = [sys.executable, "-m", "hgecircuit.cli", "rig", "serve", "--config", str(RIG)]
# A program that leaves outputs and sessions behind: it is killed while they run.
DOOMED = """
import os, sys, grpc, nidaqmx
from nidaqmx.constants import AcquisitionType
channel = grpc.insecure_channel(sys.argv[1])
task = nidaqmx.Task("doomed", grpc_options=nidaqmx.GrpcSessionOptions(channel, "doomed"))
task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0:6")
task.timing.cfg_samp_clk_timing(1e4, sample_mode=AcquisitionType.CONTINUOUS)
task.write([[0.2] * 10] * 7, auto_start=True)
os.kill(os.getpid(), 9)
"""


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and its address."""
    with subprocess.Popen(
        [*SERVE, "--port", "0", "--json", *options],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["address"]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_ends_in_order(number: int) -> None:
    with serving() as (process, address):
        with grpc.insecure_channel(address) as channel:
            options = nidaqmx.GrpcSessionOptions(channel, "")
            assert len(nidaqmx.system.System.remote(options).devices) == 3
            # a call that waits for ever must not hold the server up
            task = nidaqmx.Task(grpc_options=options)
            task.ai_channels.add_ai_voltage_chan(INPUT)
            task.timing.cfg_samp_clk_timing(1e3, samps_per_chan=10)
            task.triggers.start_trigger.cfg_dig_edge_start_trig("/cDAQ1/PFI0")
            task.start()
            waiting = channel.unary_unary(
                "/nidaqmx_grpc.NiDAQmx/WaitUntilTaskDone",
                request_serializer=lambda request: request,
            ).future(_wait_for_ever(task))
            process.send_signal(number)
            assert process.wait(timeout=20) == 0
            with pytest.raises(grpc.RpcError):
                waiting.result(timeout=20)
        assert process.stderr is not None
        assert process.stderr.read() == ""


def _wait_for_ever(task: nidaqmx.Task) -> bytes:
    from nidaqmx._stubs.nidaqmx_pb2 import WaitUntilTaskDoneRequest

    return WaitUntilTaskDoneRequest(task=task._handle, time_to_wait=-1.0).SerializeToString()


def test_a_killed_program_leaves_sessions_and_voltages() -> None:
    with RigServer(rig_spec()) as server:
        killed = subprocess.run(
            [sys.executable, "-c", DOOMED, server.address], env=ENVIRONMENT, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert list(server.rig.tasks) == ["doomed"]
        volts = list(server.rig.output_voltages().values())[:7]
        assert volts == pytest.approx([0.2] * 7, abs=2e-4)
        with grpc.insecure_channel(server.address) as channel:
            options = nidaqmx.GrpcSessionOptions(channel, "doomed")
            with nidaqmx.Task("doomed", grpc_options=options) as task:
                assert not task._close_on_exit  # attached to what the killed program left
                task.close()
            options = nidaqmx.GrpcSessionOptions(channel, "")
            with nidaqmx.Task(grpc_options=options) as task:
                task.ao_channels.add_ao_voltage_chan(OUTPUTS)
                task.write([0.0] * 7)
        assert not any(server.rig.output_voltages().values())


def test_bad_input_is_told_in_one_line_each() -> None:
    with RigServer(rig_spec()) as server:
        arguments = ["rig", "serve", "--config", str(RIG), "--port", str(server.port)]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2
        assert "--port: the port can't be served" in result.output
    result = CliRunner().invoke(main, ["rig", "serve", "--config", "missing.toml"])
    assert result.exit_code == 2
    assert "missing.toml: no such file; expected a rig file" in result.output


def test_a_rig_that_the_server_does_not_know(tmp_path: Path) -> None:
    text = RIG.read_text(encoding="utf-8")
    fewer = text.replace(', "cDAQ1Mod1/ao6"', "").replace(', "cDAQ1Mod1/ao5"', "")
    fewer = fewer.replace(', "-0.7 V", "-0.7 V"', "").replace(', "0.3 V", "0.3 V"', "")
    cases = {
        "modules[0].product: the virtual rig does not know": text.replace("NI 9264", "NI 9999"),
        "chassis.product: the virtual rig does not know": text.replace("cDAQ-9174", "cDAQ-1"),
        "virtual.device: no such device model": text.replace('"rnpu-compact"', '"other.json"'),
        "virtual.device: the device model has 7 electrodes, the rig 5": fewer,
    }
    for words, changed in cases.items():
        assert changed != text
        file = tmp_path / "rig.toml"
        file.write_text(changed, encoding="utf-8")
        result = CliRunner().invoke(main, ["rig", "serve", "--config", str(file), "--port", "0"])
        assert result.exit_code == 2, result.output
        assert f"{file}: {words}" in result.output
