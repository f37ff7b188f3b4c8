"""What a measurement on the virtual rig costs beyond the time that it samples."""

from __future__ import annotations

import time
from pathlib import Path

import grpc
import nidaqmx
import numpy as np
from nidaqmx.stream_readers import AnalogSingleChannelReader
from nidaqmx.stream_writers import AnalogMultiChannelWriter

from hgecircuit.run.rigs.config_load import load_rig_spec
from hgecircuit.run.rigs.virtual.server import RigServer

RIG = Path(__file__).parents[1] / "circuits" / "rigs" / "virtual.toml"
RUNS = 15
LIMIT_S = 0.05
RATE_HZ = 1e4
SAMPLES = 10_000
TRIGGER = "/cDAQ1/ai/StartTrigger"
# as in Boon 2025, Fig. 3d: 7 carriers 40 Hz apart
CARRIERS_HZ = 600.0 + 40 * np.arange(7)


def main() -> None:
    """Print the median time of a cycle, in event and in real time, beside its limit."""
    drive_v = 0.02 * np.sin(2 * np.pi * np.outer(CARRIERS_HZ, np.arange(SAMPLES) / RATE_HZ))
    print(f"virtual rig: 7 outputs and 1 input, {SAMPLES} samples at {RATE_HZ:g} Hz, over loopback")
    for mode, runs, sampled_s in (("event", RUNS, 0.0), ("real", 3, SAMPLES / RATE_HZ)):
        times_s = _cycles(mode, runs, drive_v)
        beyond_s = float(np.median(times_s)) - sampled_s
        print(
            f"write, start, read, stop; {mode} time: median of {runs} runs "
            f"{1e3 * beyond_s:.1f} ms beyond {sampled_s:g} s (limit {1e3 * LIMIT_S:g} ms)"
        )


def _cycles(mode: str, runs: int, drive_v: np.ndarray) -> list[float]:
    spec = load_rig_spec(RIG, overrides={"virtual.time": mode})
    times_s = []
    with RigServer(spec) as server, grpc.insecure_channel(server.address) as channel:
        options = nidaqmx.GrpcSessionOptions(channel, "")
        with (
            nidaqmx.Task(grpc_options=options) as outputs,
            nidaqmx.Task(grpc_options=options) as inputs,
        ):
            outputs.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0:6")
            inputs.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai0")
            for task in (outputs, inputs):
                task.timing.cfg_samp_clk_timing(RATE_HZ, samps_per_chan=SAMPLES)
            outputs.triggers.start_trigger.cfg_dig_edge_start_trig(TRIGGER)
            writer = AnalogMultiChannelWriter(outputs.out_stream)
            reader = AnalogSingleChannelReader(inputs.in_stream)
            values_v = np.empty(SAMPLES)
            for _ in range(runs + 1):
                begin_s = time.perf_counter()
                writer.write_many_sample(drive_v)
                outputs.start()
                inputs.start()
                reader.read_many_sample(values_v, SAMPLES)
                outputs.wait_until_done()
                outputs.stop()
                inputs.stop()
                times_s.append(time.perf_counter() - begin_s)
    return times_s[1:]


if __name__ == "__main__":
    main()
