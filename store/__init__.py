"""The memory: all SQL, a file a noun, on SQLite and PostgreSQL.

Callers pass the open transaction and get frozen rows back; personal data is sealed.
"""
