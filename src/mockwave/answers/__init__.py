"""The stored form of an operation's answers and requirements: written by openapi/, read by management, mocks,
validation."""
