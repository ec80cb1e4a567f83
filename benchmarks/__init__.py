"""One file for each claim of the README; each prints JSON with ratios against peers measured in the same run."""
