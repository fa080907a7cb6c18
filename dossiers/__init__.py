"""A dossier (hồ sơ TTHC) as it moves: taken in, compared, told as events; looked up by those who may.

One call is one transaction; the same call twice changes and sends nothing.
"""
