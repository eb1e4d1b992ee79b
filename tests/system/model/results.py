# SPDX-License-Identifier: BSD-2-Clause
"""Every check by name with its result, the reason of a failure or skip, and its figures."""

import json

PASS, FAIL, SKIPPED = "pass", "fail", "skipped"


class Results:
	def __init__(self):
		self.checks = {}

	def add(self, name, holds, reason="", **figures):
		"""A check that was made; the reason is kept if it does not hold."""
		self._put(name, PASS if holds else FAIL, "" if holds else reason, figures)

	def skip(self, name, reason):
		self._put(name, SKIPPED, reason, {})

	def _put(self, name, result, reason, figures):
		entry = {"result": result}
		if reason:
			entry["reason"] = reason
		if figures:
			entry["figures"] = figures
		self.checks[name] = entry
		print(f"{result:7} {name}" + (f": {reason}" if reason else ""), flush=True)

	def count(self, result):
		return sum(entry["result"] == result for entry in self.checks.values())

	def summary(self):
		return (f"{self.count(PASS)} passed, {self.count(FAIL)} failed"
			f"{f', {self.count(SKIPPED)} skipped' if self.count(SKIPPED) else ''}")

	def write(self, path):
		totals = {result: self.count(result) for result in (PASS, FAIL, SKIPPED)}
		path.write_text(json.dumps({**totals, "checks": self.checks}, indent=1) + "\n")
