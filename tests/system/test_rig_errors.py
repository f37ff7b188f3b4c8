"""What goes wrong for a program: the driver's codes, as nidaqmx raises them over gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import grpc
import nidaqmx
import numpy as np
import pytest
from nidaqmx.constants import (
    AcquisitionType,
    RegenerationMode,
    TaskMode,
    TerminalConfiguration,
    WriteRelativeTo,
)
from nidaqmx.errors import DaqError, DaqReadError, DaqWriteError, RpcError
from nidaqmx.stream_readers import AnalogSingleChannelReader
from rig_tools import INPUT, TRIGGER, Client, served


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with served() as client:
        yield client


@pytest.fixture
def output(client: Client) -> Iterator[nidaqmx.Task]:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0", min_val=-1.0, max_val=1.0)
        yield task


@pytest.fixture
def reader(client: Client) -> Iterator[nidaqmx.Task]:
    with client.task() as task:
        task.ai_channels.add_ai_voltage_chan(INPUT)
        yield task


def failure(call: Callable[[], object]) -> DaqError:
    with pytest.raises(DaqError) as caught:
        call()
    assert f"Status Code: {caught.value.error_code}" in str(caught.value)
    assert "knows no description" not in str(caught.value)
    return caught.value


def code(call: Callable[[], object]) -> int:
    return failure(call).error_code


CHANNELS = {
    "unknown device": ("cDAQ7Mod1/ao0", -200220),
    "unknown channel": ("cDAQ1Mod1/ao16", -200170),
    "another kind of channel": (INPUT, -200430),
    "no channel": ("", -200099),
    "range without end": ("cDAQ1Mod1/ao0:", -200086),
    "the same channel twice": ("cDAQ1Mod1/ao0, cDAQ1Mod1/ao0", -200489),
}


@pytest.mark.parametrize(("channels", "expected"), CHANNELS.values(), ids=CHANNELS)
def test_channels_that_do_not_exist(client: Client, channels: str, expected: int) -> None:
    with client.task() as task:
        # as a program in another language asks; nidaqmx itself looks at some lists before
        create = task._interpreter.create_ao_voltage_chan
        assert code(lambda: create(task._handle, channels, "", -1.0, 1.0, 10348, "")) == expected
        assert task.channel_names == []


def test_channels_that_do_not_go_together(output: nidaqmx.Task) -> None:
    assert code(lambda: output.ai_channels.add_ai_voltage_chan(INPUT)) == -200559
    again = output.ao_channels.add_ao_voltage_chan
    assert code(lambda: again("cDAQ1Mod1/ao0", "another_name")) == -200371
    assert code(lambda: again("cDAQ1Mod1/ao1:3", "one, two")) == -200056


def test_wiring_that_the_module_does_not_have(client: Client) -> None:
    with client.task() as task:
        add = task.ai_channels.add_ai_voltage_chan
        assert code(lambda: add(INPUT, terminal_config=TerminalConfiguration.RSE)) == -200077


def test_limits_beyond_the_module(client: Client) -> None:
    with client.task() as task:
        task.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0", min_val=-11, max_val=11)
        problem = failure(lambda: task.write(0.0))
        assert problem.error_code == -200077
        assert "Property: AO.Max" in str(problem)
        assert code(lambda: task.control(TaskMode.TASK_VERIFY)) == -200077


def test_values_out_of_the_channels_limits(client: Client, output: nidaqmx.Task) -> None:
    before = client.server.rig.output_voltages()
    assert code(lambda: output.write(1.2)) == -200561
    output.timing.cfg_samp_clk_timing(1e4, samps_per_chan=100)
    for bad in (1.0001, float("nan")):
        values = np.zeros(100)
        values[57] = bad
        problem = failure(lambda values=values: output.write(values))
        assert isinstance(problem, DaqWriteError)
        assert (problem.error_code, problem.samps_per_chan_written) == (-200561, 0)
        assert "Sample 57" in str(problem)
    assert client.server.rig.output_voltages() == before


@pytest.mark.parametrize("rate_hz", [25_001.0, 1e-3])
def test_rates_beyond_the_module(output: nidaqmx.Task, rate_hz: float) -> None:
    output.timing.cfg_samp_clk_timing(rate_hz, samps_per_chan=10)
    assert code(lambda: output.write(np.zeros(10))) == -200077


def test_settings_that_make_no_sense(output: nidaqmx.Task) -> None:
    timing = output.timing
    assert code(lambda: timing.cfg_samp_clk_timing(-1.0)) == -200077
    assert code(lambda: timing.cfg_samp_clk_timing(1e3, samps_per_chan=0)) == -200077
    mode = AcquisitionType.HW_TIMED_SINGLE_POINT
    assert code(lambda: timing.cfg_samp_clk_timing(1e3, sample_mode=mode)) == -200077
    clock = "/cDAQ1/ai/SampleClock"  # no documented source of an output's clock
    assert code(lambda: timing.cfg_samp_clk_timing(1e3, source=clock)) == -200077
    trigger = output.triggers.start_trigger.cfg_dig_edge_start_trig
    assert code(lambda: trigger("/cDAQ1/ai/NoTrigger")) == -89120


def test_two_tasks_want_the_same_hardware(client: Client, output: nidaqmx.Task) -> None:
    output.control(TaskMode.TASK_RESERVE)
    for channel, timed in (("cDAQ1Mod1/ao0", False), ("cDAQ1Mod1/ao1", True)):
        with client.task() as other:
            other.ao_channels.add_ao_voltage_chan(channel)
            if timed:
                other.timing.cfg_samp_clk_timing(1e3, samps_per_chan=2)
            problem = failure(lambda other=other: other.write([0.0, 0.0], auto_start=True))
            assert problem.error_code == -50103
            assert "Conflicting Task Name" in str(problem)
    with client.task() as other:
        other.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao1")
        other.write(0.0)
    output.control(TaskMode.TASK_UNRESERVE)
    with client.task() as other:
        other.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao0")
        other.write(0.0)


def test_an_input_module_belongs_to_one_task(client: Client, reader: nidaqmx.Task) -> None:
    reader.control(TaskMode.TASK_RESERVE)
    with client.task() as other:
        other.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai1")
        assert code(other.read) == -50103


def test_a_chassis_has_three_input_timing_engines_and_one_for_outputs() -> None:
    modules = [
        {"slot": 1, "name": "out", "product": "NI 9264"},
        *({"slot": slot, "name": f"in{slot}", "product": "NI 9202"} for slot in (2, 3, 4, 5)),
        {"slot": 6, "name": "more", "product": "NI 9263"},
    ]
    channels = [f"out/ao{index}" for index in range(7)]
    with served(
        chassis__product="cDAQ-9178",
        modules=modules,
        electrodes__channels=channels,
        current__channel="in2/ai0",
    ) as client:
        tasks = [client.task() for _ in range(6)]
        for slot, task in enumerate(tasks[:4], 2):
            task.ai_channels.add_ai_voltage_chan(f"in{slot}/ai0")
        for name, task in zip(("out", "more"), tasks[4:], strict=True):
            task.ao_channels.add_ao_voltage_chan(f"{name}/ao0")
        for task in tasks:
            task.timing.cfg_samp_clk_timing(1e3, samps_per_chan=10)
        for task in (*tasks[:3], tasks[4]):
            task.control(TaskMode.TASK_RESERVE)
        for task in (tasks[3], tasks[5]):
            assert code(lambda task=task: task.control(TaskMode.TASK_RESERVE)) == -50103
        tasks[0].control(TaskMode.TASK_UNRESERVE)
        tasks[3].control(TaskMode.TASK_RESERVE)
        with client.task() as same_module:
            same_module.ai_channels.add_ai_voltage_chan("in5/ai9")
            assert code(same_module.read) == -50103
        for task in tasks:
            task.close()


def test_states(output: nidaqmx.Task, reader: nidaqmx.Task) -> None:
    output.timing.cfg_samp_clk_timing(1e4, samps_per_chan=10)
    assert code(output.start) == -200462
    output.write(np.zeros(10))
    assert code(lambda: output.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao1")) == -200160
    output.start()
    assert code(output.start) == -200479
    assert code(lambda: output.timing.cfg_samp_clk_timing(1e3)) == -200557
    assert code(lambda: setattr(output.ao_channels[0], "ao_max", 2.0)) == -200557
    assert code(lambda: output.ao_channels.add_ao_voltage_chan("cDAQ1Mod1/ao1")) == -200479
    output.stop()
    output.stop()
    reader.in_stream.auto_start = False
    assert code(reader.read) == -200832
    reader.timing.cfg_samp_clk_timing(1e3, samps_per_chan=10)
    assert code(lambda: reader.read(10)) == -200473


def test_tasks_without_what_they_need(client: Client, output: nidaqmx.Task) -> None:
    with client.task() as empty:
        assert code(empty.start) == -200478
        assert code(lambda: empty.timing.cfg_samp_clk_timing(1e3)) == -200478
        assert (
            code(lambda: empty._interpreter.read_analog_scalar_f64(empty._handle, 1.0)) == -200460
        )
    with client.task() as two:
        two.ai_channels.add_ai_voltage_chan("cDAQ1Mod2/ai0:1")
        read = two._interpreter.read_analog_scalar_f64
        assert code(lambda: read(two._handle, 1.0)) == -200523
        write = two._interpreter.write_analog_f64
        assert code(lambda: write(two._handle, 1, True, 1.0, 0, np.zeros(2))) == -200459
    assert code(lambda: output.write(0.0, auto_start=False)) == -200846


def test_arrays_of_the_wrong_size(output: nidaqmx.Task, reader: nidaqmx.Task) -> None:
    write = output._interpreter.write_analog_f64
    output.timing.cfg_samp_clk_timing(1e4, samps_per_chan=10)
    assert code(lambda: write(output._handle, 10, False, 1.0, 0, np.zeros(9))) == -200234
    assert code(lambda: write(output._handle, 10, False, 1.0, 0, np.zeros(20))) == -200524
    reader.timing.cfg_samp_clk_timing(1e4, samps_per_chan=10)
    read = reader._interpreter.read_analog_f64
    assert code(lambda: read(reader._handle, 10, 1.0, 0, np.zeros(9))) == -200229
    assert code(lambda: read(reader._handle, -5, 1.0, 0, np.zeros(9))) == -200096


def test_read_timeout_returns_what_came_in_time(reader: nidaqmx.Task) -> None:
    reader.timing.cfg_samp_clk_timing(1e3, samps_per_chan=1000)
    reader.start()
    values = np.full(1000, np.nan)
    read = AnalogSingleChannelReader(reader.in_stream).read_many_sample
    problem = failure(lambda: read(values, 1000, timeout=0.4))
    assert isinstance(problem, DaqReadError)
    assert problem.error_code == -200284
    assert problem.samps_per_chan_read == 400
    assert np.all(np.isfinite(values[:400]))
    assert len(reader.read(600)) == 600
    problem = failure(lambda: reader.read(1))
    assert problem.error_code == -200278


def test_a_trigger_that_never_comes(output: nidaqmx.Task, reader: nidaqmx.Task) -> None:
    reader.timing.cfg_samp_clk_timing(1e3, samps_per_chan=10)
    reader.triggers.start_trigger.cfg_dig_edge_start_trig("/cDAQ1/PFI0")
    problem = failure(lambda: reader.read(10, timeout=0.5))
    assert (problem.error_code, problem.samps_per_chan_read) == (-200284, 0)
    output.timing.cfg_samp_clk_timing(1e3, samps_per_chan=10)
    output.triggers.start_trigger.cfg_dig_edge_start_trig(TRIGGER)
    output.write(np.zeros(10))
    output.start()
    assert code(lambda: output.wait_until_done(timeout=1.0)) == -200560


def test_wait_until_done_of_a_continuous_task(reader: nidaqmx.Task) -> None:
    reader.timing.cfg_samp_clk_timing(1e3, sample_mode=AcquisitionType.CONTINUOUS)
    reader.start()
    assert code(lambda: reader.wait_until_done(timeout=0.1)) == -200560


def test_samples_that_were_overwritten(reader: nidaqmx.Task) -> None:
    reader.timing.cfg_samp_clk_timing(1e3, sample_mode=AcquisitionType.CONTINUOUS)
    reader.in_stream.input_buf_size = 500
    reader.start()
    assert code(lambda: reader.wait_until_done(timeout=0.6)) == -200560
    assert code(lambda: reader.read(10)) == -200279
    assert code(lambda: reader.read(10)) == -200279  # it stays so until the task is stopped
    assert code(reader.stop) == -200279
    assert len(reader.read(10)) == 10


def test_generation_that_runs_out_of_samples(output: nidaqmx.Task) -> None:
    output.timing.cfg_samp_clk_timing(1e3, sample_mode=AcquisitionType.CONTINUOUS)
    output.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    output.write(np.full(100, 0.5))
    output.start()
    assert code(lambda: output.wait_until_done(timeout=1.0)) == -200290
    assert code(lambda: output.write(np.zeros(100))) == -200290
    assert code(output.stop) == -200290


def test_writing_more_than_fits(output: nidaqmx.Task) -> None:
    output.timing.cfg_samp_clk_timing(1e3, samps_per_chan=200)
    output.write(np.zeros(100))
    assert code(lambda: output.write(np.zeros(100))) == -200547
    output.control(TaskMode.TASK_UNRESERVE)
    output.out_stream.output_buf_size = 150
    output.write(np.zeros(100))
    problem = failure(lambda: output.write(np.zeros(100)))
    assert (problem.error_code, problem.samps_per_chan_written) == (-200292, 0)
    output.out_stream.relative_to = WriteRelativeTo.FIRST_SAMPLE
    assert output.write(np.full(100, 0.1)) == 100
    output.out_stream.relative_to = WriteRelativeTo.CURRENT_WRITE_POSITION
    output.start()
    output.wait_until_done()
    assert code(lambda: output.write(np.zeros(200))) == -200288


def test_writing_to_a_running_task_times_out(output: nidaqmx.Task) -> None:
    output.timing.cfg_samp_clk_timing(1e3, sample_mode=AcquisitionType.CONTINUOUS)
    output.out_stream.regen_mode = RegenerationMode.DONT_ALLOW_REGENERATION
    output.write(np.zeros(1000))
    output.start()
    problem = failure(lambda: output.write(np.zeros(1000), timeout=0.25))
    assert problem.error_code == -200292
    assert problem.samps_per_chan_written == pytest.approx(250, abs=1)
    assert output.write(np.zeros(700), timeout=1.0) == 700


def test_properties_that_are_not_there(output: nidaqmx.Task, client: Client) -> None:
    get = output._interpreter.get_write_attribute_uint32
    assert code(lambda: get(output._handle, 0x7FFF)) == -200233
    assert code(lambda: output.ao_channels[0].ao_gain) == -200452
    assert code(lambda: output.timing.ai_conv_rate) == -200452
    assert code(lambda: client.system().devices["cDAQ1Mod1"].pci_bus_num) == -200197
    assert code(lambda: client.system().devices["cDAQ9"].product_type) == -200220
    put = output._interpreter.set_chan_attribute_int32
    assert code(lambda: put(output._handle, "", 0x187F, 10100)) == -200197  # chan_type
    assert code(lambda: output.ao_channels["cDAQ1Mod1/ao5"].ao_max) == -200461


def test_events_that_do_not_fit(output: nidaqmx.Task, reader: nidaqmx.Task) -> None:
    def callback(*_: object) -> int:
        return 0

    acquired = output.register_every_n_samples_acquired_into_buffer_event
    assert code(lambda: acquired(10, callback)) == -200964
    transferred = reader.register_every_n_samples_transferred_from_buffer_event
    assert code(lambda: transferred(10, callback)) == -200965
    unclocked = reader.register_every_n_samples_acquired_into_buffer_event
    assert code(lambda: unclocked(10, callback)) == -200848
    reader.timing.cfg_samp_clk_timing(1e3, sample_mode=AcquisitionType.CONTINUOUS)
    reader.start()
    assert code(lambda: unclocked(10, callback)) == -200960


def test_a_task_that_was_cleared(client: Client) -> None:
    task = client.task("gone")
    same = client.task("gone")
    task.close()
    assert code(same.start) == -200088
    assert code(lambda: same.name) == -200088


def test_what_the_rig_does_not_offer_is_unimplemented(client: Client) -> None:
    with client.task() as task:
        with pytest.raises(RpcError, match="not supported") as caught:
            task.di_channels.add_di_chan("cDAQ1Mod1/port0/line0")
        assert caught.value.rpc_code is grpc.StatusCode.UNIMPLEMENTED


def test_error_strings(client: Client) -> None:
    interpreter = client.system()._interpreter
    assert "reserved" in interpreter.get_error_string(-50103)
    assert "-123456" in interpreter.get_error_string(-123456)
