"""Templates rendered in a separate process: the same texts, and an answer whatever happens to the process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from random import Random

import pytest

from mockwave.problems import Refusal
from mockwave.processes.job_limits import JobLimits
from mockwave.rendering.renderer import Renderer
from mockwave.templates import Template, TemplateContext, TemplateError, engine_is_loaded
from tests.sanitized import starts_limited_processes
from tests.unit.templates.template_requests import NOW, a_request

pytestmark = starts_limited_processes


@pytest.fixture
async def renderer() -> AsyncIterator[Renderer]:
    made = Renderer()
    yield made
    await made.close()


def context(body: bytes | None = b'{"a": [1, 2]}') -> TemplateContext:
    return TemplateContext(a_request(body=body), {"cart": "Paid"}, Random(1), NOW, "r-1")


async def test_the_texts_are_those_that_a_worker_makes(renderer: Renderer) -> None:
    templates = [
        Template("{% for a in request.json.a %}{{ a }};{% endfor %}{{ request.pathParameters.id }}", "liquid"),
        Template(
            "{{ state.cart }} {{ now }} {{ request.id }} {{ request.client }} {{ request.headers.x-plan }}", "liquid"
        ),
        Template("{{ req.body }}", "insomnia"),
    ]
    texts = await renderer.render("mock_a", templates, context())
    assert texts == [template.render(context()) for template in templates]


async def test_a_body_that_was_not_kept_is_not_there_either(renderer: Renderer) -> None:
    assert await renderer.render("mock_a", [Template("[{{ request.body }}]", "liquid")], context(None)) == ["[]"]


async def test_a_large_body_reaches_the_process(renderer: Renderer) -> None:
    template = Template("{{ request.body | size }}", "liquid")
    assert await renderer.render("mock_a", [template], context(b"a" * 3_000_000)) == ["3000000"]


async def test_a_bomb_is_an_error_with_its_line_and_the_next_template_renders(renderer: Renderer) -> None:
    bomb = Template("a\n{% for a in (1..10000) %}{% for b in (1..10000) %}{% endfor %}{% endfor %}", "liquid")
    with pytest.raises(TemplateError, match="line 2: the loops take more than 10,000 turns"):
        await renderer.render("mock_a", [bomb], context())
    process_id = renderer.process_id
    assert await renderer.render("mock_a", [Template("{{ 1 }}", "liquid")], context()) == ["1"]
    assert renderer.process_id == process_id


async def test_what_takes_more_memory_than_there_is_is_an_error() -> None:
    renderer = Renderer(JobLimits(memory_bytes=150 << 20))
    text = "{% assign s = request.body %}" + "".join(f"{{% assign s{i} = s | append: '{i}' %}}" for i in range(40))
    with pytest.raises(TemplateError, match=r"memory|limit"):
        await renderer.render("mock_a", [Template(text, "liquid")], context("é€".encode() * 1_000_000))
    await renderer.close()


async def test_a_template_is_checked_where_there_is_time(renderer: Renderer) -> None:
    assert await renderer.check("mock_a", Template("{{ a }}" * 20_000, "liquid")) is None
    fault = await renderer.check("mock_a", Template("\n{{ a | nope }}" + "{{ a }}" * 20_000, "liquid"))
    assert str(fault) == "line 2: unknown filter 'nope'"


async def test_a_process_that_is_killed_is_an_error_and_the_next_one_renders(renderer: Renderer) -> None:
    template = Template("{% for a in (1..9000) %}{{ 'a,b' | split: ',' | sort | join }}{% endfor %}", "liquid")
    await renderer.check("mock_a", template)
    assert renderer.process_id is not None
    os.kill(renderer.process_id, signal.SIGSTOP)
    rendering = asyncio.ensure_future(renderer.render("mock_a", [template], context()))
    await asyncio.sleep(0)
    os.kill(renderer.process_id, signal.SIGKILL)
    with pytest.raises(TemplateError):
        await rendering
    assert await renderer.render("mock_a", [Template("{{ 1 }}", "liquid")], context()) == ["1"]


async def test_too_many_waiting_renders_are_refused(renderer: Renderer) -> None:
    few = Renderer(JobLimits(waiting=2, waiting_of_one=2))
    jobs = [few.render("mock_a", [Template("{{ 1 }}", "liquid")], context()) for _ in range(6)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    refused = [result for result in results if isinstance(result, Refusal)]
    assert refused and all(refusal.status == 503 for refusal in refused)
    assert ["1"] in results
    await few.close()


async def test_a_render_lets_the_worker_load_what_reads_templates(renderer: Renderer) -> None:
    await renderer.render("mock_a", [Template("{{ 1 }}", "liquid")], context())
    async with asyncio.timeout(10):
        while not engine_is_loaded():
            await asyncio.sleep(0.01)


async def test_after_its_end_it_renders_nothing(renderer: Renderer) -> None:
    await renderer.close()
    with pytest.raises(Refusal):
        await renderer.render("mock_a", [Template("{{ 1 }}", "liquid")], context())
