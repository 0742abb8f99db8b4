"""Liquid templates: bodies, headers and statuses that are made from the request they answer.

`templates.py` is the entry: text in, a Template out, which renders under limits. python-liquid parses and runs the
templates (`liquid_engine.py`). It is loaded at the first template, which takes a fifth of a second, and never by a
worker without templates.
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
