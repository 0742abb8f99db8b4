"""One file per format that mocks come from: recognise it, read it."""
