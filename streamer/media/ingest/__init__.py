"""Every way in: from what the operator names to packets or frames."""
