"""From a published message to what each viewer is sent: fan-out, pacing, the ladder."""
