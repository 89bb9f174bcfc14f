"""The built-in rules: one family of situations a file, each an ordinary plugin.

A rule answers with what the policy's key for the situation says; the wording of a situation stands beside its rule.
"""
