"""What runs in the media child, which decodes what strangers send, and what crosses its pipe."""
