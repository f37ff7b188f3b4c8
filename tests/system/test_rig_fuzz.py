"""Requests of any content, in any order: an answer or an error of the driver, and it goes on."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import grpc
import pytest
from nidaqmx._stubs import nidaqmx_pb2 as pb
from nidaqmx.constants import AcquisitionType
from nidaqmx.errors import DaqError
from rig_tools import INPUT, OUTPUTS, Client, served

from hgecircuit.run.rigs.virtual.attributes_rpc import KINDS
from hgecircuit.run.rigs.virtual.procedures import PROCEDURES

TEXTS = [
    "",
    "a",
    "b",
    "nobody",
    "cDAQ1",
    "cDAQ1Mod1",
    INPUT,
    OUTPUTS,
    "cDAQ1Mod1/ao3:1",
    "x:y",
    ",",
]
TEXTS += ["/cDAQ1/ai/StartTrigger", "OnboardClock", "\u00fc" * 9, "ai/StartTrigger", "0:9"]
NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 10, 100, -1, -2, 2**31 - 1, -(2**31), 10106, 10348, 10280, 10178]
NUMBERS += [10123, 10230, 10150, 10388, 10097, 10425, 0x31E8]
DOUBLES = [0.0, 1.0, -1.0, 0.5, 10.0, 11.0, 1e3, 1e4, 1e9, 1e-9, float("nan"), float("inf")]
SUPPORTED = sorted({number for kind in KINDS for number in kind.family.table})
WAITS = [0.0, 0.01, 1.0, float("nan")]


def attribute(name: str, draw: random.Random) -> int:
    """Mostly a supported one, or one that the procedure's own enumeration has."""
    if draw.random() < 0.6:
        return draw.choice(SUPPORTED)
    fields = pb.DESCRIPTOR.services_by_name["NiDAQmx"].methods_by_name[name].input_type.fields
    enum = next(field.enum_type for field in fields if field.name == "attribute")
    return draw.choice([*enum.values_by_number, draw.choice(NUMBERS)])


def request(name: str, draw: random.Random) -> Any:
    message = getattr(pb, f"{name}Request")()
    for field in message.DESCRIPTOR.fields:
        if field.enum_type is not None or draw.random() < 0.05:
            continue
        if field.name == "task":
            message.task.name = draw.choice(["a", "b", "c", "nobody"])
        elif field.name == "attribute_raw":
            message.attribute_raw = attribute(name, draw)
        elif field.name in ("timeout", "time_to_wait"):
            setattr(message, field.name, draw.choice(WAITS))
        elif field.name == "write_array":
            _fill(message, field, draw)
        elif field.name == "waveforms":
            for _ in range(draw.choice([0, 1, 7])):
                message.waveforms.add(y_data=draw.choices(DOUBLES[:5], k=draw.choice([0, 1, 10])))
        elif field.type == field.TYPE_STRING:
            setattr(message, field.name, draw.choice(TEXTS))
        elif field.type == field.TYPE_BOOL:
            setattr(message, field.name, draw.random() < 0.5)
        elif field.type == field.TYPE_DOUBLE and field.name == "value":
            _set(message, field.name, draw.choice(DOUBLES))
        elif field.type == field.TYPE_DOUBLE:
            setattr(message, field.name, draw.choice(DOUBLES))
        elif field.message_type is None:
            _set(message, field.name, draw.choice(NUMBERS))
    return message


def _fill(message: Any, field: Any, draw: random.Random) -> None:
    """Samples to write: volts, codes, or codes as bytes."""
    count = draw.choice([0, 1, 7, 70])
    if field.type == field.TYPE_BYTES:
        message.write_array = draw.randbytes(draw.choice([count, 2 * count]))
    elif field.type == field.TYPE_DOUBLE:
        message.write_array.extend(draw.choices(DOUBLES[:5], k=count))
    else:
        message.write_array.extend(draw.choices(NUMBERS, k=count))


def _set(message: Any, name: str, value: Any) -> None:
    # what is not of the field's type can't be sent
    with suppress(ValueError, TypeError, AttributeError):
        setattr(message, name, value)


@pytest.mark.parametrize("seed", range(3))
def test_any_requests(seed: int, capfd: pytest.CaptureFixture[str]) -> None:
    draw = random.Random(seed)
    names = list(PROCEDURES)
    usual = [name for name in names if "Attribute" not in name]
    codes: dict[str, int] = {}
    with served() as client:
        for _ in range(600):
            name = draw.choice(usual if draw.random() < 0.7 else names)
            if not draw.randrange(8):
                _renew(client, draw)
            call = client.channel.unary_unary(
                f"/nidaqmx_grpc.NiDAQmx/{name}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=getattr(pb, f"{name}Response").FromString,
            )
            answer = call.future(request(name, draw), timeout=60)
            code = "0" if answer.code() is grpc.StatusCode.OK else _error_code(answer)
            assert code is not None, (name, answer)
            codes[code] = codes.get(code, 0) + 1
        assert len(client.system().devices) == 3
    assert codes["0"] > 60
    assert len(codes) > 10
    assert capfd.readouterr().err == ""


def _error_code(answer: Any) -> str | None:
    """The driver's code in an answer of NI's form; None in another."""
    if answer.code() is not grpc.StatusCode.UNKNOWN:
        return None
    return dict(answer.trailing_metadata()).get("ni-error")


def _renew(client: Client, draw: random.Random) -> None:
    """A task that can do something; whatever the one of that name was."""
    name = draw.choice("abc")
    client.task(name).close()
    task = client.task(name)
    if name == "a":
        task.ao_channels.add_ao_voltage_chan(OUTPUTS)
    else:
        task.ai_channels.add_ai_voltage_chan(INPUT if name == "b" else "cDAQ1Mod2/ai0:3")
    if draw.random() < 0.7:
        mode = draw.choice([AcquisitionType.FINITE, AcquisitionType.CONTINUOUS])
        task.timing.cfg_samp_clk_timing(1e3, sample_mode=mode, samps_per_chan=10)
        with suppress(DaqError):  # another task may have the module
            if name == "a":
                task.write([[0.1] * 10] * 7, auto_start=draw.random() < 0.5)
            else:
                task.start()
