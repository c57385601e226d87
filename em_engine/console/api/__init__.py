"""The console's HTTP routes, one file a subject."""
