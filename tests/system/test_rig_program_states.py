"""Programs for nidaqmx over gRPC: properties, states of tasks, buffers and formats of samples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import grpc
import numpy as np
import pytest
from nidaqmx.constants import (
    AcquisitionType,
    ChannelType,
    ProductCategory,
    ReadRelativeTo,
    TaskMode,
    TerminalConfiguration,
    UsageTypeAI,
)
from nidaqmx.errors import DaqError, RpcError
from nidaqmx.stream_readers import (
    AnalogUnscaledReader,
)
from nidaqmx.stream_writers import (
    AnalogUnscaledWriter,
)
from nitypes.time import convert_datetime
from nitypes.waveform import AnalogWaveform
from rig_tools import INPUT, TRIGGER, Client, rest, sine


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
