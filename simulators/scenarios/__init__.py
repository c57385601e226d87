"""Stories in YAML with what must and must not be told, run against the heart or a running engine."""
