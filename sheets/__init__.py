"""Tables that people make: CSV and XLSX, in and out, in any encoding, headers in any order.

Every byte is hostile: sizes are bounded, nothing is guessed silently.
"""
