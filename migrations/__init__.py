"""The tables, as plain SQL in order of their names; storage/migrate.py applies them."""
