"""MockServer: expectations in JSON (5.15 and on)."""
