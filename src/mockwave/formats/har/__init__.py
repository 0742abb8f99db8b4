"""HAR 1.1 and 1.2 (HTTP Archive): recorded exchanges as mocks, and the log of a mock server as an archive."""
