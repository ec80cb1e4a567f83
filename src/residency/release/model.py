"""The act `model.release`: a model that was evaluated and signed goes out, in one bundle that anyone can check.

    released = perform(site, investigator, "model.release", ReleaseModel(model="liver-ct", out=Path("liver.residency")))

Refused, with everything that is missing named at once, unless an evaluation of exactly this model, on the subjects held
back when it was trained, is signed by a reviewer who did not train it. The record is saved first and the bundle written
at a head of the log that holds it, so that the release itself is proven too. Releasing the same again writes the same
evidence at the present head. Not here: what goes into the file (`contents`), its format (`bundle`), checking it
(`verify`).
"""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from residency.dataset.version import find
from residency.errors import Missing, Refused
from residency.evaluate.evaluate import ModelMissing
from residency.evaluate.evaluation import Evaluation
from residency.govern.identity import Actor
from residency.govern.policy import GateText
from residency.govern.terms import DataClass, Terms
from residency.kernel.digest import Digest
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.release.bundle import check_place, write_bundle
from residency.release.contents import Released, gather
from residency.release.duties import Lost, separations_lost
from residency.release.signing import Signature
from residency.release.telling import tell
from residency.runs.run import Model, Run
from residency.site import Site

MISSING = {
    "EVALUATION-MISSING": GateText(
        "No evaluation of exactly this model is here.", "Have it evaluated: residency evaluate."
    ),
    "EVALUATION-ELSEWHERE": GateText(
        "No evaluation of it is on the version that it was trained on, with its held-back subjects.",
        "Have it evaluated on that version; others may stand beside it: residency evaluate.",
    ),
    "SIGNATURE-MISSING": GateText(
        "No such evaluation of it is signed by somebody who did not train it.",
        "Have a clinical reviewer sign it: residency review sign.",
    ),
}
"""The gates of a release that no policy can know: they need the records."""


class NotReleasable(Refused):
    """Something that a release needs is missing; the gates name all of it."""


class ReleaseModel(Part):
    """A model to release."""

    model: str = Field(description="The model, its run, or the data set whose newest model is meant.")
    out: Path = Field(description="The bundle to write; it is never written over another file.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


class Release(Record):
    """That a model went out: which, judged by which evaluation, signed by whom.

    `separations_lost` names who had carried two duties that two people should, as far as was known then.
    """

    kind: ClassVar[str] = "release"
    model: Digest
    model_id: str
    evaluation: Digest
    signatures: tuple[Digest, ...]
    trainer: str
    separations_lost: tuple[Lost, ...]
    terms: Terms
    data_class: DataClass

    @property
    def scope(self) -> str:
        """Looked up by the model."""
        return self.model_id


class BundleCard(Part):
    """What came of a release: the file to hand out, and the keys to hand out by another way."""

    kind: ClassVar[str] = "bundle"
    release: str
    model: Digest
    bundle: str
    digest: Digest
    public_keys: str


def release(site: Site, by: Actor, ask: ReleaseModel) -> BundleCard:
    """Write the bundle of a model; raises ModelMissing, NotReleasable, BundleExists, BundleUnwritable, NotAllowed."""
    model = _model(site, ask.model)
    check_place(ask.out)
    evaluation, signatures = _signed(site, model)
    record = _record(site, by, model, evaluation, signatures)
    with site.gate.lease(by, "model.release", model, purpose=ask.purpose) as lease:
        weights = site.sealed.read(model.file, lease.keys(model.space, [model.key_group]))
        shown = {n: ref for n, ref in evaluation.figures.items() if n not in evaluation.shows_subjects}
        keys = lease.keys(evaluation.space, [evaluation.figure_group])
        figures = {name: site.sealed.read(ref, keys) for name, ref in shown.items()}
    with site.gate.act(by, "model.release", model, purpose=ask.purpose) as act:
        before = [r for r in site.ledger.all(Release, scope=model.id) if r.evaluation == evaluation.digest()]
        if before:
            record = before[-1]
            act.reason = f"{record.id} is written out again"
        else:
            act.save(record)
            act.made(record, of=[model, evaluation, *record.signatures])
    run = site.ledger.get(Run, model.run)
    members = gather(site, Released(record, model, run, evaluation, by.id, weights, figures))
    digest = write_bundle(ask.out, members, site.log_key)
    keys_file = str(site.folder / "public-keys.txt")
    return BundleCard(
        release=record.id, model=model.digest(), bundle=str(ask.out), digest=digest, public_keys=keys_file
    )


def _model(site: Site, name: str) -> Model:
    """By id, digest, run, or the newest model of the newest version of a data set; raises ModelMissing."""
    models = site.ledger.all(Model)
    named = [m for m in models if name in (m.id, m.run_id, m.digest())]
    if not named:
        try:
            version = find(site, name).digest()
        except Missing:
            version = ""
        named = [m for m in models if m.version == version]
    if not named:
        raise ModelMissing(f"There is no model '{name}'.", remedy="Name a model, its run, or its data set.")
    return named[-1]


def _signed(site: Site, model: Model) -> tuple[Evaluation, list[Signature]]:
    """The newest evaluation on the model's own version that is signed, with its signatures; raises NotReleasable."""
    evaluations = [e for e in site.ledger.all(Evaluation, scope=model.id) if e.model == model.digest()]
    own = [evaluation for evaluation in evaluations if model.version in evaluation.versions]
    for evaluation in reversed(own):
        of = evaluation.digest()
        signatures = [s for s in site.ledger.all(Signature, scope=evaluation.id) if s.of == of]
        independent = [s for s in signatures if s.person != model.trainer]
        if independent:
            return evaluation, independent
    missing = ["SIGNATURE-MISSING"]
    if not own:
        missing.insert(0, "EVALUATION-ELSEWHERE" if evaluations else "EVALUATION-MISSING")
    raise NotReleasable(
        f"{model.id} cannot be released ({', '.join(missing)}). {' '.join(MISSING[gate].says for gate in missing)}",
        remedy=" ".join(MISSING[gate].remedy for gate in missing),
        gates=tuple(missing),
    )


def _record(site: Site, by: Actor, model: Model, evaluation: Evaluation, signatures: list[Signature]) -> Release:
    at, signed = site.clock(), tuple(signature.digest() for signature in signatures)
    with site.ledger.reading() as book:
        told = tell(book, [model.digest(), evaluation.digest(), *signed], model, evaluation)
    return Release(
        id=new_id("release", at),
        made_at=at,
        made_by=by.id,
        model=model.digest(),
        model_id=model.id,
        evaluation=evaluation.digest(),
        signatures=signed,
        trainer=model.trainer,
        separations_lost=separations_lost(told, model, evaluation, by=by.id),
        terms=model.terms,
        data_class=model.data_class,
    )
