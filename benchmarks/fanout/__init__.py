"""What it costs to send the same pictures to many, next to other servers: `make bench`."""
