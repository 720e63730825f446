"""The commands of `trilane`, one module each; `loadtests.cli` registers them."""
