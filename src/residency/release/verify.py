"""Check a bundle without the site that wrote it: one file, a file of pinned keys, no network, no server.

    verdict = verify(Path("liver.residency"), read_keys(Path("keys.txt").read_text()))
    print(page(verdict))

    python -m residency.release.verify liver.residency --key keys.txt --head kept.note

First the file: its signature by a pinned key, then every byte; damage is located to the header field, to the JSON
field, or to the block of 64 KiB. Only an undamaged file is read further: records, lineage, signatures, evaluation.
Refuses what is no bundle (`NotABundle`, `BundleIncomplete`, `BundleMissing`) and never trusts a key inside it. A signed
report of a de-identification is checked, too.
Not here: writing a bundle (`release.bundle`), with which this shares nothing but `kernel`.
"""

import argparse
import json
import sys
from pathlib import Path

from residency.errors import BadInput, Missing, ResidencyError
from residency.release.verifier import claims, duties, heads, people, training
from residency.release.verifier.container import Source, differences, disorder, listed
from residency.release.verifier.contents import damages
from residency.release.verifier.evidence import Evidence, gather
from residency.release.verifier.index import Index, NotABundle, Opened, find
from residency.release.verifier.keys import KeyFileMalformed, Keys, read_keys
from residency.release.verifier.reports import HEADING, is_report, verify_report
from residency.release.verifier.verdict import Check, Damage, Verdict, as_json, page

__all__ = [
    "Check",
    "Damage",
    "KeyFileMalformed",
    "Keys",
    "NotABundle",
    "Verdict",
    "as_json",
    "page",
    "read_keys",
    "verify",
]

FAILED = 7
_LISTED = 20
_UNREAD = "Anything about what the file says: a file that is not as it was signed is not read further."


class BundleMissing(Missing):
    """There is no such file, or it cannot be read."""


class HeadUnreadable(BadInput):
    """The head given is not a text."""


def verify(path: Path, keys: Keys, head: str | None = None) -> Verdict:
    """Check a bundle against pinned keys and, if given, the note of a head kept outside the site.

    Raises BundleMissing, NotABundle, BundleIncomplete.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BundleMissing(f"{path} cannot be read ({error.strerror}).", remedy="Check the path.") from error
    with file:
        if is_report(file.read(len(HEADING))):
            file.seek(0)
            return verify_report(path, file.read(), keys)
        file.seek(0)
        source = Source(file)
        opened = find(source, keys)
        found = [*opened.damages, *damages(source, opened.index), *differences(source, opened.index.entries)]
        checks = [_signature(opened), _bytes(source, opened.index, found)]
        unread: tuple[str, ...] = (_UNREAD,)
        if opened.signer and not found:
            evidence = gather(source, opened.index, opened.signer)
            checks += _claims(evidence, keys, head)
            unread = heads.cannot_prove(evidence, keys, head)
    site = (
        f"{opened.signer.name}, key {opened.signer.hint.hex()} (pinned by you)" if opened.signer else "not established"
    )
    return Verdict(str(path), source.size, site, tuple(checks), tuple(found), unread)


def main(arguments: list[str] | None = None) -> int:
    """The verifier as a program of its own."""
    parser = argparse.ArgumentParser(
        prog="residency verify", description="Check a bundle without the site that wrote it."
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="file of the public keys that you trust")
    parser.add_argument("--head", type=Path, help="head of the site's log that you kept")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    asked = parser.parse_args(arguments)
    try:
        keys = read_keys(_read(asked.key))
        verdict = verify(asked.bundle, keys, _read(asked.head) if asked.head else None)
    except ResidencyError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return error.exit_code
    print(json.dumps(as_json(verdict), indent=2, ensure_ascii=False) if asked.json else page(verdict))
    return 0 if verdict.passed else FAILED


def _signature(opened: Opened) -> Check:
    name = "Signed by the site"
    if opened.signer is None:
        return Check(name, False, f"{opened.reason}.")
    return Check(name, True, f"the index is signed by '{opened.signer.name}' with the key that you pinned.")


def _bytes(source: Source, index: Index, found: list[Damage]) -> Check:
    name, count = "Byte for byte as it was signed", len(index.entries)
    if not found:
        return Check(name, True, f"{count} members and every byte between them.")
    order = list(disorder(listed(source), index.entries))[:_LISTED]
    return Check(name, False, f"{len(found):,} places are changed.", (*order, *_places(found)))


def _places(found: list[Damage]) -> list[str]:
    """A line for each member and header that is damaged: its first place, and how many more there are."""
    together: dict[tuple[str, str], list[Damage]] = {}
    for damage in sorted(found, key=lambda damage: damage.field != "end of file"):
        title, colon, _ = damage.field.partition(": ")
        together.setdefault((damage.member, title if colon else ""), []).append(damage)
    lines = []
    for damages_there in list(together.values())[:_LISTED]:
        more = f" And {len(damages_there) - 1} more there." if len(damages_there) > 1 else ""
        lines.append(f"byte {damages_there[0].offset:,}: {damages_there[0].says}{more}")
    rest = len(together) - _LISTED
    return [*lines, f"and in {rest} more members or headers"] if rest > 0 else lines


def _claims(evidence: Evidence, keys: Keys, head: str | None) -> list[Check]:
    return [
        claims.log_holds_the_events(evidence),
        heads.head_kept_outside(evidence, head),
        claims.records_are_in_the_log(evidence),
        claims.statement_is_covered(evidence),
        claims.lineage_is_closed(evidence),
        people.protocol_was_approved(evidence),
        claims.weights_are_the_models(evidence),
        training.training_was_replayed(evidence),
        training.training_was_confined(evidence),
        claims.evaluation_is_of_this_model(evidence),
        claims.figures_are_the_evaluations(evidence),
        claims.plan_came_first(evidence),
        people.signatures_hold(evidence, keys),
        people.review_is_independent(evidence, keys),
        people.people_can_be_told_apart(evidence, keys),
        *duties.duties_are_separate(evidence),
    ]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BundleMissing(f"{path} cannot be read ({error.strerror}).", remedy="Check the path.") from error
    except UnicodeDecodeError as error:
        raise HeadUnreadable(f"{path} is not a text.", remedy="Give the file of keys, or of the head.") from error


if __name__ == "__main__":
    sys.exit(main())
