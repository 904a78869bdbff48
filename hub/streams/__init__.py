"""`stream:subscribe`: from what a newcomer starts, and how he catches up."""
