"""Zalo Official Account: tokens, consultation and template messages, webhooks."""
