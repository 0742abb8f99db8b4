"""The formats that mocks are imported from and exported to: each is recognised, read and written here."""
