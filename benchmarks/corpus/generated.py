"""Values of a document made in this process: dynamic ones of each route's answer, as workers make them.

The only room that uses mockwave's own reading: it takes the plans out of the import, which no route shows.
"""

import traceback
from random import Random

from benchmarks.corpus.calls import DocumentRun
from benchmarks.corpus.tally import Outcome
from mockwave.answers.variants import decode_variants
from mockwave.dynamic.generators import Generator
from mockwave.dynamic.stored_plans import decode_plans
from mockwave.openapi import SpecificationError, read_specification

MODE = "dynamic, in process"


def judge_generated(run: DocumentRun, values_an_operation: int) -> None:
    """Make some values of the plan of each operation's answer, and judge them."""
    try:
        imported = read_specification(run.document.text, use_examples=False)
    except SpecificationError as error:
        run.tally.refuse(run.document.name, MODE, 400, str(error))
        return
    run.tally.count_document(MODE)
    problems = [{"pointer": each.pointer, "message": each.message} for each in imported.report.problems]
    declared = {operation.pointer: operation for operation in run.operations}
    for operation in imported.operations:
        known = declared.get(operation.pointer)
        if known is None or not operation.variants:
            continue
        for variant in decode_variants(operation.variants, imported.parts):
            contents = [content for content in variant.contents if content.media_type == operation.content_type]
            if variant.status_code != operation.status_code or not contents or contents[0].plan is None:
                continue
            plan, outcome = contents[0].plan, Outcome("right")
            try:
                generator = Generator(decode_plans(plan, imported.parts), Random(1))
                bodies = [generator.make_body() for _ in range(values_an_operation)]
            except Exception:
                bodies = []
                outcome = Outcome("wrong", traceback.format_exc(limit=-3))
            for body in bodies:
                outcome = run.judge_body(known.answer, contents[0].media_type, body, problems, False)
                if outcome.kind == "wrong":
                    break
            run.tally.add(run.document.name, MODE, known, outcome)
            break
