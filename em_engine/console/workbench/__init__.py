"""The authors' workbench: drafts of a rulebook, what stands in each, and what a change of it would do."""
