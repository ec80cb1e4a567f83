"""A second pair of eyes on what was cleaned: a sample drawn and shown, and what somebody else found in it.

sample    the act `deid.review`: draw, write, record      agree     the act `deid.agree`: take in what was found
draw      which items, so that every kind is among them   findings  the file that the reviewer fills in
texts     what a header still says                        figures   kappa
pictures  slices, projections, surfaces                   pages     what the reviewer reads

Nobody agrees with their own cleaning. Not here: the cleaning (`run`), the judgement of the risk (`determine`).
"""
