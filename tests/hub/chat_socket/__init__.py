"""The older chat's door."""
