"""The Store on SQLite, in WAL mode: one file per table or job, and its migrations."""
