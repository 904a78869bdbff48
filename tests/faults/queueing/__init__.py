"""One queue that many edit while everything breaks (P7)."""
