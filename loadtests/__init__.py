"""Load tests: one file a question, each beside its peers in the same run."""
