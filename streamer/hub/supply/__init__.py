"""Where media comes from: workers, their sources in turn, retries, publishers, slates."""
