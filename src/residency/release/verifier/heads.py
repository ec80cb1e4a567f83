"""The log's head against one that the reader kept elsewhere, and everything that no bundle can prove.

Not here: the audit of the whole log, which needs the site (`residency audit verify`).
"""

import base64
import binascii

from residency.kernel.merkle import verify_consistency
from residency.kernel.note import Checkpoint, NoteMalformed
from residency.release.verifier.claims import external
from residency.release.verifier.evidence import CONSISTENCY, Evidence, items
from residency.release.verifier.keys import Keys, read_head
from residency.release.verifier.people import vouched_by_the_log_alone
from residency.release.verifier.verdict import Check

_NAME = "The log still holds what it held before"


def head_kept_outside(evidence: Evidence, note: str | None) -> Check:
    """Whether the signed log is a continuation of the one whose head the reader kept."""
    if note is None:
        return Check(_NAME, None, "not asked: no earlier head was given (--head), so a rewritten log is not excluded.")
    if evidence.head is None:
        return Check(_NAME, False, "the bundle has no authentic head to compare with.")
    try:
        kept = read_head(note, evidence.site)
    except NoteMalformed as error:
        return Check(_NAME, False, f"the head that you kept is not of this log. {error.message}")
    return _compared(evidence, kept, evidence.head)


def cannot_prove(evidence: Evidence, keys: Keys, head: str | None) -> tuple[str, ...]:
    """What the reader has to believe, or to find out in another way."""
    size = evidence.head.size if evidence.head else 0
    sentences = [
        f"That nothing is left out: {len(evidence.leaves):,} of the log's {size:,} events are here, and what was never "
        "logged leaves no trace.",
        "That the data were opened no more often than these events show; only the whole log can tell.",
        "That the times are true: they are those of the site's clock, and no outside clock has signed them.",
        "That people are who they say, and that each alone holds their key: whoever administers the computers on which "
        "people sign could take part in a deception.",
        "That the labels are right, that the figures were computed from the data named, or that the model will do as "
        "well elsewhere: the data are not in this file.",
        "That no name is left in the data: the report of de-identification says what was looked for.",
        "That the code that ran is the code whose digest is named.",
        "What the letter of approval says: only its digest is here.",
    ]
    if head is None:
        sentences.insert(
            1, "That the history before this head was never rewritten: no head kept outside the site was given."
        )
    alone = vouched_by_the_log_alone(evidence, keys)
    if alone:
        sentences.append(
            f"That the key of {', '.join(alone)} is theirs: it is not pinned, the site's log alone vouches for it."
        )
    declared = items(evidence.statement, "external")
    if external(evidence):
        sentences.append(f"What the {len(declared)} digests stand for that are declared to be outside this file.")
    return tuple(sentences)


def _compared(evidence: Evidence, kept: Checkpoint, head: Checkpoint) -> Check:
    if kept.size > head.size:
        says = f"the head that you kept is newer ({kept.size:,} events) than this bundle's ({head.size:,})."
        return Check(_NAME, None, f"not shown: {says} Have the site run 'audit verify' with it.")
    if kept.size == head.size:
        same = kept.root == head.root
        return Check(_NAME, same, "it is the very head that you kept." if same else _forked(kept))
    for proof in evidence.consistency:
        if isinstance(proof, dict) and proof.get("from") == kept.size:
            holds = verify_consistency(kept.size, head.size, _hashes(proof), kept.root, head.root)
            says = f"its first {kept.size:,} events are those of the head that you kept."
            return Check(_NAME, holds, says if holds else _forked(kept))
    says = f"not shown: the bundle holds no proof ({CONSISTENCY}) from {kept.size:,} to {head.size:,} events."
    return Check(_NAME, None, f"{says} Have the site run 'audit verify' with the head that you kept.")


def _forked(kept: Checkpoint) -> str:
    return f"the first {kept.size:,} events are not those of the head that you kept: history was rewritten."


def _hashes(proof: dict) -> list[bytes]:
    try:
        return [base64.b64decode(step, validate=True) for step in items(proof, "hashes")]
    except (binascii.Error, ValueError, TypeError):
        return []
