"""Satisfaction surveys (khảo sát mức độ hài lòng): asked once a dossier, five levels in words.

An answer never changes how a dossier is handled.
"""
