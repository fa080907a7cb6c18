"""The outside world, in play: faithful stand-ins of Zalo, SMS gateways, Telegram, mail and a one-stop-shop source.

It shares no code with the house: a wrong field name must not be wrong on both sides.
"""
