"""Sphinx: `make docs` builds the site from these pages into build/docs.

Sphinx with MyST rather than MkDocs: the pages stay plain Markdown, autodoc reads the package's own
docstrings and checks every reference, and MkDocs 1 is no longer maintained while 2 drops plugins.
Nothing in the site comes from the network: equations are MathML, written when the site is built.
"""

import sys
from importlib.resources import files
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from load_package import load_package

import hgecircuit

load_package(hgecircuit)

project = "hgecircuit"
author = "the hgecircuit developers"
version = release = hgecircuit.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "command_help",
    "docstrings",
    "mathml_equations",
    "package_names",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_ext"]

myst_enable_extensions = ["dollarmath"]
# Links such as report.md#verdicts work here as they do in the repository's browser.
myst_heading_anchors = 4

# --out is an option with two dashes.
smartquotes = False

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "hgecircuit"
# Browsers without a font for mathematics set subscripts on the line: ziamath brings STIX Two Math.
html_static_path = ["_static", str(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf")]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
templates_path: list[str] = []

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
add_module_names = False
napoleon_numpy_docstring = False
napoleon_use_ivar = True
