"""How likely it is that somebody is found again, over everything that is known of each subject together.

`classes` finds who is alike in all quasi-identifiers, `measures` gives k, l and t, `attack` the risk to prosecutor,
journalist and marketer, `population` what is unique beyond the sample. `quasi` says what counts as a quasi-identifier
and how it may be made coarser, `linked` joins all tables and images of a subject into one record, `codes` looks at the
sets of codes in it. `propose` searches for the coarsening that reaches a target at the least loss (`loss`,
`hierarchy`). The act is in `assess`; its `report` holds numbers, never a value.
"""
