"""Write the documentation and the editor schema of the rig file: python -m hgecircuit.run.rigs."""

from __future__ import annotations

from pathlib import Path

from hgecircuit.run.rigs.document import rig_file_markdown, rig_schema_text

DOCS = Path(__file__).parents[3] / "docs"


def main() -> None:
    """Write `docs/rig-file.md` and `docs/rig.schema.json` of this checkout."""
    DOCS.mkdir(exist_ok=True)
    (DOCS / "rig-file.md").write_text(rig_file_markdown(), encoding="utf-8")
    (DOCS / "rig.schema.json").write_text(rig_schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
