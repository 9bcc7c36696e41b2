"""Slack: what is shown (blocks), who is who (directory), posting (messenger), the way in (listeners, connection)."""
