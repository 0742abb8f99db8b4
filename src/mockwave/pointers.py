"""JSON Pointers (RFC 6901), which name places in a document or a body. The empty pointer is the whole document."""


def pointer_below(parent: str, *tokens: str | int) -> str:
    """The pointer of the place to which `tokens` lead from `parent`."""
    for token in tokens:
        parent = f"{parent}/{escape_token(str(token))}"
    return parent


def escape_token(token: str) -> str:
    """`token` as a reference token of RFC 6901 §3."""
    return token if "/" not in token and "~" not in token else token.replace("~", "~0").replace("/", "~1")


def show_pointer(pointer: str) -> str:
    """The place as a message names it: `rules[1].then.statusCode`."""
    shown = ""
    for token in pointer.split("/")[1:]:
        if token.isdecimal():
            shown += f"[{token}]"
        else:
            token = token.replace("~1", "/").replace("~0", "~")
            shown += f".{token}" if shown else token
    return shown
