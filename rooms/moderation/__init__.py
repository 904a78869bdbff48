"""Order among members: roles, mutes, bans, reports."""
