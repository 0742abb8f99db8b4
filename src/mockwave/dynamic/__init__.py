"""Dynamic values: a plan made from a schema at import, compiled at load, run once for each request.

Pure: no document, no socket and no Store is known here. `plans` travels from the importer to the mocks; `generators`
turns it into functions; `fakers` and `words` are what realistic texts are made of.
"""
