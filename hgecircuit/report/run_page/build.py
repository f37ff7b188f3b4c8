"""The page of a run, section by section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hgecircuit.compare.study import Study
from hgecircuit.compare.verdict import Status
from hgecircuit.compare.verification import Verification
from hgecircuit.report.plots import Plot
from hgecircuit.report.rows import verdict_row
from hgecircuit.report.run_page.overview import overview_svg
from hgecircuit.report.run_page.pictures import escape, inline_svg
from hgecircuit.report.run_page.render import (
    SIGNS,
    render_blocks,
    render_table,
    render_verdicts,
)
from hgecircuit.report.run_page.traces import Waves, make_waves, traces_table
from hgecircuit.report.run_page.words import picture_words
from hgecircuit.report.sections import build_sections
from hgecircuit.report.summary import summary_lines
from hgecircuit.report.web import SHARED_SCRIPTS, build_page, read_resource, shared_script
from hgecircuit.units import format_quantity

_SCRIPTS = ("waves_data.js", "waves_draw.js", "waves.js", "report.js")
# The page shows how it learned first, then how well it measures.
_ORDER = ("learning", "gradient", "rig", "starts", "parts", "provenance", "rerun")
_BUTTONS = (
    ("in", "Zoom in", "+"),
    ("out", "Zoom out", "−"),
    ("left", "Earlier", "←"),
    ("right", "Later", "→"),
    ("whole", "Whole run", "Whole run"),
)


class Schematic(NamedTuple):
    """A drawing of the circuit.

    Attributes:
        title: What is drawn.
        svg: The SVG file's text.
        words: What it shows, for those who don't see it.
    """

    title: str
    svg: str
    words: str


def build_run_page(
    verification: Verification,
    study: Study | None,
    data: dict[str, Any],
    plots: Mapping[str, tuple[Plot, str]],
    schematics: Sequence[Schematic] = (),
) -> str:
    """The page as one HTML text.

    Args:
        verification: What was found.
        study: Random starts, or None.
        data: The content of ``report.json``.
        plots: Plots that the run has, each with its SVG file's text, by name.
        schematics: Drawings of the circuit.
    """
    waves = make_waves(verification)

    def picture(name: str) -> str:
        return _figure(*plots[name], data) if name in plots else ""

    sections = {one.name: one for one in build_sections(verification, study, data)}
    parts = [("verdicts", "Verdicts", _verdicts(verification, study))]
    for name in (name for name in _ORDER if name in sections):
        section = sections[name]
        inner = render_blocks(section.blocks, name, picture)
        if name == "provenance":
            inner += _circuit_text(verification)
        parts.append((name, section.heading, inner))
        if name == "learning":
            parts.append(("waveforms", "Waveforms", _waveforms(verification, waves)))
        if name == "parts" and schematics:
            parts.append(("schematics", "Schematics", _schematics(schematics)))
    body = "\n".join(
        (
            '<a class="skip" href="#verdicts">Skip to the verdicts</a>',
            _header(data),
            _contents([(name, heading) for name, heading, _ in parts]),
            f"<main>{_banner(verification, data)}",
            *(_section(*part) for part in parts),
            "</main>",
            '<p id="live" class="hidden" role="status" aria-live="polite"></p>',
        )
    )
    return build_page(
        title=data["title"],
        kind="report",
        body=body,
        styles=[read_resource(__package__ or "", "report.css")],
        scripts=[
            *map(shared_script, SHARED_SCRIPTS),
            *(read_resource(__package__ or "", name) for name in _SCRIPTS),
        ],
        data={"waves": waves.to_json()},
    )


def _header(data: dict[str, Any]) -> str:
    made = data["provenance"]
    file = made["circuit"]["file"]
    words = [
        data["name"],
        *([file] if file else []),
        made["created"].replace("T", " ")[:16] + " UTC",
    ]
    return (
        f"<header><div><h1>{escape(data['title'])}</h1><p>{escape(' · '.join(words))}</p></div>"
        '<div class="actions"><button type="button" id="theme" aria-pressed="false">Dark</button>'
        "</div></header>"
    )


def _contents(parts: Sequence[tuple[str, str]]) -> str:
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading in parts)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _banner(verification: Verification, data: dict[str, Any]) -> str:
    statuses = {verdict.status for verdict in verification.verdicts}
    worst = next(
        status for status in (Status.FAIL, Status.NOT_MEASURED, Status.PASS) if status in statuses
    )
    return (
        f'<p class="banner {worst.value}"><span aria-hidden="true">{SIGNS[worst]}</span> '
        f"{escape(data['result'])}</p>"
    )


def _verdicts(verification: Verification, study: Study | None) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in summary_lines(verification, study))
    return f'<ul class="summary">{lines}</ul>' + render_verdicts(
        [verdict_row(verdict) for verdict in verification.verdicts]
    )


def _section(name: str, heading: str, inner: str) -> str:
    return (
        f'<section id="{name}" aria-labelledby="h-{name}"><h2 id="h-{name}">{heading}</h2>\n'
        f"{inner}</section>"
    )


def _figure(plot: Plot, svg: str, data: dict[str, Any]) -> str:
    numbers = picture_words(plot.name, data)
    label = f"{plot.caption} {numbers}".strip()
    return (
        f'<figure class="plot">{inline_svg(svg, plot.name, label)}'
        f"<figcaption>{escape(plot.caption)}</figcaption></figure>"
    )


def _schematics(schematics: Sequence[Schematic]) -> str:
    return "\n".join(
        f'<figure class="plot schematic">{inline_svg(one.svg, f"schematic-{n}", one.words)}'
        f"<figcaption>{escape(one.title)}</figcaption></figure>"
        for n, one in enumerate(schematics)
    )


def _waveforms(verification: Verification, waves: Waves) -> str:
    length = format_quantity(waves.stop_s - waves.start_s, "s")
    span = format_quantity(waves.span_s, "s")
    buttons = "".join(
        f'<button type="button" data-act="{act}" aria-label="{words}">{sign}</button>'
        for act, words, sign in _BUTTONS
    )
    return (
        f'<p class="lead">{waves.points:,} time points over {length}, shown as least and greatest'
        f" value of {waves.count:,} spans of {span}: no peak is lost, but the course within a span"
        " is. The whole record is in <code>waveforms.nc</code>.</p>"
        '<div id="waves" hidden>'
        f'<div class="toolbar" role="group" aria-label="View">{buttons}'
        '<button type="button" id="link" aria-label="Copy a link to this view">Copy link</button>'
        '<span class="window"></span><span class="cursor"></span></div>'
        '<div class="canvas"><canvas tabindex="0" role="application"'
        ' aria-roledescription="plot to zoom into" aria-label="Waveforms over simulated time"'
        ' aria-describedby="waves-help"></canvas></div>'
        '<p id="waves-help" class="small">Drag over a stretch of time to zoom into it; with Shift,'
        " or a finger, to move. A double click shows the whole run. Click the plot, and the wheel"
        " zooms. Keys: + and − zoom, ← and → move, Shift with them moves the cursor, Home shows the"
        " whole run.</p>"
        '<div class="legend"></div></div>'
        '<p id="waves-still" class="note" hidden>This browser can’t unpack the waveforms'
        " (DecompressionStream); the picture shows the whole run.</p>"
        f'<figure class="still">{overview_svg(waves)}</figure>'
        f"<details><summary>Traces in numbers</summary>"
        f"{render_table(traces_table(verification, waves))}</details>"
    )


def _circuit_text(verification: Verification) -> str:
    text = verification.learner.spec.source.text
    if not text:
        return ""
    return (
        "<details><summary>Circuit file</summary>"
        f'<pre tabindex="0"><code>{escape(text)}</code></pre></details>'
    )
