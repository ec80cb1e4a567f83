r"""One spelling for one identifier, and one message for several words: what keyed names are made from.

    canonical_id(" 00042ab\0")      ->  "42AB"
    together("SITE-A", "42")        ->  b"SITE-A\x1f42"

Intake and de-identification must agree on these to the letter: where they differ, one person is two subjects. A change
gives every subject of a running protocol another code. Not here: codes (`ingest.source`, `deid.pseudonyms`).
"""

import unicodedata

SPACE = " \0\t\r\n"
"""What pads an identifier in a file or a table."""


def canonical_id(text: str) -> str:
    """One spelling for one identifier: composed (NFC), upper case, without outer space or leading zeros.

    Given its own result it gives the same, so that it does no harm where an identifier passes twice.
    """
    bare = unicodedata.normalize("NFC", text.strip(SPACE).upper())
    return bare.lstrip("0" + SPACE) or bare[:1]


def together(*words: str) -> bytes:
    """Words as one message in UTF-8, such that no two lists of words give the same one."""
    message = "\x1f".join(words)
    if "\x1e" in message or message.count("\x1f") >= len(words):
        message = "\x1f".join(word.replace("\x1e", "\x1ea").replace("\x1f", "\x1eb") for word in words)
    return as_bytes(message)


def as_bytes(text: str) -> bytes:
    """A text in UTF-8; JSON can carry halves of a letter, and these have a name, too."""
    return text.encode("utf-8", "surrogatepass")
