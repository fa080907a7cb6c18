"""The door for machines: webhooks, /api/v1, health.

It verifies, stores, answers and wakes; it decides nothing of the business.
"""
