"""The tour, and the generator of the data that it is shown on.

anatomy    the real CT of a public package, or a phantom where it is absent
bodies     many subjects of one body: deformation, blur, noise
people     invented persons              equipment  invented scanners
headers    a full header, and the answer key to it
series     one subject: instances in slice order
pictures   text burned into pixels       defects    what goes wrong in archives
writer     files                         cohort     the whole export: `generate`
"""
