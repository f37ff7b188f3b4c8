"""A small table of well-known op-amps, with figures from their data sheets.

Typical: gain-bandwidth product, slew rate, noise, open-loop gain. Maximum at 25 C: offset and bias
current (a typical bias current is marked). Check the data sheet of the grade and package you buy.

Not every cell was read from the sheet that its row names: OP07C, OPA2134 and NE5532, most supply
ranges and single cells of other rows are the usual figures of these parts, still to be checked.
"""

from __future__ import annotations

from hgecircuit.parts.filters.opamp import OpAmpPart

# name, kind, GBW Hz, slew V/s, offset V, bias A, en V/rtHz, in A/rtHz, 0.1-10 Hz Vpp, gain dB,
# total supply V, data sheet
PARTS: tuple[OpAmpPart, ...] = (
    OpAmpPart(
        "OPA277", "precision bipolar", 1e6, 0.8e6, 20e-6, 1e-9, 8e-9, 0.2e-12, 0.22e-6, 134,
        (4, 36), "Texas Instruments SBOS079C, OPA277P/U",
    ),
    OpAmpPart(
        "OP07C", "precision bipolar", 0.6e6, 0.3e6, 150e-6, 7e-9, 9.8e-9, 0.13e-12, 0.38e-6, 112,
        (6, 36), "Texas Instruments SLOS099G",
    ),
    OpAmpPart(
        "OP27E", "low-noise bipolar", 8e6, 2.8e6, 25e-6, 40e-9, 3e-9, 0.4e-12, 0.08e-6, 125,
        (8, 36), "Analog Devices OP27 Rev. C, grade E",
    ),
    OpAmpPart(
        "AD8628", "zero-drift CMOS", 2.5e6, 1e6, 5e-6, 100e-12, 22e-9, 5e-15, 0.5e-6, 145,
        (2.7, 5), "Analog Devices AD8628/AD8629/AD8630",
    ),
    OpAmpPart(
        "OPA333", "zero-drift CMOS", 0.35e6, 0.16e6, 10e-6, 200e-12, 55e-9, 100e-15, 1.1e-6, 130,
        (1.8, 5.5), "Texas Instruments SBOS351E",
    ),
    OpAmpPart(
        "OPA140", "precision JFET", 11e6, 20e6, 120e-6, 10e-12, 5.1e-9, 0.8e-15, 0.25e-6, 126,
        (4.5, 36), "Texas Instruments SBOS498F",
    ),
    OpAmpPart(
        "OPA2134", "audio JFET", 8e6, 20e6, 2e-3, 100e-12, 8e-9, 3e-15, None, 120,
        (5, 36), "Texas Instruments SBOS058",
    ),
    OpAmpPart(
        "TL072C", "general-purpose JFET", 3e6, 13e6, 10e-3, 200e-12, 18e-9, 10e-15, None, 106,
        (10, 30), "Texas Instruments SLOS080D, C suffix",
    ),
    OpAmpPart(
        "NE5532", "audio bipolar", 10e6, 9e6, 4e-3, 800e-9, 5e-9, 0.7e-12, None, 100,
        (10, 30), "Texas Instruments SLOS075J",
    ),
    OpAmpPart(
        "OPA1612", "audio bipolar", 40e6, 27e6, 500e-6, 250e-9, 1.1e-9, 1.7e-12, None, 130,
        (4.5, 36), "Texas Instruments SBOS450C",
    ),
    OpAmpPart(
        "LM358", "general-purpose bipolar", 0.7e6, 0.3e6, 7e-3, 250e-9, 40e-9, None, None, 100,
        (3, 32), "Texas Instruments SLOS068V, no suffix",
    ),
    OpAmpPart(
        "MCP6002", "general-purpose CMOS", 1e6, 0.6e6, 4.5e-3, 1e-12, 28e-9, 0.6e-15, 6.1e-6, 112,
        (1.8, 6), "Microchip DS21733J", bias_is_typical=True,
    ),
    OpAmpPart(
        "LMC6482AI", "general-purpose CMOS", 1.5e6, 1.3e6, 0.75e-3, 4e-12, 37e-9, 30e-15, None, 130,
        (3, 15.5), "Texas Instruments SNOS674G, grade AI",
    ),
    OpAmpPart(
        "LMP7721", "electrometer CMOS", 17e6, 10.4e6, 150e-6, 20e-15, 6.5e-9, 10e-15, None, 120,
        (1.8, 5.5), "Texas Instruments SNOSAW6E",
    ),
    OpAmpPart(
        "ADA4530-1", "electrometer CMOS", 2e6, 1.4e6, 50e-6, 20e-15, 14e-9, 0.07e-15, 4e-6, 143,
        (4.5, 16), "Analog Devices ADA4530-1 Rev. B",
    ),
)  # fmt: skip
