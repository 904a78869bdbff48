"""/api/v1/users/.../presence: the same as by socket."""
