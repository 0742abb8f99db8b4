"""Does every document of a corpus become a mock server that answers as the document says?

Rooms: `documents` (files to trees), `declared` (what a tree declares of its operations), `samples` (requests for them),
`judge` (whether a body conforms, by jsonschema-rs), `calls` (one document at a running server), `generated` (its values
made in this process), `tally` (counts, failures, report). None of them uses mockwave's own reading of documents, but
for `generated`: what is under test cannot be its own witness.
"""
