"""OpenAPI and Swagger documents: text in, Operations out. Pure: no file, no socket, no Store.

Its names are loaded when they are first used, so that whoever needs one module of it need not load all: that takes more
code than all the rest of mockwave.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # see above: for start-up time
    from mockwave.answers.imported import Import, ImportReport, Operation, Problem, SpecificationError
    from mockwave.openapi.specifications import read_specification

__all__ = ["Import", "ImportReport", "Operation", "Problem", "SpecificationError", "read_specification"]

_SPECIFICATIONS = "mockwave.openapi.specifications"
_MODULES = dict.fromkeys(__all__, "mockwave.answers.imported") | {"read_specification": _SPECIFICATIONS}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
