"""The clock as a door: each job once, however many processes there are, and caught up after a stop.

A job is one call into a business, delivery or a channel's upkeep.
"""
