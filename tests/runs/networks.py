"""A network as an unlucky user would bring it."""


def exploding(*, classes: int):
    """Never becomes a network."""
    raise RuntimeError("no such weights on this machine")
