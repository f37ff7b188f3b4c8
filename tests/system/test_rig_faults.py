"""Faults of the rig file, imperfect hardware, and programs that die: what another finds then."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from nidaqmx.constants import AcquisitionType
from nidaqmx.errors import DaqError, RpcError
from nidaqmx.stream_writers import AnalogMultiChannelWriter
from rig_tools import INPUT, OUTPUTS, TRIGGER, Client, served, settled_volts

from hgecircuit.run.rigs.config_virtual import RigNoiseSpec
from hgecircuit.run.rigs.virtual.noise import RigNoise

RATE_HZ = 1e4


def measure(client: Client, drive_v: np.ndarray, rate_hz: float = RATE_HZ) -> np.ndarray:
    """The input's samples while the electrodes get ``drive_v``, shape (7, samples)."""
    samples = drive_v.shape[1]
    with client.task() as outputs, client.task() as inputs:
        outputs.ao_channels.add_ao_voltage_chan(OUTPUTS)
        inputs.ai_channels.add_ai_voltage_chan(INPUT)
        for task in (outputs, inputs):
            task.timing.cfg_samp_clk_timing(rate_hz, samps_per_chan=samples)
        outputs.triggers.start_trigger.cfg_dig_edge_start_trig(TRIGGER)
        AnalogMultiChannelWriter(outputs.out_stream).write_many_sample(drive_v)
        outputs.start()
        inputs.start()
        return np.array(inputs.read(samples))


def step(samples: int = 1000, at: int = 500, volts: float = 0.3) -> np.ndarray:
    drive = np.zeros((7, samples))
    drive[0, at:] = volts
    return drive


def edge(values: np.ndarray) -> int:
    """The first sample that is more than half way from the first value to the last."""
    # the first two samples are of the time before the outputs started
    half = np.abs(values[2:] - values[2]) > np.abs(values[-1] - values[2]) / 2
    return 2 + int(np.argmax(half))


def test_latency_and_delay_shift_the_samples() -> None:
    with served() as client:
        plain = edge(measure(client, step()))
    with served(virtual__latency=7, virtual__input_delay="300 us") as client:
        late = edge(measure(client, step()))
    assert plain == 501  # the filter is one sample behind the outputs
    assert late - plain == 7 + 3


def test_the_outputs_clock_runs_away_from_the_inputs() -> None:
    slow = step(samples=10_000, at=9_000)
    with served(virtual__clock_error="-1000 ppm") as client:
        assert edge(measure(client, slow)) == 9001 + 9  # 9000 samples last 9 samples longer
    with served(virtual__clock_error="1000 ppm") as client:
        assert edge(measure(client, slow)) == 9001 - 9


def test_a_late_trigger_delays_the_outputs_in_its_run_only() -> None:
    faults = [{"kind": "late_trigger", "run": 2, "delay": 25}]
    with served(virtual__faults=faults) as client:
        edges = []
        for _ in range(3):
            edges.append(edge(measure(client, step())))
            measure_rest(client)
    assert edges == [501, 526, 501]


def measure_rest(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan(OUTPUTS)
        task.write([0.0] * 7)


def test_a_stuck_output_keeps_its_voltage() -> None:
    fault = {"kind": "stuck_output", "channel": "cDAQ1Mod1/ao0", "at": "20 ms", "duration": "60 ms"}
    with served(virtual__faults=[fault]) as client:
        assert edge(measure(client, step())) == 801  # the step at 500 comes when it is free again
        assert client.server.rig.output_voltages()["cDAQ1Mod1/ao0"] == pytest.approx(0.3, abs=2e-4)


def test_an_overload_drives_the_input_to_the_end_of_its_range() -> None:
    fault = {"kind": "overload", "at": "10 ms", "duration": "5 ms"}
    with served(virtual__faults=[fault], current__inverted=True) as client:
        volts = measure(client, step())
    assert np.flatnonzero(np.abs(volts) > 9.99).tolist() == list(range(100, 150))
    assert volts[120] == -10.0  # inverted: the other end


@pytest.mark.parametrize("duration", ["1 s", None])
def test_a_connection_that_is_lost_in_mid_run(duration: str | None) -> None:
    fault = {"kind": "connection_lost", "run": 1, "at": "30 ms"}
    if duration:
        fault["duration"] = duration
    with served(virtual__faults=[fault]) as client:
        with pytest.raises(RpcError) as caught:
            measure(client, step())
        assert caught.value.rpc_code is grpc.StatusCode.UNAVAILABLE
        rig = client.server.rig
        assert rig.now_s >= 0.03
        assert len(rig.tasks) == 2  # nobody could clear them
        refused = 0
        while refused < 200:
            try:
                client.system().driver_version  # noqa: B018 - any request does
            except RpcError:
                refused += 1
            else:
                break
        assert (refused < 200) == (duration is not None)


def test_a_chassis_that_is_unplugged_in_mid_run_and_comes_back() -> None:
    fault = {"kind": "unplugged", "run": 1, "at": "30 ms", "duration": "15 ms"}
    with served(virtual__faults=[fault]) as client, client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(1e3, sample_mode=AcquisitionType.CONTINUOUS)
        task.start()
        for _ in range(2):
            with pytest.raises(DaqError) as caught:
                task.read(100)
            assert caught.value.error_code == -201003
        # the task has to be stopped, and each start that fails takes 10 ms of the 15 ms
        for call in (task.stop, task.start):
            with pytest.raises(DaqError) as caught:
                call()
            assert caught.value.error_code == -201003
        assert len(task.read(100)) == 100


def test_power_up_voltages_and_what_a_killed_program_leaves() -> None:
    power_up = ["0.1 V", *["0 V"] * 5, "-0.2 V"]
    with served(virtual__power_up=power_up) as client:
        with client.task() as task:
            task.ai_channels.add_ai_voltage_chan(INPUT)
            resting = task.read()
        volts = np.array([0.1, 0, 0, 0, 0, 0, -0.2])
        assert resting == pytest.approx(float(settled_volts(client, volts)), abs=1e-3)

        dying = Client(client.server)
        task = dying.task("left")
        task.ao_channels.add_ao_voltage_chan(OUTPUTS)
        task.timing.cfg_samp_clk_timing(1e4, sample_mode=AcquisitionType.CONTINUOUS)
        task.write(np.full((7, 100), -0.3), auto_start=True)
        dying.close()  # its process ends, and says nothing

        assert list(client.server.rig.output_voltages().values())[:7] == pytest.approx(
            [-0.3] * 7, abs=2e-4
        )
        with client.task() as other:
            other.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
            with pytest.raises(DaqError) as caught:
                other.write(0.0)
            assert caught.value.error_code == -50103
        left = client.task("left", "ATTACH_TO_SERVER_SESSION")
        left.close()
        with client.task() as other:
            other.ao_channels.add_ao_voltage_chan(OUTPUTS)
            other.write([0.0] * 7)
        assert not any(client.server.rig.output_voltages().values())


def test_the_same_seed_gives_the_same_noise_and_the_stated_density() -> None:
    density = 1e-4  # nA^2/Hz
    found = []
    for seed in (5, 5, 6):
        noise = {"white": f"{density} nA^2/Hz", "seed": seed}
        with served(virtual__noise=noise) as client, client.task() as task:
            task.ai_channels.add_ai_voltage_chan(INPUT)
            task.timing.cfg_samp_clk_timing(RATE_HZ, samps_per_chan=20_000)
            found.append(np.array(task.read(20_000)))
    assert np.array_equal(found[0], found[1])
    assert abs(np.corrcoef(found[0], found[2])[0, 1]) < 0.05  # 7 of 1 / sqrt(20,000)
    variance = np.var(found[0][2:])
    expected = density * 1e-18 * RATE_HZ / 2 * 33.3e6**2
    # a variance of n samples scatters by sqrt(2 / n) = 1 %: four of these
    assert variance == pytest.approx(expected, rel=0.04)


def test_flicker_noise_begins_at_zero_and_changes_as_its_law_says() -> None:
    """The law of Boon 2025, Fig. 2c alone would set the current off by tens of nA."""
    first, later = [], []
    for seed in range(8):
        noise = RigNoise(
            RigNoiseSpec.model_validate(
                {"flicker": "1e-5 nA^2/Hz", "flicker_exponent": 1.5, "seed": seed}
            )
        )
        values_a = noise(RATE_HZ, 100_001)
        first.append(values_a[0])
        later.append(values_a[10_000::10_000] - values_a[:-1:10_000])
    # within the first sample period by 0.2 nA rms, as the law says
    assert np.abs(first).max() < 1e-9
    # Var(x(t + T) - x(t)) = 4 int S sin^2(pi f T) df = 4 pi k T^0.5 for S = k f^-1.5
    expected = 4 * np.pi * 1e-23 * 1e3**1.5
    # 80 differences that hardly know of each other: their variance scatters by sqrt(2 / 80) = 16 %
    assert np.var(np.concatenate(later)) == pytest.approx(expected, rel=0.5)


def test_converters_have_the_resolution_and_range_of_the_rig_file() -> None:
    with served(
        virtual__output_bits=4, virtual__output_span="8 V", virtual__input_bits=8
    ) as client:
        with client.task() as task:
            task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0:2")
            task.write([0.3, 0.6, 9.0])
        assert list(client.server.rig.output_voltages().values())[:3] == [0.0, 1.0, 7.0]
        with client.task() as task:
            task.ai_channels.add_ai_voltage_chan(INPUT)
            value = task.read()
        assert value / (20 / 2**8) == round(value / (20 / 2**8))


def test_real_time_follows_the_wall_clock() -> None:
    with served(virtual__time="real") as client, client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(1e3, samps_per_chan=300)
        start = time.monotonic()
        values = task.read(300)
        assert len(values) == 300
        assert time.monotonic() - start >= 0.299
        task.timing.cfg_samp_clk_timing(1e3, samps_per_chan=100_000)
        task.start()
        with pytest.raises(DaqError) as caught:
            task.read(100_000, timeout=0.0)
        assert caught.value.error_code == -200284


def test_programs_in_two_threads_share_the_rig() -> None:
    with served() as client, ThreadPoolExecutor(4) as pool:

        def one(index: int) -> int:
            with client.task() as task:
                task.ao_channels.add_ao_voltage_chan(f"cDAQ1Mod1/ao{index}")
                return sum(task.write(0.01 * index) for _ in range(20))

        assert list(pool.map(one, range(4))) == [20] * 4


def test_only_this_computer_can_reach_the_server() -> None:
    """The server listens on the loopback address and on none of this computer's others."""
    found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    others = {str(info[4][0]) for info in found if not str(info[4][0]).startswith("127.0.0.1")}
    with served() as client:
        assert client.server.address.startswith("127.0.0.1:")
        # 127.0.0.2 is this computer as well, so the check never runs empty
        for address in {*others, "127.0.0.2"}:
            with socket.socket() as other:
                assert other.connect_ex((address, client.server.port)) != 0


def test_an_underflow_ends_the_generation_where_it_is() -> None:
    fault = {"kind": "underflow", "run": 2, "at": "40 ms"}
    drive = np.linspace(0, 0.5, 1000) * np.ones((7, 1))
    with served(virtual__faults=[fault]) as client:
        measure(client, drive)
        measure_rest(client)
        with client.task() as outputs, client.task() as inputs:
            outputs.ao_channels.add_ao_voltage_chan(OUTPUTS)
            inputs.ai_channels.add_ai_voltage_chan(INPUT)
            for task in (outputs, inputs):
                task.timing.cfg_samp_clk_timing(RATE_HZ, samps_per_chan=1000)
            outputs.triggers.start_trigger.cfg_dig_edge_start_trig(TRIGGER)
            outputs.write(drive)
            outputs.start()
            inputs.start()
            assert len(inputs.read(1000)) == 1000  # the input goes on
            for call in (outputs.wait_until_done, outputs.is_task_done):
                with pytest.raises(DaqError) as caught:
                    call()
                assert caught.value.error_code == -200290
            assert outputs.out_stream.total_samp_per_chan_generated == 401
            with pytest.raises(DaqError) as caught:
                outputs.stop()
            assert caught.value.error_code == -200290
        held = list(client.server.rig.output_voltages().values())[:7]
        assert held == pytest.approx([drive[0, 400]] * 7, abs=21 / 2**17)


def test_a_resistor_and_a_wire_in_the_devices_place() -> None:
    drive = np.zeros((7, 400))
    drive[2] = 0.4 * np.sin(2 * np.pi * np.arange(400) / 80)
    ohm = 50e6
    with served(
        virtual__wiring="resistor", virtual__resistor="50 Mohm", virtual__electrode=2
    ) as client:
        through = measure(client, drive)
    with served(virtual__wiring="loopback", virtual__electrode=2) as client:
        direct = measure(client, drive)
    step_v = 21 / 2**16
    assert np.abs(direct[1:] - drive[2, :-1]).max() < step_v
    # the pole's area in an average, 1 / (4 pi), is missing from the change since the last sample
    lag = np.abs(np.diff(drive[2])).max() / (4 * np.pi)
    assert np.abs(through[1:] / 33.3e6 * ohm - drive[2, :-1]).max() < lag + 2 * step_v


def test_a_short_fault_during_a_long_wait_is_not_passed_over_in_real_time() -> None:
    for kind, error in (("connection_lost", RpcError), ("unplugged", DaqError)):
        fault = {"kind": kind, "at": "50 ms", "duration": "10 us"}
        with served(virtual__time="real", virtual__faults=[fault]) as client:
            task = client.task()
            task.ai_channels.add_ai_voltage_chan(INPUT)
            task.timing.cfg_samp_clk_timing(1e3, samps_per_chan=200)
            with pytest.raises(error):
                task.read(200)


def test_tasks_that_ran_while_nobody_noticed_the_chassis_was_unplugged_have_failed() -> None:
    fault = {"kind": "unplugged", "run": 1, "at": "5 ms", "duration": "1 ms"}
    with served(virtual__faults=[fault]) as client, client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(1e3, sample_mode=AcquisitionType.CONTINUOUS)
        task.start()
        rig = client.server.rig
        with rig.clock.lock:
            rig.clock.advance_to(rig.now_s + 0.1)
        with pytest.raises(DaqError) as caught:
            task.read(10)
        assert caught.value.error_code == -201003


def test_a_wait_ends_when_an_underflow_begins() -> None:
    fault = {"kind": "underflow", "at": "40 ms"}
    with (
        served(virtual__faults=[fault]) as client,
        client.task() as outputs,
        client.task() as inputs,
    ):
        outputs.ao_channels.add_ao_voltage_chan(OUTPUTS)
        inputs.ai_channels.add_ai_voltage_chan(INPUT)
        for task in (outputs, inputs):
            task.timing.cfg_samp_clk_timing(RATE_HZ, samps_per_chan=1000)
        outputs.triggers.start_trigger.cfg_dig_edge_start_trig(TRIGGER)
        outputs.write(np.zeros((7, 1000)))
        outputs.start()
        inputs.start()
        with pytest.raises(DaqError) as caught:
            outputs.wait_until_done()
        assert caught.value.error_code == -200290
        assert client.server.rig.now_s == pytest.approx(0.04)
        with pytest.raises(DaqError):
            outputs.stop()
