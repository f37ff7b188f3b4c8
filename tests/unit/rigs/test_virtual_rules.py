"""Names, rates, time and faults of the virtual rig, without gRPC."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nidaqmx.utils import flatten_channel_string, unflatten_channel_string

from hgecircuit.run.rigs.config_virtual import FaultSpec
from hgecircuit.run.rigs.products import MODULES
from hgecircuit.run.rigs.virtual import clock as clock_module
from hgecircuit.run.rigs.virtual.clock import Clock, ClosedError
from hgecircuit.run.rigs.virtual.errors import MESSAGES, DriverError, describe
from hgecircuit.run.rigs.virtual.faults import Faults
from hgecircuit.run.rigs.virtual.names import split_names, virtual_names
from hgecircuit.run.rigs.virtual.rates import coerced_rate_hz
from hgecircuit.run.rigs.virtual.wirings import Resistor


@given(st.lists(st.integers(0, 40).map(lambda index: f"Mod1/ao{index}"), min_size=1, max_size=8))
def test_names_are_split_as_nidaqmx_does(names: list[str]) -> None:
    text = flatten_channel_string(names)
    assert split_names(text) == unflatten_channel_string(text) == names


@pytest.mark.parametrize(
    "text", ["a0:2", "a2:0", "a08:11", "x/a1, y/b3:4", " a1 ,a2 ", "", "Mod1/ao0:Mod1/ao2"]
)
def test_single_lists(text: str) -> None:
    assert split_names(text) == unflatten_channel_string(text)


@pytest.mark.parametrize("text", ["a:2", "a1:", "a1:b2", "a0:100000"])
def test_ranges_that_make_no_sense(text: str) -> None:
    with pytest.raises(DriverError) as caught:
        split_names(text)
    assert caught.value.code == -200086


def test_names_of_virtual_channels() -> None:
    physical = ["Mod1/ao0", "Mod1/ao1"]
    assert virtual_names("", physical) == physical
    assert virtual_names("gate", physical) == ["gate0", "gate1"]
    assert virtual_names("left, right, spare", physical) == ["left", "right"]
    assert virtual_names("gate", physical[:1]) == ["gate"]


@pytest.mark.parametrize(
    ("product", "wanted_hz", "made_hz"),
    [
        ("NI 9264", 10e3, 10e3),
        ("NI 9264", 44.1e3, 80e6 / 1814),
        ("NI 9202", 10e3, 10e3),
        ("NI 9202", 1000.0, 1000.0),
        ("NI 9202", 3000.0, 10e3 / 3),
        ("NI 9202", 5001.0, 10e3),
    ],
)
def test_rates(product: str, wanted_hz: float, made_hz: float) -> None:
    assert coerced_rate_hz(MODULES[product], wanted_hz) == pytest.approx(made_hz, rel=1e-12)


@given(st.floats(1.0, 10e3))
def test_rates_are_never_made_slower_and_stay_as_they_are(rate_hz: float) -> None:
    for product in MODULES.values():
        made_hz = coerced_rate_hz(product, rate_hz)
        assert made_hz >= rate_hz * (1 - 1e-9)
        assert coerced_rate_hz(product, made_hz) == pytest.approx(made_hz, rel=1e-12)


def always() -> bool:
    return True


def test_event_time_jumps_to_what_is_due_or_to_the_timeout() -> None:
    clock = Clock(real=False)
    start = time.monotonic()
    with clock.lock:
        assert clock.wait_for(lambda: 100.0, -1, always)
        assert clock.now_s == 100.0
        assert not clock.wait_for(lambda: 200.0, 50.0, always)
        assert clock.now_s == 150.0
        assert clock.wait_for(lambda: 10.0, 0.0, always)
    assert time.monotonic() - start < 5


def test_event_time_lets_another_thread_send_the_trigger_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(real=False)
    monkeypatch.setattr(clock_module, "GRACE_S", 60.0)  # a busy computer is slow to start threads
    due: list[float | None] = [None]

    def send() -> None:
        with clock.lock:
            due[0] = 3.0
            clock.changed()

    with clock.lock:
        threading.Timer(0.02, send).start()
        assert clock.wait_for(lambda: due[0], 10.0, always)
        assert clock.now_s == 3.0
        monkeypatch.undo()
        due[0] = None
        assert not clock.wait_for(lambda: due[0], 10.0, always)
        assert clock.now_s == 13.0


def test_real_time_waits() -> None:
    clock = Clock(real=True)
    with clock.lock:
        begin = time.monotonic()
        assert clock.wait_for(lambda: clock.now_s and 0.1, -1, always)
        assert not clock.wait_for(lambda: 99.0, 0.05, always)
        assert time.monotonic() - begin >= 0.14


def test_waits_end_with_the_server_and_with_the_caller() -> None:
    clock = Clock(real=False)
    with clock.lock, pytest.raises(ClosedError):
        clock.wait_for(lambda: None, -1, lambda: False)
    threading.Timer(0.05, clock.close).start()
    with clock.lock, pytest.raises(ClosedError):
        clock.wait_for(lambda: None, -1, always)


def test_faults_know_their_run_and_time() -> None:
    overload = FaultSpec.model_validate({"kind": "overload", "run": 2, "at": "1 s"})
    late = FaultSpec.model_validate({"kind": "late_trigger", "delay": 4})
    short = FaultSpec.model_validate({"kind": "unplugged", "at": "2 s", "duration": "1 s"})
    faults = Faults((overload, late, short))
    assert faults.begin_run(10.0) != []
    assert faults.late_samples() == 4
    assert not faults.active("overload", 11.5)
    assert faults.next_start_s("unplugged", 10.0) == 12.0
    assert [faults.active("unplugged", t) for t in (11.9, 12.0, 12.9, 13.0)] == [
        False,
        True,
        True,
        False,
    ]
    faults.begin_run(20.0)
    mask = faults.mask("overload", np.array([20.9, 21.0, 1e6]))
    assert mask.tolist() == [False, True, True]


def test_every_error_has_words_of_its_own() -> None:
    texts = [describe(error.value) for error in MESSAGES]
    assert len(set(texts)) == len(texts)
    assert describe(0) == ""
    assert "-1234567" in describe(-1234567)


def test_a_resistor_as_a_device() -> None:
    resistor = Resistor(3, 1, 2e6)
    volts = np.array([[1.0, 0.5, 9.0], [0.0, -1.0, 0.0]])
    assert resistor.current_a(volts).tolist() == [0.25e-6, -0.5e-6]
    assert resistor.gradient_a_per_v(volts).tolist() == [[0, 0.5e-6, 0]] * 2
    assert "e0 e1 e2 out" in resistor.subcircuit().write()
