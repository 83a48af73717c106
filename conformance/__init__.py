"""The conformance kit: targets, wire, checks, judge, pytest plugin, command line."""

__version__ = "0.1.0"
