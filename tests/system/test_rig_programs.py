"""Programs like NI's examples for nidaqmx, over gRPC: they find a chassis, and it answers right."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
import numpy as np
import pytest
from nidaqmx.constants import (
    READ_ALL_AVAILABLE,
    AcquisitionType,
    ChannelType,
    FillMode,
    ProductCategory,
    ReadRelativeTo,
    RegenerationMode,
    TaskMode,
    TerminalConfiguration,
    UsageTypeAI,
)
from nidaqmx.errors import DaqError, RpcError
from nidaqmx.stream_readers import (
    AnalogMultiChannelReader,
    AnalogSingleChannelReader,
    AnalogUnscaledReader,
)
from nidaqmx.stream_writers import (
    AnalogMultiChannelWriter,
    AnalogSingleChannelWriter,
    AnalogUnscaledWriter,
)
from nitypes.time import convert_datetime
from nitypes.waveform import AnalogWaveform
from rig_tools import INPUT, OUTPUTS, TRIGGER, Client, served, settled_volts

# Half a step of the 16-bit outputs through the device's steepest slope (below 1 uA/V), and the
# input's own step: what two rigs of the same voltages may differ by.
STEP_V = 33.3e6 * 1e-6 * 10.5 / 2**16


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with served() as client:
        yield client


def sine(samples: int, rate_hz: float = 1e4, frequency_hz: float = 100.0) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * frequency_hz * np.arange(samples) / rate_hz)


def rest(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan(OUTPUTS)
        task.write([0.0] * 7)


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


def test_channel_properties(client: Client) -> None:
    with client.task() as task:
        channel = task.ai_channels.add_ai_voltage_chan(
            INPUT, name_to_assign_to_channel="current", min_val=-0.1, max_val=0.1
        )
        assert (channel.ai_min, channel.ai_max) == (-0.1, 0.1)
        channel.ai_max = 5.0
        assert channel.ai_max == 5.0
        assert channel.physical_channel.name == INPUT
        assert channel.chan_type is ChannelType.ANALOG_INPUT
        assert channel.ai_meas_type is UsageTypeAI.VOLTAGE
        assert channel.ai_term_cfg is TerminalConfiguration.DIFF
        more = task.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai1:3")
        assert (more.ai_min, more.ai_max) == (-5.0, 5.0)
        assert task.channel_names == ["current", *(f"cDAQ1Mod2/ai{n}" for n in (1, 2, 3))]
        assert task.number_of_channels == 4
        assert [device.name for device in task.devices] == ["cDAQ1Mod2"]


def test_timing_properties_tell_the_rate_that_the_hardware_makes(client: Client) -> None:
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(3000.0, samps_per_chan=100)
        assert task.timing.samp_clk_rate == pytest.approx(10000 / 3)
        assert task.timing.samp_quant_samp_mode is AcquisitionType.FINITE
        assert task.timing.samp_quant_samp_per_chan == 100
        assert task.timing.samp_clk_max_rate == 10000.0
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.timing.cfg_samp_clk_timing(10000.0)
        assert task.timing.samp_clk_rate == 10000.0
        task.timing.samp_clk_rate = 44100.0
        with pytest.raises(DaqError, match="-200077"):
            _ = task.timing.samp_clk_rate


def test_discovery(client: Client) -> None:
    system = client.system()
    assert system.driver_version.major_version >= 24
    assert system.devices.device_names == ["cDAQ1", "cDAQ1Mod1", "cDAQ1Mod2"]
    chassis, outputs, inputs = system.devices
    assert chassis.product_type == "cDAQ-9174"
    assert chassis.product_category is ProductCategory.COMPACT_DAQ_CHASSIS
    assert [module.name for module in chassis.chassis_module_devices] == ["cDAQ1Mod1", "cDAQ1Mod2"]
    assert TRIGGER in chassis.terminals
    assert outputs.product_type == "NI 9264"
    assert outputs.ao_physical_chans.channel_names[:2] == ["cDAQ1Mod1/ao0", "cDAQ1Mod1/ao1"]
    assert len(outputs.ao_physical_chans) == 16
    assert len(outputs.ai_physical_chans) == 0
    assert outputs.compact_daq_slot_num == 1
    assert outputs.compact_daq_chassis_device.name == "cDAQ1"
    assert outputs.ao_voltage_rngs == [-10.0, 10.0]
    assert inputs.product_type == "NI 9202"
    assert inputs.ai_max_single_chan_rate == 10000.0
    assert inputs.ai_physical_chans["ai0"].ai_term_cfgs == [TerminalConfiguration.DIFF]
    assert inputs.is_simulated
    assert len(system.tasks) == len(system.scales) == len(system.global_channels) == 0
    chassis.self_test_device()


def test_task_states_and_restart(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=100)
        for mode in (TaskMode.TASK_VERIFY, TaskMode.TASK_RESERVE, TaskMode.TASK_COMMIT):
            task.control(mode)
        task.write(np.full(100, 0.1))
        for _ in range(2):
            task.start()
            task.wait_until_done()
            task.stop()
        task.write(np.full(100, 0.2))
        task.start()
        task.wait_until_done()
        task.stop()
        task.control(TaskMode.TASK_UNRESERVE)
    last = client.server.rig.output_voltages()["cDAQ1Mod1/ao0"]
    assert last == pytest.approx(0.2, abs=21 / 2**17)


def test_a_stop_in_mid_generation_holds_the_voltage(client: Client) -> None:
    with client.task() as task, client.task() as clock:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.timing.cfg_samp_clk_timing(1e3, samps_per_chan=1000)
        task.write(np.arange(1000) / 1000)
        clock.ai_channels.add_ai_voltage_chan(INPUT)
        clock.timing.cfg_samp_clk_timing(1e3, samps_per_chan=250)
        task.start()
        clock.read(250)  # a quarter of a second
        task.stop()
        clock.read(250)
    held = client.server.rig.output_voltages()["cDAQ1Mod1/ao0"]
    assert held == pytest.approx(0.25, abs=1e-3)


def test_a_write_that_starts_reserves_only_until_the_stop(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=100)
        task.write(np.zeros(100), auto_start=True)
        task.wait_until_done()
        task.stop()
        with client.task() as other:
            other.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
            assert other.write(0.1) == 1
        with pytest.raises(DaqError) as caught:
            task.start()
        assert caught.value.error_code == -200462  # the buffer went with the reservation


def test_read_position(client: Client) -> None:
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(1000.0, samps_per_chan=100)
        task.start()
        task.wait_until_done()
        task.in_stream.relative_to = ReadRelativeTo.MOST_RECENT_SAMPLE
        task.in_stream.offset = -10
        assert len(task.read(number_of_samples_per_channel=10)) == 10
        assert task.in_stream.curr_read_pos == 100


def test_a_task_of_the_same_name_is_attached_to(client: Client) -> None:
    with client.task("shared") as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        with client.task("shared") as same:
            assert same.channel_names == [INPUT]
        assert task.channel_names == [INPUT]  # leaving the second has not closed it
        with pytest.raises(RpcError, match="already") as caught:
            client.task("shared", "INITIALIZE_SERVER_SESSION")
        assert caught.value.rpc_code is grpc.StatusCode.ALREADY_EXISTS
    with pytest.raises(RpcError, match="no session") as caught:
        client.task("shared", "ATTACH_TO_SERVER_SESSION")
    assert caught.value.rpc_code is grpc.StatusCode.FAILED_PRECONDITION


def test_reset_device_sets_outputs_to_zero_and_ends_tasks(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        task.write(0.5)
        task.timing.cfg_samp_clk_timing(1e4, sample_mode=AcquisitionType.CONTINUOUS)
        task.write(sine(100), auto_start=True)
        client.system().devices["cDAQ1Mod1"].reset_device()
        assert client.server.rig.output_voltages()["cDAQ1Mod1/ao0"] == 0
        assert task.is_task_done()


def test_samples_as_waveforms(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0:1")
        task.timing.cfg_samp_clk_timing(1e4, samps_per_chan=100)
        waveforms = [AnalogWaveform.from_array_1d(np.full(100, volts)) for volts in (0.1, -0.1)]
        assert task.write(waveforms, auto_start=True) == 100
        task.wait_until_done()
        task.stop()
        with pytest.raises(DaqError) as caught:
            task.write(waveforms[:1])
        assert caught.value.error_code == -200524
    volts = list(client.server.rig.output_voltages().values())
    assert volts[:2] == pytest.approx([0.1, -0.1], abs=2e-4)
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai0:1", "current, spare")
        task.timing.cfg_samp_clk_timing(1e3, samps_per_chan=50)
        current, spare = task.read_waveform(50)
        with pytest.raises(DaqError) as caught:
            task.read_waveform(51)
        assert caught.value.error_code == -200278
    assert (current.channel_name, current.units) == ("current", "Volts")
    assert current.timing.sample_interval.total_seconds() == pytest.approx(1e-3)
    start = convert_datetime(datetime, current.timing.start_time)
    assert abs(start - datetime.now(UTC)) < timedelta(hours=1)
    assert current.sample_count == 50
    assert not spare.scaled_data.any()
    assert np.abs(current.scaled_data).min() > 0


def test_samples_can_be_read_again_as_long_as_the_buffer_has_them(client: Client) -> None:
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        task.timing.cfg_samp_clk_timing(1000.0, samps_per_chan=100)
        task.start()
        first = task.read(60)
        task.in_stream.relative_to = ReadRelativeTo.FIRST_SAMPLE
        assert task.read(60) == first
        assert task.read(100)[:60] == first
        task.stop()
        task.in_stream.relative_to = ReadRelativeTo.CURRENT_READ_POSITION
        task.timing.cfg_samp_clk_timing(1000.0, sample_mode=AcquisitionType.CONTINUOUS)
        task.in_stream.input_buf_size = 50
        task.start()
        first = task.read(60)
        task.in_stream.relative_to = ReadRelativeTo.FIRST_SAMPLE
        task.in_stream.offset = 10
        assert task.read(20) == first[10:30]
        task.in_stream.offset = 9
        with pytest.raises(DaqError) as caught:
            task.read(20)
        assert caught.value.error_code == -200279
        with pytest.raises(DaqError):
            task.stop()


def test_the_converters_own_codes(client: Client) -> None:
    """Raw and unscaled samples, with the coefficients that make volts of them."""
    rest(client)
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        volts = np.array(task.read(8))
        first = task.in_stream.read(number_of_samples_per_channel=1)
        codes = task.in_stream.read(number_of_samples_per_channel=8)
        channel = task.ai_channels.all
        offset, slope, *higher = channel.ai_dev_scaling_coeff
        assert (len(first), len(codes), codes.dtype) == (1, 8, np.int32)
        assert channel.ai_raw_samp_size == 32
        assert higher == [0, 0]
        np.testing.assert_allclose(offset + slope * codes, volts, atol=1e-12)
        task.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai1:3")
        scans = task.in_stream.read(number_of_samples_per_channel=2)
        assert scans.tolist() == [codes[0], 0, 0, 0] * 2
        unscaled = np.empty((4, 3), np.int32)
        reader = AnalogUnscaledReader(task.in_stream)
        assert reader.read_int32(unscaled, 3) == 3
        assert unscaled.tolist() == [[codes[0]] * 3, *[[0] * 3] * 3]
        with pytest.raises(DaqError) as caught:
            reader.read_int16(np.empty((4, 3), np.int16), 3)
        assert caught.value.error_code == -200789  # 24 bits don't fit
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0:1", min_val=-1, max_val=1)
        per_volt = task.ao_channels.all.ao_dev_scaling_coeff[1]
        task.timing.cfg_samp_clk_timing(1000, samps_per_chan=2)
        writer = AnalogUnscaledWriter(task.out_stream, auto_start=True)
        assert writer.write_int16(np.array([[1, 1000], [2, -2000]], np.int16)) == 2
        task.wait_until_done()
        task.stop()
        outputs = client.server.rig.output_voltages()
        assert outputs["cDAQ1Mod1/ao0"] == pytest.approx(1000 / per_volt, abs=1e-12)
        assert outputs["cDAQ1Mod1/ao1"] == pytest.approx(-2000 / per_volt, abs=1e-12)
        # scan after scan
        assert task.out_stream.write(np.array([0, 5, 7, 9], np.int16)) == 2
        with pytest.raises(DaqError) as caught:
            writer.write_int16(np.array([[0, 4000], [0, 0]], np.int16))
        assert caught.value.error_code == -200561  # 1.3 V: limits hold for codes, too
    rest(client)


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
