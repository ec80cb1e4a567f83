"""The scenes of the tour, in the order of the story; each is a function that receives the visit.

opening   a site, its people, a protocol        arrival   files come in, lose their names, become a data set
training  a run, a pulled plug, a replay        verdict   evaluation, signature, release, verification
closing   who is turned away, what stops, what can be checked afterwards
"""
