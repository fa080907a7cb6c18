"""One spelling for cells and headings.  (`vietnam.text` knows more, but stands beside this room, not below it.)"""

import re
import unicodedata

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile("[\t\u00a0\u2000-\u200a\u202f\u3000]")
_WORD = re.compile(r"[^\W_]+")


def tidied(text: str) -> str:
    """Composed letters (NFC), plain spaces, nothing invisible; line feeds stay."""
    return _SPACES.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", text)))


def name_of(title: str) -> str:
    """A heading as it is compared: "Số  Điện-thoại" and "so dien thoai" are both `so_dien_thoai`."""
    apart = unicodedata.normalize("NFKD", title.lower().replace("đ", "d"))
    unmarked = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return "_".join(_WORD.findall(unmarked))
