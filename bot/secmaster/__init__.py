"""The SecMaster client: signing, calls, errors."""
