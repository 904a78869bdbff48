"""/api/v1/auth, /api/v1/sessions: accounts, sign-ins, and who is calling."""
