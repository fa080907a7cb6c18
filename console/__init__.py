"""The staff's pages: one file a page, every sight of personal data in the audit trail.

Works without script; never shows more than the role may see.
"""
