"""OpenAPI and Swagger documents: text in, Operations out. Pure: no file, no socket, no Store.

Its names are loaded when they are first used. Reading documents takes more code than all the rest, and a worker that
serves mocks never does it: that would be a tenth of its start-up.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockwave.openapi.document.report import ImportReport, Problem, SpecificationError
    from mockwave.openapi.operations.operations import Operation
    from mockwave.openapi.specifications import Import, read_specification

__all__ = ["Import", "ImportReport", "Operation", "Problem", "SpecificationError", "read_specification"]

_MODULES = {
    "Import": "specifications",
    "ImportReport": "document.report",
    "Operation": "operations.operations",
    "Problem": "document.report",
    "SpecificationError": "document.report",
    "read_specification": "specifications",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
