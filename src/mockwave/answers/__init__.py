"""What an operation answers and asks, as it is stored: written by openapi/, read by management, mocks, validation."""
