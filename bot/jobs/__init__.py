"""Durable work: leased with a deadline and an owner, finished only by its owner, safe to run twice."""
