"""The core: what a review is, who may vote, when it is decided, and what follows. No I/O library is imported here."""
