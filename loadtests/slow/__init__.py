"""Members who do not read what they are sent, and what a node pays for them."""
