"""Shared words: identifiers, digests, records, state tables, Merkle trees, signed notes. No I/O."""
