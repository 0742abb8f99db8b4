"""OpenAPI and Swagger documents: text in, Operations out. Pure: no file, no socket, no Store."""

from mockwave.openapi.operations import Operation
from mockwave.openapi.report import ImportReport, Problem, SpecificationError
from mockwave.openapi.specifications import Import, read_specification

__all__ = ["Import", "ImportReport", "Operation", "Problem", "SpecificationError", "read_specification"]
