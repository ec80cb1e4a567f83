"""A story as a tour leaves it, with invented numbers: enough of everything for the report to be drawn."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from residency.demo.story import (
    Answer,
    Chapter,
    Counted,
    Examined,
    Held,
    Letter,
    Link,
    Refused,
    Story,
    Training,
    Verification,
)
from residency.evaluate.evaluation import Evaluation, Result
from residency.evaluate.figures import Stop, curve, strip, subgroups
from residency.evaluate.measure import Measured
from residency.evaluate.overlay import Case, overlay
from residency.evaluate.plan import Endpoint, judge
from residency.evaluate.summary import summarise
from residency.govern.terms import Terms

CAVEATS = ("generated from 1 real anatomy", "labels are output of the TotalSegmentator models, not manual")
SHARED = "same anatomy: no generalisation measured"
EXPERT = "invented expert determination: Dr E. Xample does not exist, and nobody judged the risk"
NOTHING = "sha256:" + "0" * 64
GROUPS = {
    "sex": ["F", "M"] * 10,
    "age_band": ["40-49"] * 6 + ["50-59"] * 7 + ["60-69"] * 5 + ["70-79"] * 2,
    "race": ["Asian"] * 3 + ["Black or African American"] * 6 + ["White"] * 9 + [None] * 2,
    "scanner": ["Aera One"] * 7 + ["Brilliance"] * 7 + ["Corona"] * 6,
}
_FOREVER = {"starts": datetime(2026, 1, 1, tzinfo=UTC), "ends": datetime(2031, 1, 1, tzinfo=UTC)}
TERMS = Terms(
    protocols=("protocol-1",),
    purposes=("research",),
    people=("marsh",),
    classes={"imaging": "deidentified"},
    attributes=tuple(GROUPS),
    countries=("US",),
    retention_days={"imaging": 3650},
    **_FOREVER,
)


def rows(count: int, means: dict[str, float]) -> list[Measured]:
    """So many subjects with Dice about these means; the last subject's last structure is missed."""
    random, made = np.random.default_rng(3), []
    for number in range(count):
        for structure, mean in means.items():
            missed = number == count - 1 and structure == list(means)[-1]
            dice = 0.0 if missed else float(np.clip(random.normal(mean, 0.03), 0, 1))
            made.append(
                Measured(
                    subject=f"sub-{number:02}",
                    structure=structure,
                    status="missed" if missed else "present",
                    dice=dice,
                    nsd=min(1.0, dice * 1.04),
                    hd95_mm=400.0 if missed else 40 * (1 - dice),
                    tolerance_mm=3,
                    reference_ml=900,
                    predicted_ml=880,
                )
            )
    return made


def result(name: str, measured: list[Measured], caveats: tuple[str, ...], *, external: bool) -> Result:
    """A result over these rows."""
    people = sorted({row.subject for row in measured})
    subjects = {code: {by: groups[n] for by, groups in GROUPS.items()} for n, code in enumerate(people)}
    table = summarise(measured, subjects, by=list(GROUPS), min_cell=5, seed=1, resamples=200, caveats=caveats)
    endpoints = [Endpoint(metric="dice", of="liver", at_least=0.75)]
    return Result(
        version=NOTHING,
        name=name,
        external=external,
        looks=1,
        unlabelled=0,
        table=table,
        verdicts=tuple(judge(endpoint, table) for endpoint in endpoints),
        caveats=caveats,
    )


def pictures(own: Result, measured: list[Measured]) -> dict[str, bytes]:
    """Figures as an evaluation names them."""
    made = {"liver-ct-1-strip": strip(measured, own.caveats), "liver-ct-1-overlay": _overlay(own.caveats)}
    for structure in ("liver", "spleen"):
        made[f"liver-ct-1-subgroups-{structure}"] = subgroups(own.table, structure)
    return made


def story(*, drawn: bool = True) -> Story:
    """The whole story; without its pictures where only words are looked at."""
    measured = rows(20, {"liver": 0.91, "spleen": 0.78})
    own = result("liver-ct@1", measured, (SHARED, *CAVEATS), external=False)
    elsewhere = result(
        "liver-ct-external@1",
        rows(1, {"liver": 0.62, "spleen": 0.3}),
        (CAVEATS[1], "trained on data " + CAVEATS[0]),
        external=True,
    )
    evaluation = Evaluation(
        id="evaluation-0001",
        made_at=datetime(2026, 11, 24, tzinfo=UTC),
        made_by="person-1",
        model=NOTHING,
        model_id="model-1",
        dataset_version=NOTHING,
        versions=(NOTHING, NOTHING),
        plan=NOTHING,
        results=(own, elsewhere),
        figures={},
        pngs={},
        shows_subjects=(),
        space="key-space-1",
        figure_group="key-group-1",
        caveats=own.caveats,
        trainer="person-1",
        terms=TERMS,
        data_class="deidentified",
    )
    return Story(
        title="From a folder of CT to a signed model",
        made_at="24 November 2026",
        lead="Fifty-one people who never lived went through a hospital's export, lost their names, taught a small "
        "network where the liver is, and left a file that anyone can check.",
        caveats=CAVEATS,
        expert=EXPERT,
        chapters=chapters(),
        counted=(
            Counted("liver-ct", "ingest", 2492, {"accepted": 2313, "excluded": 0, "held back": 179}),
            Counted("liver-ct-external", "ingest", 21, {"accepted": 21, "excluded": 0, "held back": 0}),
            Counted("liver-ct", "de-identification", 2388, {"clean": 2361, "excluded": 0, "held back": 27}),
        ),
        held=held(),
        letters=(
            Letter("A", "names", "Removed, and the result was searched for them.", met=True),
            Letter("C", "dates finer than a year, and ages over 89", "Dates are shifted by whole days.", met=False),
        ),
        exams=(Examined("liver-ct", 1480, 1480, 0.9975),),
        refusals=refusals(),
        training=training(drawn=drawn),
        evaluation=evaluation,
        figures=pictures(own, measured) if drawn else {},
        signature="Dr Inês Silva signed with her own key: “I reviewed this evaluation and judge the model fit for the "
        "use that its protocol names.”",
        lineage=links(),
        verification=verification(),
        head="residency/site/demo\n12\nabc=\n\n— residency/site/demo xyz\n",
        search="1 204 planted identifiers were searched for in the 96 files that are not sealed: 0 found. A marker "
        "planted as a control was found.",
        paths={"bundle": Path("demo-out/liver-ct.residency"), "public keys": Path("demo-out/auditor/public-keys.txt")},
        check="residency verify liver-ct.residency --key auditor/public-keys.txt --head auditor/newest.note",
    )


def chapters() -> tuple[Chapter, ...]:
    """Eleven, as the tour has them."""
    return (
        Chapter(
            "A hospital", 21.4, ("48 people and three visitors, three scanners, two sites; 12 deliberate defects.",)
        ),
        Chapter("A site, and nine people", 15.0, ("Each has a signing key under a passphrase of their own.",)),
        Chapter("A protocol", 6.1, ("Nobody approves their own protocol. The board approved it, and now it counts.",)),
        Chapter("Data come in", 32.8, ("2,492 files received = 2,313 accepted + 0 excluded + 179 held back.",)),
        Chapter("The names go out", 20.2, ("This expert is INVENTED, and so is the judgement; the record says so.",)),
        Chapter("A data set that never changes", 19.0, ("Subjects: train 26, tune 5, test 20.",)),
        Chapter("A model is trained, and a process killed", 148.3, ("Four seconds later it had begun again.",)),
        Chapter("How good, and for whom", 58.9, ("The plan was fixed before the test split was opened.",)),
        Chapter("A signature, and a file that leaves the house", 14.2, ("Two signatures were refused.",)),
        Chapter("Those who are turned away, and an early end", 31.0, ("Both attempts are in the log.",)),
        Chapter("Afterwards", 12.7, ("412 events, hashed again from first to last.",)),
    )


def held() -> tuple[Held, ...]:
    """Three groups."""
    back = "Back to the hospital: this cannot be mended here without guessing."
    return (
        Held("NOT-DICOM", "2 files are not DICOM.", 2, "rejected", back),
        Held(
            "DUPLICATE-SLICE", "2 series hold one instance more than once.", 52, "accepted", "The first copy will do."
        ),
        Held("BURNED-IN", "3 series may carry text burned into the picture.", 27, "rejected", "It stays out."),
    )


def refusals() -> tuple[Refused, ...]:
    """One by two gates, one by an error."""
    ingest = "residency ingest hospital/incoming/ct IRB-2026-014 liver-ct"
    draft = ("PROTOCOL-NOT-APPROVED", "The protocol is not approved: under a draft nothing is read.")
    own = (("ROLE", "No role of this person permits the act."), ("SELF-APPROVAL", "Nobody approves what they drafted."))
    return (
        Refused("Priya Rao, data steward", ingest, (draft,), "", "An IRB administrator approves it."),
        Refused("Dr Ada Okoye, principal investigator", "residency protocol approve", own, "", "Ask somebody else."),
        Refused(
            "Dr Inês Silva, clinical reviewer",
            "residency review sign evaluation-0001",
            (),
            "This passphrase is not that of silva.",
            "Try again.",
        ),
    )


def training(*, drawn: bool) -> Training:
    """A run that was killed once."""
    random = np.random.default_rng(0)
    steps = [*range(1, 113), *range(101, 201)]
    losses = [(step, float(0.25 + np.exp(-step / 40) + random.normal(0, 0.04))) for step in steps]
    return Training(
        sentences=("Two processes learned from sealed data through a ticket that could not open the test split.",),
        facts={"steps": "200", "processes": "2", "network": "U-Net, 16–32–64 channels"},
        curve=curve(losses, [Stop(112, 100)], (SHARED, *CAVEATS)) if drawn else None,
        killed_at=112,
        resumed_from=100,
        back_after_seconds=4.2,
        replayed=(100, 125),
        bit_equal=True,
        weights="sha256:9e107d9d372bb6826bd81d3542a419d6e1fd0a5e6f0c9b2a7d2ac3a4c5d6e7f8",
        environment={"processor": "AVX512", "torch": "2.13.0+cpu"},
        stopped_in_seconds=7.4,
    )


def links() -> tuple[Link, ...]:
    """From protocol to release, with revisions, two sources and links that follow from others."""
    said = """
        source-02a<protocol-01 source-02b<protocol-01 protocol-01<protocol-01
        intake-03a<source-02a intake-03b<source-02b intake-03a<intake-03a intake-03a<quarantine-04a
        quarantine-04a<source-02a quarantine-04b<source-02a intake-03a<quarantine-04b
        deid-05a<intake-03a deid-05b<intake-03b determination-06a<deid-05a determination-06b<deid-05b
        deid-05a<determination-06a deid-05b<determination-06b draft-07a<deid-05a draft-07b<deid-05b
        dataset-version-08a<draft-07a dataset-version-08a<deid-05a dataset-version-08b<draft-07b
        dataset-version-08b<deid-05b run-09<dataset-version-08a model-10<run-09 model-10<dataset-version-08a
        evaluation-plan-11<model-10 evaluation-plan-11<dataset-version-08a evaluation-plan-11<dataset-version-08b
        evaluation-12<evaluation-plan-11 evaluation-12<model-10 evaluation-12<dataset-version-08b
        signature-13<evaluation-12 release-14<signature-13 release-14<model-10 release-14<evaluation-12
    """
    pairs = [word.split("<") for word in said.split()]
    return tuple(Link(*(f"{name.rpartition('-')[0]} {name}" for name in pair)) for pair in pairs)


def verification() -> Verification:
    """What the verifier said."""
    return Verification(
        answers=(
            Answer("Signed by the site", True, "the index is signed with the key that you pinned."),
            Answer("Byte for byte as it was signed", True, "61 members and every byte between them."),
            Answer("The lineage is closed", True, "from the model down to 4 sources and intakes, 19 steps."),
            Answer("The training code was confined", None, "UNCONFINED: it could have reached the network."),
        ),
        cannot_prove=("that the site did what its records say", "that the log was not rolled back before this head"),
        changed="In a copy, one digit of the first Dice was made kinder: 0.91 became 0.99.",
        found=("byte 48,211: records/evaluation/evaluation-0001.json /results/0/table/rows/0/dice/value",),
    )


def _overlay(caveats: tuple[str, ...]) -> bytes:
    random = np.random.default_rng(1)
    z, y, x = np.meshgrid(np.arange(16), np.arange(64), np.arange(64), indexing="ij")
    reference = (((z - 8) / 7) ** 2 + ((y - 30) / 18) ** 2 + ((x - 26) / 15) ** 2 < 1).astype(np.uint8)
    image = (random.normal(-20, 30, reference.shape) + 110 * reference).astype(np.int16)
    case = Case("Median case", image, np.roll(reference, 2, 2), reference, (6.0, 3.0, 3.0))
    worst = case._replace(title="Worst case", prediction=np.roll(reference, 7, 1))
    return overlay([case, worst], {1: "liver"}, caveats)
