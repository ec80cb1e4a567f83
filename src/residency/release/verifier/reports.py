"""A signed report of a de-identification: one page of text, and the key that signed it.

    verdict = verify_report(Path("report.note"), data, keys)

Only a pinned key of a person counts. What the page says is not judged: it is what that person stated. Not here: bundles
(`verify`).
"""

from pathlib import Path

from residency.kernel.note import NoteMalformed, read_note
from residency.release.verifier.keys import Keys, fits
from residency.release.verifier.verdict import Check, Verdict

HEADING = b"residency de-identification report\n"
_UNREAD = ("Whether the page is true: it is what its signer stated, and the site's records hold the same.",)


def is_report(head: bytes) -> bool:
    """Whether a file that begins so is such a page."""
    return head.startswith(HEADING)


def verify_report(path: Path, data: bytes, keys: Keys) -> Verdict:
    """Check a page against pinned keys of people."""
    check = _check(data, keys)
    return Verdict(str(path), len(data), "not asked: a person signs a report", (check,), (), _UNREAD)


def _check(data: bytes, keys: Keys) -> Check:
    name = "Signed by a person whom you pinned, and as it was signed"
    try:
        text, signatures = read_note(data.decode("utf-8"))
    except (NoteMalformed, UnicodeDecodeError):
        return Check(name, False, "the page has no signature, or one that is cut or changed.")
    for signed in signatures:
        key = keys.people.get(signed.name)
        if key is None or key.hint != signed.hint:
            continue
        if fits(key, signed.signature, text.encode()):
            return Check(name, True, f"every byte is as '{key.name}' signed it.")
        return Check(name, False, f"it bears the name of '{key.name}', and the text is not what that key signed.")
    return Check(name, False, "no key of a person in your file signed it.")
