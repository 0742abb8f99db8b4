"""Text to a tree: JSON and YAML, dialects, references, and the report of what is wrong."""
