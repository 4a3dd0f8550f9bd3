"""Personal data where only codes belong: found by its look, and never shown in clear."""

from __future__ import annotations

import re
import unicodedata

from recruitcheck.rules.standard import Section

_PHONE = re.compile(r"(?:\+|00)?\d(?:[\s.\-‐-―()/·]{0,3}\d){7,14}")
_EMAIL = re.compile(r"[^\s@]@[^\s@]{1,255}\.[^\s@]")
_IDENTITY = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[\s.\-]?\d{5,8}(?![A-Za-z0-9])")
_DAY = re.compile(r"(?<!\d)(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4})(?!\d)")
_WORKER_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9\-_/]{0,11}")


def personal(value: str, *, code: bool) -> str:
    """ "phone", "email", "identity" or "name" if a text of the annex looks like one, else "" .

    ``code``: the text should be a worker's code, so anything else in its place is taken for a name.
    """
    plain = "".join(ch for ch in unicodedata.normalize("NFKC", value) if unicodedata.category(ch) != "Cf")
    plain = "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() else ch for ch in plain)
    plain = _DAY.sub(" ", plain) if not code else plain
    for what, pattern in (("email", _EMAIL), ("phone", _PHONE), ("identity", _IDENTITY)):
        if pattern.search(plain):
            return what
    return "name" if code and not _WORKER_CODE.fullmatch(plain) else ""


def mask(value: str) -> str:
    """The first character and the length: enough to find the cell, too little to name anybody."""
    return f"{value[:1]}… ({len(value)})"


def told(value: str, section: Section | None, field_id: str = "") -> str:
    """What was found, as a problem may show it: masked where it looks like personal data of the annex."""
    if section is None or not section.confidential or not personal(value, code=field_id == "worker"):
        return value
    return mask(value)


def bare_key(value: str) -> str:
    """What two codes have in common that nobody can tell apart: case, width, script of the digits, invisible marks."""
    text = unicodedata.normalize("NFKC", value).casefold()
    shown = (ch for ch in text if unicodedata.category(ch) != "Cf")
    return "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() else ch for ch in shown)
