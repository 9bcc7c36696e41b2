"""Review SecMaster workflow releases in Slack."""
