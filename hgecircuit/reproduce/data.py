"""A figure's data as one dataset with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray

#: Values, unit ("1" without one) and a few words.
Axis = tuple[Any, str, str]
#: Axis or axes, values, unit and a few words.
Variable = tuple[str | Sequence[str], Any, str, str]


def dataset(axes: Mapping[str, Axis], variables: Mapping[str, Variable]) -> xarray.Dataset:
    """A dataset whose coordinates and variables have ``units`` and ``long_name``.

    Args:
        axes: By name; a name without values (None) is a dimension without a coordinate.
        variables: By name.
    """
    import xarray

    found = xarray.Dataset(
        {
            name: (along, np.asarray(values), {"units": unit, "long_name": words})
            for name, (along, values, unit, words) in variables.items()
        }
    )
    return found.assign_coords(
        {
            name: (name, np.asarray(values), {"units": unit, "long_name": words})
            for name, (values, unit, words) in axes.items()
        }
    )
