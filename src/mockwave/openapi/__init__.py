"""OpenAPI and Swagger documents: text in, Operations out. Pure: no file, no socket, no Store.

Its names are loaded at first use, so that a caller that needs one module need not load them all: they are more code
than the rest of mockwave.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # imported here for start-up time; see above
    from mockwave.answers.imported import Import, ImportReport, Operation, Problem, SpecificationError
    from mockwave.openapi.specifications import read_specification

__all__ = ["Import", "ImportReport", "Operation", "Problem", "SpecificationError", "read_specification"]

_SPECIFICATIONS = "mockwave.openapi.specifications"
_MODULES = dict.fromkeys(__all__, "mockwave.answers.imported") | {"read_specification": _SPECIFICATIONS}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
