"""Media types, and how values are written in each: used while reading documents and while serving."""
