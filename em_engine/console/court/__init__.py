"""A case's file for the court: what was recorded, as PDF and as data, with hashes."""
