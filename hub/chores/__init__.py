"""What a worker does beside its jobs, every now and then."""
