"""References from signatures and docstrings to names of this package and of others.

Signatures name a class where it is defined or by its short name; the pages have it under the
package that offers it. A name that is nowhere is left to Sphinx, whose warning ends the build.
"""

from __future__ import annotations

import builtins
import sys
from importlib import import_module
from typing import Any, cast

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

PACKAGE = "hgecircuit"
# What signatures take from other packages: their own sites are not asked, so that none is needed.
FOREIGN = (
    "numpy",
    "xarray",
    "pydantic",
    "click",
    "pathlib",
    "collections.abc",
    "typing",
    "PySpice",
)
SHORT = {"np": "numpy", "npt": "numpy.typing", "xr": "xarray"}


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.Node | None:
    """A link to the one documented object of this name, or plain text for one that exists."""
    if node.get("refdomain") != "py":
        return None
    # Sphinx cuts the arguments of a Callable at every comma, so a bracket may be left.
    target = str(node["reftarget"]).lstrip(".").partition("[")[0]
    domain = cast(PythonDomain, env.get_domain("py"))
    found = [
        (name, entry)
        for name, entry in domain.objects.items()
        if f".{name}".endswith(f".{target}") or _is_same(name, target)
    ]
    if len({entry.node_id for _, entry in found}) == 1:
        name, entry = found[0]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, text, name)
    places = ("", *(f"{module}." for module in (*FOREIGN, *_loaded_modules())))
    return text if any(_exists(place + target) for place in places) else None


def _is_same(documented: str, target: str) -> bool:
    """Whether both names lead to one class or function."""
    if documented.rpartition(".")[2] != target.rpartition(".")[2] or "." not in target:
        return False
    one, other = _find(documented), _find(target)
    return one is not None and one is other


def _loaded_modules() -> list[str]:
    return [name for name in sys.modules if name.split(".")[0] == PACKAGE]


def _exists(name: str) -> bool:
    first, _, rest = name.partition(".")
    name = f"{SHORT.get(first, first)}.{rest}" if rest else name
    if not rest:
        return hasattr(builtins, name)
    return name.startswith((*FOREIGN, PACKAGE)) and _find(name) is not None


def _find(name: str) -> Any:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            thing: Any = import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for part in parts[count:]:
            thing = getattr(thing, part, None)
        return thing
    return None


def setup(app: Sphinx) -> dict[str, Any]:
    """Answer references that Sphinx could not resolve."""
    app.connect("missing-reference", resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
