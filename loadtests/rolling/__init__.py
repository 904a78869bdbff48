"""People who talk while the nodes under them are restarted, and what that has cost them."""
