"""The ground: Vietnamese text, phone numbers, the working calendar, money.

Pure functions, no outside world.
"""
