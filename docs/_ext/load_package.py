"""The package with the imports that only type checkers see, so that every annotation has a home."""

import ast
import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType


def load_package(package: ModuleType) -> None:
    """Import every module of a package but its programs, and complete them."""
    modules = [
        import_module(found.name)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.endswith("__main__")
    ]
    for module in modules:
        _import_for_types(module)


def _import_for_types(module: ModuleType) -> None:
    """Run what stands under ``if TYPE_CHECKING`` in a module that is already imported."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            code = compile(ast.Module(node.body, []), str(module.__file__), "exec")
            exec(code, module.__dict__)
