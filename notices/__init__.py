"""Bulk notices (thông báo hàng loạt): who, row by row, approval, progress; for console and command alike.

A wrong row never stops a right one, and nothing goes out above the limit without a second person.
"""
