"""What a recipe would do, before it does anything: to a sample, and against another recipe.

check    one check, with its answer                        rules    recipes by kind of data, and how they differ
sample   a sample, cleaned in memory and thrown away       citing   which row of the table says so

Nothing is written, and no original value is in the answer. Not here: the cleaning itself (`dicom`, `folders`).
"""
