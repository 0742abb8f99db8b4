"""Media types, and how values are written in each; used for reading documents and for serving."""
