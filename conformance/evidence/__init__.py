"""Evidence: the log of a run, judging it again offline, and certificates over it."""
