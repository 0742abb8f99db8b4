"""Liquid templates: bodies, headers and statuses that are made of the request they answer.

`templates.py` is the door: text in, a Template out, which renders under limits. python-liquid reads and runs the
templates (`liquid_engine.py`); it is loaded at the first template, which takes a fifth of a second, and never by a
worker that has none.
"""

from mockwave.templates.contexts import SeenRequest, TemplateContext
from mockwave.templates.template_errors import TemplateError
from mockwave.templates.template_scanning import has_tags
from mockwave.templates.templates import (
    Dialect,
    Template,
    compile_template,
    engine_is_loaded,
    load_engine,
    stored_template,
)

__all__ = [
    "Dialect",
    "SeenRequest",
    "Template",
    "TemplateContext",
    "TemplateError",
    "compile_template",
    "engine_is_loaded",
    "has_tags",
    "load_engine",
    "stored_template",
]
