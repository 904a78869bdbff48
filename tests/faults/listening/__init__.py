"""A session of co-listening whose nodes die and freeze (P8)."""
