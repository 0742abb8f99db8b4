"""What each keyword of a Schema Object adds to the demands on a place: one rule per keyword, in RULES.

They follow JSON Schema 2020-12, or OpenAPI 3.0 and Swagger 2.0 where those differ. Each group of keywords has a file
with its rules; `merging.py` defines a Rule.
"""

from typing import Final

from mockwave.openapi.schemas.array_keywords import ARRAY_RULES
from mockwave.openapi.schemas.composition_keywords import COMPOSITION_RULES
from mockwave.openapi.schemas.merging import Rule
from mockwave.openapi.schemas.object_keywords import OBJECT_RULES
from mockwave.openapi.schemas.scalar_keywords import SCALAR_RULES
from mockwave.openapi.schemas.type_keywords import TYPE_RULES

RULES: Final[dict[str, Rule]] = {
    **TYPE_RULES,
    **SCALAR_RULES,
    **OBJECT_RULES,
    **ARRAY_RULES,
    **COMPOSITION_RULES,
}

# The members that make two schemas different: keywords, suggestions, and hints at fakers.
COUNTED: Final = frozenset((*RULES, "nullable", "x-nullable", "example", "examples", "default", "x-faker", "faker"))
