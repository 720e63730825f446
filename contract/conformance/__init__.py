"""The suite that holds any base URL to the contract, over real HTTP: no framework, no knowledge of how it is served."""

from contract.conformance.check import Check, Outcome
from contract.conformance.serving import Serving
from contract.conformance.suite import check

__all__ = ["Check", "Outcome", "Serving", "check"]
