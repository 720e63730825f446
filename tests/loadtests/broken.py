"""An app that cannot be imported."""

raise RuntimeError("the pool is too small")
