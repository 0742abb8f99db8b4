"""Templates in the dialect of the Insomnia app: its tags, its one filter and its names of made values, and no more."""

import pytest

from mockwave.templates.app_fakers import APP_FAKERS
from tests.unit.templates.template_requests import a_request, fault_of, render


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ req.headers['X-Plan'] }}{{ req.headers.x-plan }}", "propro"),
        ("{{ req.queryParams.user }}", "ada"),
        ("{{ req.pathSegments[0] }}", "orders"),
        ("{{ req.body.name }} {{ req.body.total }}", "Zoe 12.5"),
        ("{{ req.body.none | default: 'nobody' }}", "nobody"),
        ("{% assign n = req.queryParams.user %}{% if n == 'ada' %}A{% else %}B{% endif %}", "A"),
        ("{% unless req.queryParams.user == 'ada' %}A{% endunless %}|", "|"),
        ("{% raw %}{{ req.body }}{% endraw %}", "{{ req.body }}"),
        ("{{ request.method }}{{ now }}{{ state.a }}{{ random.uuid }}|", "|"),
        ("{{ faker.person.firstName }}|", "|"),
    ],
)
def test_it_names_what_the_app_names(text: str, made: str) -> None:
    assert render(text, "insomnia") == made


def test_the_body_is_its_text() -> None:
    assert render("{{ req.body }}", "insomnia", a_request(body=b"plain")) == "plain"


def test_a_body_is_cut_as_the_app_cuts_it() -> None:
    assert len(render("{{ req.body }}", "insomnia", a_request(body=b"a" * 1_000_001))) == 1_000_000


@pytest.mark.parametrize("tag", ["for i in (1..2)", "case a", "capture a", "tablerow i in a", "increment a", "comment"])
def test_other_tags_are_not_there(tag: str) -> None:
    name = tag.split()[0]
    assert f"unexpected tag '{name}'" in fault_of(f"{{% {tag} %}}{{% end{name} %}}", "insomnia")


@pytest.mark.parametrize("name", ["upcase", "json", "size", "date", "append"])
def test_other_filters_are_not_there(name: str) -> None:
    assert fault_of(f"{{{{ 'a' | {name} }}}}", "insomnia") == f"line 1: unknown filter '{name}'"


def test_there_are_its_118_names_of_made_values() -> None:
    assert len(APP_FAKERS) == 118
    assert {name for name in APP_FAKERS if not name.startswith("random")} == {"guid", "timestamp", "isoTimestamp"}


@pytest.mark.parametrize("name", APP_FAKERS)
def test_each_name_makes_a_text(name: str) -> None:
    made = {render(f"{{{{ faker.{name} }}}}", "insomnia", seed=seed) for seed in range(5)}
    assert all(made)
    assert len(made) > 1
