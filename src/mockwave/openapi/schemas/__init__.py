"""What a place in the document demands of a value: keywords, merged into flat Schemas."""
