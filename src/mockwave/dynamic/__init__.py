"""Dynamic values: a plan is made from a schema at import, compiled at load, and run once for each request.

Pure: it knows no document, socket or Store. Plans (`stored_plans`) travel from the importer to the mocks; `generators`
turns them into functions; `fakers` and `words` make realistic texts.
"""
