"""Values made of Schemas, once, when the document is read."""
