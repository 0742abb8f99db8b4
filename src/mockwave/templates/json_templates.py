"""A JSON document with tags in its strings, as one template whose output is JSON again.

What a tag writes may contain quotes and line breaks, and a tag itself may have quotes, which JSON would escape. So each
string with tags is rendered as it was written, and its text then becomes a JSON string:

    {"for":"{{ request.path }}"}  →  {"for": {% capture … %}{{ request.path }}{% endcapture %}{{ … | json }}}

The Insomnia app's dialect has no such tags: there the whole document is the template.
"""

import re
from typing import Final

import msgspec

from mockwave.templates.template_scanning import has_tags

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"')
_CAPTURED: Final = "json_text_of_mockwave"


def write_json_template(document: str) -> str:
    """Returns the template of a JSON document; the document itself if it has no tags."""
    return _STRING.sub(_write_string, document) if has_tags(document) else document


def _write_string(match: re.Match[str]) -> str:
    written = match[0]
    if not has_tags(written):
        return written
    text: str = msgspec.json.decode(written)
    # The space keeps the tag apart from a brace of the document before it.
    return f" {{% capture {_CAPTURED} %}}{text}{{% endcapture %}}{{{{ {_CAPTURED} | json }}}}"
