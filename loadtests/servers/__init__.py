"""The lanes: one table of data; start, wait until ready, stop."""

from loadtests.servers.lanes import DEFAULT, LANES, Lane, find
from loadtests.servers.process import served, start, stop_all
from loadtests.servers.server import Server
from loadtests.servers.setup import workers_for
from loadtests.servers.stacks import Stack, stack

__all__ = ["DEFAULT", "LANES", "Lane", "Server", "Stack", "find", "served", "stack", "start", "stop_all", "workers_for"]
