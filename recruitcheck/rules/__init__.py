"""The rules engine: pure functions over data. No files, no clock, no database, no web."""
