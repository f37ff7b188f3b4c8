"""A small table of well-known op-amps: figures of their data sheets, each with where it was read.

One convention per column, all at 25 C:

* Typical: gain-bandwidth product (unity-gain bandwidth where the sheet has only that), slew rate,
  voltage and current noise at 1 kHz, noise from 0.1 to 10 Hz, open-loop gain, supply current of one
  amplifier without load.
* Maximum: offset and bias current, of the grade named. MCP6002 has a typical bias current only and
  is marked.
* Supply: the range in which the maker states operation, not the absolute maximum; for OP27E the
  range of its supply-rejection test.

Supply in the sheets: +-15 V for OP27E, OPA2134, TL072C and NE5532; the whole range for OPA277,
OPA140 and LM358B; 1.8 to 5.5 V for OPA333, OPA2320, LMP7721 and MCP6002.

Makers' own files could not be opened. Read were copies of the sheets' text, pages of the makers'
sites and of distributors, and designs and simulation models that quote the sheet by number and
revision: ``read`` says which, by cell. A cell that none of them confirms is None, that is unknown;
parts with a needed cell unknown were left out. Makers change the silicon behind a name (NE5532 has
9 V/us in revision J, 5 V/us in K; TL072 of Texas Instruments now has two dies), so check the sheet
of the grade, package and maker you buy.
"""

from __future__ import annotations

from hgecircuit.parts.filters.opamp import OpAmpPart

_QUOTED = "designs that quote the sheet"
_PARTS_LIST = "github.com/bandrews/whichpart, basicpart/content/components/"

# name, kind, GBW Hz, slew V/s, offset V, bias A, en V/rtHz, in A/rtHz, 0.1-10 Hz Vpp, gain dB,
# total supply V, supply current A, data sheet, where read
PARTS: tuple[OpAmpPart, ...] = (
    OpAmpPart(
        "OPA277", "precision bipolar", 1e6, 0.8e6, 20e-6, 1e-9, 8e-9, None, None, 134,
        (4, 36), 0.8e-3, "Texas Instruments SBOS079C (2023), grades P and U",
        {
            "*": "first page: sheetsdata.com/parts/OPA2277, SBOS079A at scribd.com 246969809",
            "gain_bandwidth_hz": "ti.com/product/OPA277, quoted in a public catalogue of parts",
            "slew_v_per_s": "ti.com/product/OPA277, quoted in a public catalogue of parts",
            "noise_v_per_rthz": _QUOTED,
        },
    ),
    OpAmpPart(
        "OP27E", "low-noise bipolar", 8e6, 2.8e6, 25e-6, 40e-9, 3e-9, 0.4e-12, 0.08e-6, 125.1,
        (8, 36), 3e-3, "Analog Devices OP27, electrical characteristics, grade A/E",
        {"*": "copy of the tables: studylib.net/doc/18056075"},
    ),
    OpAmpPart(
        "OPA333", "zero-drift CMOS", 0.35e6, 0.16e6, 10e-6, 200e-12, 55e-9, None, None, 130,
        (1.8, 5.5), 17e-6, "Texas Instruments SBOS351E (2015), section 6.6",
        {
            "*": _QUOTED,
            "offset_v": "ti.com/document-viewer/OPA2333/datasheet",
            "supply_v": "ti.com/document-viewer/OPA2333/datasheet",
        },
    ),
    OpAmpPart(
        "OPA140", "precision JFET", 11e6, 20e6, 120e-6, 10e-12, 5.1e-9, 0.8e-15, None, 126,
        (4.5, 36), 1.8e-3, "Texas Instruments SBOS498F (2023), table 6.7",
        {"*": _QUOTED, "dc_gain_db": "github.com/SeanDS/zero, components.yaml, from the sheet"},
    ),
    OpAmpPart(
        "OPA2134", "audio JFET", 8e6, 20e6, 3.5e-3, 100e-12, 8e-9, 3e-15, None, 120,
        (5, 36), 4e-3, "Texas Instruments SBOS058B (2024), tables 5.3 and 5.7",
        {"*": "copy of the tables in its Chinese edition, ZHCSOH5B"},
    ),
    OpAmpPart(
        "TL072C", "general-purpose JFET", 4e6, 16e6, 10e-3, 200e-12, 15e-9, None, None, 106,
        (6, 36), 1.4e-3, "STMicroelectronics DocID2298 Rev 8 (2014), C suffix",
        {
            "*": "copy of the tables: pdf.support/3cad4f39/st.com/TL072AC.html",
            "supply_v": _PARTS_LIST + "C6961.md",
        },
    ),
    OpAmpPart(
        "NE5532", "audio bipolar", 12e6, 5e6, 4e-3, 800e-9, 5e-9, 0.7e-12, None, 100,
        (10, 30), 3e-3, "Texas Instruments SLOS075K (2025), NE5532",
        {
            "*": _PARTS_LIST + "C7426.md",
            "dc_gain_db": "simulation model that names SLOS075K",
        },
    ),
    OpAmpPart(
        "LM358B", "general-purpose bipolar", 1.2e6, 0.5e6, 3e-3, 35e-9, 40e-9, None, 3e-6, 102.9,
        (3, 36), 0.3e-3, "Texas Instruments SLOS068AB (2024), LM358B",
        {"*": "text of the sheet: github.com/bio-colab/darwin-evolab, SLOS068AB_LM358B.pdf.txt"},
    ),
    OpAmpPart(
        "MCP6002", "general-purpose CMOS", 1e6, 0.6e6, 4.5e-3, 1e-12, 28e-9, None, None, 112,
        (1.8, 6), 100e-6, "Microchip DS20001733L (2020), tables on pages 3 and 4",
        {"*": "simulation model that names DS20001733L and the pages"},
        bias_is_typical=True,
    ),
    OpAmpPart(
        "OPA2320", "precision CMOS", 20e6, 10e6, 150e-6, 0.9e-12, 8.5e-9, 0.6e-15, 2.8e-6, 132,
        (1.8, 5.5), None, "Texas Instruments OPA320/OPA2320, specifications",
        {"*": "ti.com/document-viewer/OPA2320/datasheet/specifications.html"},
    ),
    OpAmpPart(
        "LMP7721", "electrometer CMOS", 17e6, 12.76e6, 150e-6, 20e-15, 6.5e-9, 10e-15, None, 120,
        (1.8, 5.5), 1.3e-3, "Texas Instruments SNOSAW6E (2014); slew rate: falling edge",
        {"*": "first page: ti.com/document-viewer/LMP7721/datasheet, scribd.com 290969526"},
    ),
)  # fmt: skip
