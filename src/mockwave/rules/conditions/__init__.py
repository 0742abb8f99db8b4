"""Conditions: the `when` of rules, compiled once, asked of each request.

    compiling.py      `when` → Condition: fields in the order of what they cost
    combinations.py   all, any, not
    fields.py         what is looked at: a header, a query parameter, the body …
    matchers.py       the value of a field → operators, by WireMock's names; the table of all of them
    operators.py      what an operator is, and how the text of a rule is read into one
    contradictions.py, value_contradictions.py   what can never hold

and a file for each family of operators.
"""

from mockwave.rules.conditions.compiling import compile_condition
from mockwave.rules.conditions.condition import BODY_BYTES_ON_LOOP, Condition, Difference

__all__ = ["BODY_BYTES_ON_LOOP", "Condition", "Difference", "compile_condition"]
