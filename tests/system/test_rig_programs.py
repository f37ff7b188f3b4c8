"""Programs like NI's examples for nidaqmx, over gRPC: input, output, events and synchronisation."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from nidaqmx.constants import (
    READ_ALL_AVAILABLE,
    AcquisitionType,
    FillMode,
    RegenerationMode,
)
from nidaqmx.stream_readers import (
    AnalogMultiChannelReader,
    AnalogSingleChannelReader,
)
from nidaqmx.stream_writers import (
    AnalogMultiChannelWriter,
    AnalogSingleChannelWriter,
)
from rig_tools import INPUT, OUTPUTS, STEP_V, TRIGGER, Client, rest, settled_volts, sine


def test_one_value_out_and_one_in(client: Client) -> None:
    rest(client)
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao3")
        assert task.write(0.25) == 1
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        value = task.read()
        several = task.read(number_of_samples_per_channel=3)
    volts = np.array([0, 0, 0, 0.25, 0, 0, 0])
    assert value == pytest.approx(float(settled_volts(client, volts)), abs=2 * STEP_V)
    assert several == [value] * 3


def test_several_channels_at_once_and_a_list_per_channel(client: Client) -> None:
    rest(client)
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0:1")
        assert task.write([0.1, -0.1]) == 1
        assert task.write(np.array([[0.0, 0.2], [0.0, -0.2]]), auto_start=True) == 2
    volts = client.server.rig.output_voltages()
    assert volts["cDAQ1Mod1/ao0"] == pytest.approx(0.2, abs=21 / 2**17)
    assert volts["cDAQ1Mod1/ao1"] == pytest.approx(-0.2, abs=21 / 2**17)
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai0:2")
        first, second, third = task.read(number_of_samples_per_channel=2)
    assert len(first) == 2
    assert second == third == [0.0, 0.0]  # only ai0 has the device


def test_finite_acquisition_with_the_modules_own_clock(client: Client) -> None:
    rest(client)
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(
            1000.0, sample_mode=AcquisitionType.FINITE, samps_per_chan=50
        )
        values = task.read(READ_ALL_AVAILABLE)
        again = task.read(number_of_samples_per_channel=READ_ALL_AVAILABLE)
    assert len(values) == len(again) == 50
    expected = float(settled_volts(client, np.zeros(7)))
    assert values == pytest.approx([expected] * 50, abs=2 * STEP_V)


def test_continuous_acquisition_in_pieces(client: Client) -> None:
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(1000.0, sample_mode=AcquisitionType.CONTINUOUS)
        task.start()
        total = sum(len(task.read(number_of_samples_per_channel=100)) for _ in range(20))
        assert total == 2000
        assert task.in_stream.total_samp_per_chan_acquired >= 2000
        left = task.read(number_of_samples_per_channel=READ_ALL_AVAILABLE)
        assert len(left) >= 1
        assert not task.is_task_done()
        task.stop()


def test_continuous_acquisition_with_events(client: Client) -> None:
    got: list[int] = []
    enough = threading.Event()
    with client.task() as task:

        def callback(handle, kind, samples, data) -> int:
            got.append(len(task.read(number_of_samples_per_channel=samples)))
            if len(got) == 5:
                enough.set()
            return 0

        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(
            10000.0, sample_mode=AcquisitionType.CONTINUOUS, samps_per_chan=500
        )
        task.register_every_n_samples_acquired_into_buffer_event(100, callback)
        task.start()
        assert enough.wait(20)
        task.stop()
        task.register_every_n_samples_acquired_into_buffer_event(100, None)
    assert got[:5] == [100] * 5


def test_done_event(client: Client) -> None:
    done = threading.Event()
    with client.task() as task:

        def callback(handle, status, data) -> int:
            done.set()
            return status

        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=500)
        task.register_done_event(callback)
        task.write(sine(500))
        task.start()
        assert done.wait(20)
        task.stop()


def test_finite_generation(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.timing.cfg_samp_clk_timing(1000, samps_per_chan=1000)
        assert task.write([0.3 * index / 1000 for index in range(1000)], auto_start=True) == 1000
        task.wait_until_done()
        assert task.is_task_done()
        assert task.out_stream.total_samp_per_chan_generated == 1000
        task.stop()
    last = client.server.rig.output_voltages()["cDAQ1Mod1/ao0"]
    assert last == pytest.approx(0.3 * 999 / 1000, abs=21 / 2**17)


def test_continuous_generation_with_events(client: Client) -> None:
    counted = threading.Event()
    events: list[int] = []

    def callback(handle, kind, samples, data) -> int:
        events.append(samples)
        if len(events) == 3:
            counted.set()
        return 0

    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.timing.cfg_samp_clk_timing(10000.0, sample_mode=AcquisitionType.CONTINUOUS)
        task.register_every_n_samples_transferred_from_buffer_event(500, callback)
        task.write(sine(500))
        task.start()
        assert counted.wait(20)
        assert task.out_stream.total_samp_per_chan_generated >= 1500
        task.stop()
    assert events[:3] == [500] * 3


def test_generation_without_regeneration_gets_new_samples_while_it_runs(client: Client) -> None:
    rate_hz, pieces = 1000.0, 6
    values = sine(1000 * pieces, rate_hz, frequency_hz=17.0)
    with client.task() as task, client.task() as inputs:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
        task.timing.cfg_samp_clk_timing(rate_hz, sample_mode=AcquisitionType.CONTINUOUS)
        task.triggers.start_trigger.cfg_dig_edge_start_trig(TRIGGER)
        inputs.ai_channels.add_ai_voltage_chan(INPUT)
        inputs.timing.cfg_samp_clk_timing(
            rate_hz, sample_mode=AcquisitionType.CONTINUOUS, samps_per_chan=100_000
        )
        task.write(values[:1000])
        task.start()
        inputs.start()
        for piece in range(1, pieces):
            task.write(values[1000 * piece : 1000 * (piece + 1)])
        volts = np.array(inputs.read(number_of_samples_per_channel=5000))
        task.stop()
    rows = np.zeros((5000, 7))
    rows[1:, 0] = values[:4999]
    expected = settled_volts(client, rows)
    # The first sample is of the time before; afterwards the filter is one sample behind.
    assert np.abs(volts[1:] - expected[1:]).max() < 2 * STEP_V + 1e-2 * np.ptp(expected)


def test_input_and_output_synchronised_by_the_start_trigger(client: Client) -> None:
    samples = 2000
    drive = np.stack([sine(samples, frequency_hz=100.0 + 20 * index) for index in range(7)])
    drive[:, 0] = 0.0
    with client.task("ao") as outputs, client.task("ai") as inputs:
        outputs.ao_channels.add_ao_voltage_chan(OUTPUTS, min_val=-0.5, max_val=0.5)
        inputs.ai_channels.add_ai_voltage_chan(INPUT)
        for task in (outputs, inputs):
            task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=samples)
        outputs.triggers.start_trigger.cfg_dig_edge_start_trig("ai/StartTrigger")
        AnalogMultiChannelWriter(outputs.out_stream).write_many_sample(drive)
        outputs.start()
        inputs.start()
        volts = np.zeros(samples)
        read = AnalogSingleChannelReader(inputs.in_stream).read_many_sample(volts, samples)
        outputs.wait_until_done()
        assert read == samples
    expected = settled_volts(client, drive.T)
    # A pole at 20 kHz leaves exp(-2 pi 2) = 3e-6 of a step after a sample, but its area, 1/(4 pi),
    # is in the filter's average: 8 % of the difference of neighbouring samples.
    change = np.abs(np.diff(expected)).max()
    assert np.abs(volts[1:] - expected[:-1]).max() < 0.08 * change + 2 * STEP_V
    assert np.abs(volts[1:] - expected[1:]).max() > 0.5 * change


def test_streams_by_scan_and_by_sample(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        AnalogSingleChannelWriter(task.out_stream).write_one_sample(0.1)
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai0:1")
        task.timing.cfg_samp_clk_timing(1000.0, samps_per_chan=10)
        by_channel = np.zeros((2, 10))
        AnalogMultiChannelReader(task.in_stream).read_many_sample(by_channel, 10)
        by_scan = np.zeros(20)
        task._interpreter.read_analog_f64(
            task._handle, 10, 10.0, FillMode.GROUP_BY_SCAN_NUMBER.value, by_scan
        )
    # The filter's first sample is an average of the time before the start, the second has the
    # converter's answer to the step.
    step_v = 20 / 2**24
    assert np.abs(by_scan.reshape(10, 2).T - by_channel)[:, 2:].max() <= step_v
    assert np.abs(by_channel[0]).min() > 1000 * step_v
    assert np.all(by_channel[1] == 0)


def test_events_come_at_the_wall_clocks_pace(client: Client) -> None:
    """Each is read at once, which must not let the time run ahead."""
    times_s: list[float] = []
    enough = threading.Event()
    with client.task() as task:

        def callback(handle, kind, samples, data) -> int:
            task.read(number_of_samples_per_channel=samples)
            times_s.append(time.monotonic())
            if len(times_s) == 20:
                enough.set()
            return 0

        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(1000.0, sample_mode=AcquisitionType.CONTINUOUS)
        task.register_every_n_samples_acquired_into_buffer_event(100, callback)
        begun_s = time.monotonic()
        task.start()
        assert enough.wait(20)
        task.stop()
        task.register_every_n_samples_acquired_into_buffer_event(100, None)
    assert times_s[19] - begun_s > 1.9
