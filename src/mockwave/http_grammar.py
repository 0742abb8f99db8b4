"""The token of RFC 9110 §5.6.2: names of headers, methods, parameters, and halves of media types."""

from typing import Final

TOKEN_CHARACTER: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
TOKEN: Final = f"{TOKEN_CHARACTER}+"
