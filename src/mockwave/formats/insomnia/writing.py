"""Mock servers as files of the Insomnia app, format 5: one workspace with a mock server and its routes, ids kept.

The app silently refuses a file in which a text reads as another YAML type (`true`), so such texts are quoted. It has
one answer per route: rules and delays are left out.
"""

import hashlib

import yaml

from mockwave.answers.exported_servers import Export, ExportedRoute
from mockwave.formats.insomnia.checked_templates import DIALECT
from mockwave.formats.notes import Notes
from mockwave.formats.stubs.outgoing import route_pointer
from mockwave.formats.stubs.stub_responses import as_utf8
from mockwave.formats.tree_values import Tree, dict_of

SCHEMA_VERSION = "5.1"


def write_insomnia(export: Export, notes: Notes) -> str:
    """Returns the file as YAML text."""
    head = export.head
    for index in range(len(head.rules)):
        notes.leave_out(f"/rules/{index}", "the Insomnia app has no rules")
    routes = [written for route in export.routes if (written := _write_route(route, notes)) is not None]
    workspace = hashlib.blake2b(head.id.encode(), digest_size=16).hexdigest()
    file: Tree = {
        "type": "mock.insomnia.rest/5.0",
        "schema_version": SCHEMA_VERSION,
        "name": head.name,
        "meta": {"id": f"wrk_{workspace}"},
        "server": {
            "meta": {"id": head.id},
            "url": head.url.removesuffix(f"/bin/{head.id}"),
            "useInsomniaCloud": False,
        },
    }
    if routes:
        file["routes"] = routes
    text: str = yaml.safe_dump(file, sort_keys=False, allow_unicode=True, width=10_000)
    return text


def _is_of_app(rule: Tree) -> bool:
    """Whether a rule only renders a template of the app."""
    then = dict_of(rule.get("then"))
    return rule.keys() <= {"name", "then"} and then.get("template") == DIALECT and "responseBody" in then


def _write_route(route: ExportedRoute, notes: Notes) -> Tree | None:
    pointer = route_pointer(route)
    body = as_utf8(route.body)
    if body is None:
        notes.leave_out(pointer, "the Insomnia app has no bodies that are not text")
        return None
    rules = list(enumerate(route.rules))
    is_template = bool(rules) and _is_of_app(rules[-1][1])
    if is_template:  # it is what the route answers, and the app writes it as that
        body = str(rules.pop()[1]["then"]["responseBody"])
    elif route.template != "insomnia" and ("{{" in body or "{%" in body):
        notes.leave_out(pointer, "the app would read {{ in the body as a template")
        return None
    if route.delay_ms:
        notes.leave_out(f"{pointer}/delay", "the Insomnia app has no delays")
    for index, _ in rules:
        notes.leave_out(f"{pointer}/rules/{index}", "the Insomnia app has no rules")
    written: Tree = {
        "name": route.path,
        "meta": {"id": route.id},
        "method": route.method,
        "statusCode": route.status_code,
        "statusText": "",
        "mimeType": route.content_type,
        "body": body,
    }
    if route.headers:
        written["headers"] = [{"name": name, "value": value} for name, value in route.headers]
    return written
