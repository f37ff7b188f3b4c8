"""A figure's folder: picture, data, claims."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hgecircuit import __version__
from hgecircuit.errors import InputError
from hgecircuit.report.design_plots import write_figure
from hgecircuit.report.staging import relative_files, staged
from hgecircuit.reproduce.base import PaperFigure, Reproduction
from hgecircuit.reproduce.workshop import Workshop

if TYPE_CHECKING:
    import xarray

#: Folder of the cells' results, inside the figure's.
PARTS = "parts"
#: Of a figure's files; ``.csv`` only where the data are a table.
SUFFIXES = (".png", ".svg", ".nc", ".csv", ".json")
# Some digits less than a float has, so that all machines write the same bytes.
_DIGITS = "%.9g"


def make_folder(folder: Path, name: str) -> Path:
    """The folder, made if it is not there, and tried: better refused now than after the work.

    Args:
        folder: Where a figure goes.
        name: The figure's.

    Raises:
        InputError: It can't be made or written to, or something else has the name of a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"not a folder that can be written to: {error.strerror or error}",
            key="--out",
            value=str(folder),
        ) from error
    for suffix in SUFFIXES:
        if (folder / f"{name}{suffix}").is_dir():
            raise InputError(
                "a folder where a file of the figure goes",
                file=folder / f"{name}{suffix}",
                expected="another --out, or a folder without it",
            )
    return folder


def write_reproduction(
    figure: PaperFigure, made: Reproduction, workshop: Workshop, folder: Path
) -> list[Path]:
    """Write ``NAME.png``, ``.svg``, ``.nc``, ``.json``, and ``.csv`` where the data are a table.

    Returns:
        The files.
    """
    name = figure.name
    with staged(folder, owned=[f"{name}.csv"], last=f"{name}.json") as scratch:
        write_figure(made.draw, [scratch / f"{name}.png", scratch / f"{name}.svg"])
        data = made.data.assign_attrs(title=figure.title, settings=json.dumps(dict(made.settings)))
        data.to_netcdf(scratch / f"{name}.nc", engine="h5netcdf")
        if len(data.sizes) == 1:
            _write_table(data, scratch / f"{name}.csv")
        text = json.dumps(describe(figure, made, workshop), indent=2, allow_nan=False)
        (scratch / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        files = relative_files(scratch)
    return [folder / file for file in files]


def describe(figure: PaperFigure, made: Reproduction, workshop: Workshop) -> Mapping[str, Any]:
    """Claims, settings and remarks, fit for JSON."""
    return {
        "figure": figure.name,
        "title": figure.title,
        "agrees": made.agrees,
        "claims": [
            {
                "text": claim.text,
                "source": claim.source,
                "claimed": claim.claimed,
                "found": claim.found,
                "criterion": claim.criterion,
                "status": claim.status,
                "values": dict(claim.values),
            }
            for claim in made.claims
        ],
        "remarks": list(made.remarks),
        "settings": dict(made.settings),
        "quick": workshop.quick,
        "seed": workshop.seed,
        "hgecircuit": __version__,
    }


def _write_table(data: xarray.Dataset, file: Path) -> None:
    """Columns of a dataset with one axis, each with its unit."""
    table = data.to_dataframe().reset_index()
    table.columns = [f"{name} ({data[name].attrs.get('units', '1')})" for name in table.columns]
    table.to_csv(file, index=False, float_format=_DIGITS, lineterminator="\n")
