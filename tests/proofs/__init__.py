"""Long checks that write down what they found, under `docs/proofs/`."""
