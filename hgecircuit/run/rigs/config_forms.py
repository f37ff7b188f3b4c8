"""Accepted forms of the names in a rig file."""

from __future__ import annotations

from hgecircuit.spec.forms import Text

_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
DEVICE_NAME = Text(
    _NAME, 'a device name of NI-DAQmx, such as "cDAQ1Mod1"', "not a device name of NI-DAQmx"
)
PRODUCT = Text(
    "[A-Za-z0-9][A-Za-z0-9 _-]{0,63}",
    'a product type as NI-DAQmx reports it, such as "NI 9264" or "cDAQ-9174"',
    "not a product type",
)
OUTPUT = Text(
    rf"{_NAME}/ao[0-9]{{1,3}}",
    'an output of a module, such as "cDAQ1Mod1/ao0"',
    "not an output channel",
)
INPUT = Text(
    rf"{_NAME}/ai[0-9]{{1,3}}",
    'an input of a module, such as "cDAQ1Mod2/ai0"',
    "not an input channel",
)
