"""The demands of a place in the document on a value: keywords, merged into flat Schemas."""
