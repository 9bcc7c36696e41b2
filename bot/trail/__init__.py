"""`secmaster-bot audit`: the audit trail, printed and verified."""
