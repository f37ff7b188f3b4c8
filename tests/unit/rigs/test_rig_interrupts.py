"""Signals while a rig is open: none is lost, and none cuts anything off."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hgecircuit.run.rigs.config_load import load_rig_spec
from hgecircuit.run.rigs.interrupts import Interrupts, StoppedError
from hgecircuit.run.rigs.opening import DryRig, open_apparatus

RIG = Path(__file__).parents[3] / "circuits" / "rigs" / "virtual.toml"
CODES = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


def opened(work: Callable[[int], None], number: int) -> None:
    """Do something with a rig open."""
    spec = load_rig_spec(RIG)
    with open_apparatus(spec, DryRig(spec)):
        work(number)


@pytest.mark.parametrize(("number", "code"), CODES)
def test_a_signal_is_noted_and_told_when_asked(number: int, code: int) -> None:
    with Interrupts() as interrupts:
        interrupts.check()
        os.kill(os.getpid(), number)
        with pytest.raises(StoppedError, match="the outputs are at 0 V") as caught:
            interrupts.check("all of it")
    assert caught.value.exit_code == code


def test_a_signal_behind_the_last_run_is_not_lost() -> None:
    done = []

    def work(number: int) -> None:
        os.kill(os.getpid(), number)
        done.append("the rest")

    with pytest.raises(StoppedError):
        opened(work, signal.SIGTERM)
    assert done == ["the rest"]


def test_an_error_says_more_than_a_signal() -> None:

    def fail(number: int) -> None:
        os.kill(os.getpid(), number)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        opened(fail, signal.SIGINT)


def test_what_is_ignored_stays_ignored() -> None:
    """As under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            os.kill(os.getpid(), signal.SIGHUP)
            interrupts.check()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number, _ in CODES]
    with Interrupts():
        assert [signal.getsignal(number) for number, _ in CODES] != before
    assert [signal.getsignal(number) for number, _ in CODES] == before
