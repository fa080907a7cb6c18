"""Text typed in an old Vietnamese font (TCVN3, VNI): it looks right only in that font, and is garbage elsewhere.

It is pointed out, never converted silently.
"""

import re

_TCVN3 = re.compile(r"[a-zA-Z][¨©ª«¬®µ¶·¸¹»¼½¾]|(?<!\w)[§¡¢£¥][a-zA-Z]")
_MAYBE_TCVN3 = re.compile(r"[a-z][ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖØÜÝÞß]")
_MAYBE_VNI = re.compile(r"[aA][ùøûõïâåäêéèúüë]|[eE][ùøûõïâåäêáàã]|[oO][âåäùøûõï]|[uU][ùøûõï]|ñ[aeiouöôy]|[öô][ùøûõïôn]")
_LETTERS_OF_TODAY = re.compile(r"[ảạăằắẳẵặầấẩẫậẻẽẹềếểễệỉĩịỏọồốổỗộơờớởỡợủũụưừứửữựỳỷỹỵđĐ]")


def suspected(text: str) -> str | None:
    """ "TCVN3" or "VNI" where the text looks typed in such a font; None for what today's letters explain."""
    if text.isascii():
        return None
    if _TCVN3.search(text):
        return "TCVN3"
    if _LETTERS_OF_TODAY.search(text):
        return None
    if _MAYBE_TCVN3.search(text):
        return "TCVN3"
    return "VNI" if _MAYBE_VNI.search(text) else None
