"""The verifier's own eyes. Nothing here is shared with the code that writes a bundle, but `kernel` and `errors`."""
