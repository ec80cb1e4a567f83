"""Chapter 5: how good, and for whom.

`measure` compares masks, `summary` makes the table with its intervals and its suppressed cells, `plan` holds the
endpoints that were fixed beforehand and judges them, `figures` and `overlay` draw, `caveats` says what a result does
not show.
"""
