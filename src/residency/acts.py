"""Every act of the product, one row each: what a person or a program can make happen.

The command, the Cedar action, the verb in the audit log and the page of reference all derive from the row. Strings
only, so that start-up stays light; the function is imported when the act is called. `group` is the Cedar action group:

    shows       looks at records                      administers  changes who is who
    drafts      proposes                              approves     lets a proposal take effect
    uses-data   opens or makes data of a protocol     discloses   hands data out of the site
    assesses    measures what data give away
    samples     lays cleaned data out to be read           agrees    says what was found in them
    asks-back   asks who has a code                   reveals      lets somebody else know it
    caches      moves ciphertext to where it is read fast
    forgets     destroys keys                         signs, releases, records, begins: see the policies
    reports     what a run says of itself; no command
    plans       done by evaluate before the test split is opened; no command

Not here: who may (`govern/policies`), what they do (the functions named).
"""

from typing import NamedTuple


class Act(NamedTuple):
    """A row: the name with a dot for each space of the command."""

    name: str
    function: str
    group: str
    summary: str


ACTS: tuple[Act, ...] = (
    Act("site.status", "residency.upkeep.site:status", "shows", "What stands here and what runs."),
    Act("site.rotate", "residency.upkeep.site:rotate", "administers", "Wrap every key anew, under a new generation."),
    Act(
        "site.shares",
        "residency.upkeep.shares:shares",
        "administers",
        "Write shares of the key ring's root, for custodians to keep.",
    ),
    Act(
        "site.backup",
        "residency.upkeep.backup:backup",
        "administers",
        "Copy the ledger, sealed, and the objects that it needs to another place.",
    ),
    Act("site.doctor", "residency.upkeep.site:doctor", "shows", "Check on live data what must always hold."),
    Act(
        "person.add", "residency.protocol.people:add", "administers", "Add a person, with roles and a key of their own."
    ),
    Act("person.list", "residency.protocol.people:people", "shows", "Who is here, with roles and public keys."),
    Act(
        "person.retire", "residency.protocol.people:retire", "administers", "Let a person go; the name is never reused."
    ),
    Act(
        "protocol.draft",
        "residency.protocol.protocol:draft",
        "drafts",
        "Propose who may use which data, why, until when.",
    ),
    Act(
        "protocol.approve",
        "residency.protocol.protocol:approve",
        "approves",
        "Let a draft take effect, with its letter.",
    ),
    Act("protocol.amend", "residency.protocol.protocol:amend", "drafts", "Propose a change of a protocol."),
    Act(
        "protocol.expire",
        "residency.dataset.expire:expire",
        "forgets",
        "Destroy the keys of data that were kept as long as the protocol allows.",
    ),
    Act("protocol.list", "residency.protocol.protocol:protocols", "shows", "Protocols and their states."),
    Act("protocol.show", "residency.protocol.protocol:show", "shows", "One protocol as it stands."),
    Act(
        "ingest",
        "residency.ingest.ingest:ingest",
        "uses-data",
        "Bring a folder in: accept, or quarantine with a reason.",
    ),
    Act("quarantine.list", "residency.ingest.quarantine:held", "shows-data", "What is held back, by reason."),
    Act("quarantine.show", "residency.ingest.quarantine:show", "shows-data", "One group of held items."),
    Act("quarantine.accept", "residency.ingest.quarantine:accept", "uses-data", "Send a group back through its step."),
    Act("quarantine.reject", "residency.deid.exclusion:reject", "uses-data", "Exclude a group for good."),
    Act("deid.run", "residency.deid.run:run", "uses-data", "Take the names out of an intake."),
    Act(
        "deid.exam",
        "residency.deid.exam.sit:sit",
        "uses-data",
        "Plant invented identifiers into copies of the data, clean them, and count what is left.",
    ),
    Act("deid.report", "residency.deid.signed:sign", "records", "Sign a page that says what a cleaning did."),
    Act(
        "deid.review",
        "residency.deid.review.sample:review",
        "samples",
        "Lay some cleaned items out for a second pair of eyes.",
    ),
    Act("deid.agree", "residency.deid.review.agree:agree", "agrees", "Record what a second pair of eyes found."),
    Act("deid.risk", "residency.deid.risk.assess:risk", "assesses", "Measure how likely anybody is found again."),
    Act("deid.determine", "residency.deid.determine:determine", "records", "Record a determination of one output."),
    Act("deid.ask", "residency.deid.reveal:ask", "asks-back", "Ask whose a code is, with a reason."),
    Act("deid.reveal", "residency.deid.reveal:reveal", "reveals", "Lead a code back, as somebody else asked."),
    Act(
        "dataset.draft",
        "residency.dataset.draft:draft",
        "uses-data",
        "Choose what a data set shall hold and how it splits.",
    ),
    Act("dataset.freeze", "residency.dataset.freeze:freeze", "uses-data", "Fix a draft so that it never changes."),
    Act("dataset.withdraw", "residency.dataset.withdraw:withdraw", "forgets", "Destroy the keys of one subject."),
    Act(
        "dataset.diff", "residency.dataset.diff:compare", "shows-data", "What one version holds that another does not."
    ),
    Act(
        "dataset.export",
        "residency.dataset.export:export",
        "discloses",
        "Hand a version out to a named recipient, in a form that others read.",
    ),
    Act("run.submit", "residency.runs.submit:submit", "trains", "Train a model on a frozen version."),
    Act("run.prove", "residency.runs.prove:prove", "trains", "Replay part of a run and compare every bit."),
    Act("run.train", "residency.runs.supervise:train", "reports", "What a run does on behalf of its submitter."),
    Act("evaluate.plan", "residency.evaluate.evaluate:plan", "plans", "Fix what will be measured, before it is."),
    Act("evaluate", "residency.evaluate.evaluate:evaluate", "evaluates", "Measure a model on data it has not seen."),
    Act("review.sign", "residency.release.signing:sign", "signs", "Sign an evaluation with your own key."),
    Act("model.release", "residency.release.model:release", "releases", "Write the bundle that anyone can verify."),
    Act("study.run", "residency.study:run", "begins", "Do every chapter of a study that is not done yet."),
    Act("store.status", "residency.upkeep.store:status", "shows", "What lies in the store, and whether it is needed."),
    Act("store.scrub", "residency.upkeep.store:scrub", "shows", "Read every object and find what has rotted; no key."),
    Act("store.clean", "residency.upkeep.store:clean", "administers", "Remove the objects that nothing names."),
    Act("store.move", "residency.upkeep.tiers:move", "uses-data", "Move a version to the archive, or back."),
    Act("store.prefetch", "residency.upkeep.tiers:prefetch", "caches", "Bring a version into the cache."),
    Act("store.evict", "residency.upkeep.tiers:evict", "caches", "Take a version out of the cache."),
    Act("lineage", "residency.upkeep.log:lineage", "shows", "What a record was made of, and what was made of it."),
    Act(
        "explain",
        "residency.upkeep.log:explain",
        "shows",
        "Why an event fell as it did, and what would change it.",
    ),
    Act("audit.log", "residency.upkeep.log:audit_log", "shows-log", "The events, oldest first."),
    Act("audit.verify", "residency.upkeep.log:audit_verify", "shows-log", "Hash the whole log again."),
)

BY_NAME = {act.name: act for act in ACTS}
