"""The same marked pictures through this server and through others, in one Chromium."""
