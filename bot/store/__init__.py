"""Durable memory on SQLite and PostgreSQL through SQLAlchemy Core."""
