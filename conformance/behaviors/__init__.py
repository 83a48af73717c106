"""Behaviour checks: one short module for each operation and for the gateway.

A module declares its checks with `conformance.checks.check` and `watch`; the
registry imports every module of this package.
"""
