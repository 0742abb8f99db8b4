"""The app's routes as custom routes: the app's members become fields, and other fields stay.

A body with tags is a template of the dialect `insomnia`, which the route's last rule renders. That rule is the app's,
recognised by its name; the rules before it are left as they are.
"""

from typing import Any, Final

import msgspec

from mockwave.insomnia.app_responses import ReadResponse
from mockwave.management.routes import new_route_id
from mockwave.paths import parse_path
from mockwave.response_fields import MEDIA_TYPE
from mockwave.store.records import RouteRecord

TEMPLATE_RULE: Final = "insomnia template"
"""The name of the rule that renders a route's body."""
TEMPLATE_CONTENT_TYPE: Final = "text/plain"
"""The content type of a template whose own type is not valid in a rule."""


def make_route(mock_server_id: str, method: str, path: str, response: ReadResponse) -> RouteRecord:
    """Makes a new route."""
    return RouteRecord(
        id=new_route_id(),
        mock_server_id=mock_server_id,
        generated=False,
        method=method,
        path=path,
        path_key=parse_path(path).key,
        status_code=response.status_code,
        headers=response.headers,
        body=response.body,
        content_type=response.content_type,
        rules=msgspec.json.encode([template_rule(response)]) if response.is_template else b"",
    )


def adapt_route(route: RouteRecord, standing: RouteRecord | None) -> RouteRecord:
    """Adapts the route to the existing one, whose id, place, delay, and rules (except the app's) are kept."""
    if standing is None:
        return route
    own = _decode_rules(route.rules)
    if own and standing.delay_ms:
        own[0]["then"]["delay"] = standing.delay_ms
    others = _decode_rules(standing.rules)
    rules = [rule for rule in others if rule.get("name") != TEMPLATE_RULE] + own
    return msgspec.structs.replace(
        route,
        id=standing.id,
        position=standing.position,
        delay_ms=standing.delay_ms,
        rules=standing.rules if rules == others else msgspec.json.encode(rules) if rules else b"",
        revision=standing.revision,
        base_paths=standing.base_paths,
    )


def template_rule(response: ReadResponse) -> dict[str, Any]:
    """The rule that renders the body: the route's answer, with its body as a template."""
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name, []).append(value)
    content_type = response.content_type
    is_usable = not content_type or MEDIA_TYPE.fullmatch(content_type) is not None
    return {
        "name": TEMPLATE_RULE,
        "then": {
            "statusCode": response.status_code,
            "responseHeaders": headers,
            "contentType": content_type if is_usable else TEMPLATE_CONTENT_TYPE,
            "responseBody": response.body.decode(),
            "template": "insomnia",
        },
    }


def _decode_rules(rules: bytes) -> list[Any]:
    return msgspec.json.decode(rules, type=list[Any]) if rules else []
