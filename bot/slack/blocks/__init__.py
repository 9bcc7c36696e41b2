"""Block Kit made from the models: pure functions, the only place where text for Slack is put together."""
