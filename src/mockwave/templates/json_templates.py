"""A JSON document with tags in its strings, as one template whose output is JSON again.

What a tag writes may contain quotes and line breaks, and a tag itself may have quotes, which JSON would escape. So each
string with tags is rendered as it was written, and its text then becomes a JSON string:

    {"for":"{{ request.path }}"}  →  {"for": {% capture … %}{{ request.path }}{% endcapture %}{{ … | json }}}

The Insomnia app knows only texts as bodies, and its dialect has neither tag: there one of our own does both.
"""

import re
from typing import Final

import msgspec

from mockwave.templates.template_scanning import has_tags
from mockwave.templates.templates import Dialect

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"')
_CAPTURED: Final = "json_text_of_mockwave"


_AROUND: Final = {
    "liquid": (f"{{% capture {_CAPTURED} %}}", f"{{% endcapture %}}{{{{ {_CAPTURED} | json }}}}"),
    "insomnia": ("{% json_string_of_mockwave %}", "{% endjson_string_of_mockwave %}"),
}
"""What stands before and after a string, by dialect."""


def write_json_template(document: str, dialect: Dialect = "liquid") -> str:
    """Returns the template of a JSON document; the document itself if it has no tags."""
    if not has_tags(document):
        return document
    before, after = _AROUND[dialect]

    def write_string(match: re.Match[str]) -> str:
        written = match[0]
        if not has_tags(written):
            return written
        text: str = msgspec.json.decode(written)
        # The space keeps the tag apart from a brace of the document before it.
        return f" {before}{text}{after}"

    return _STRING.sub(write_string, document)
