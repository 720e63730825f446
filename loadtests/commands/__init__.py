"""The commands of `trilane`, one module each; `loadtests.program` registers them."""
