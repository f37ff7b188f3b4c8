"""Write the documentation and the editor schema of the circuit file: python -m hgecircuit.spec."""

from __future__ import annotations

from pathlib import Path

from hgecircuit.spec.document import circuit_file_markdown
from hgecircuit.spec.schema import schema_text

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Write `docs/circuit-file.md` and `docs/circuit.schema.json` of this checkout."""
    DOCS.mkdir(exist_ok=True)
    (DOCS / "circuit-file.md").write_text(circuit_file_markdown(), encoding="utf-8")
    (DOCS / "circuit.schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
