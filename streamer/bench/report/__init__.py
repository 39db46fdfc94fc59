"""What was measured, written for people and programs: terminal, CSV, and one page of HTML."""
