# SPDX-License-Identifier: BSD-2-Clause
"""Every check by name with its result, the reason of a failure or skip, and its figures."""

import json

PASS, FAIL, SKIPPED = "pass", "fail", "skipped"


class Results:
	"""quiet: nothing is printed. seconds: of real time, by scenario."""

	def __init__(self, quiet=False):
		self.checks, self.seconds, self.quiet = {}, {}, quiet

	def add(self, name, holds, reason="", **figures):
		"""A check that was made; the reason is kept if it does not hold."""
		self._make(name, PASS if holds else FAIL, "" if holds else reason, figures)

	def skip(self, name, reason):
		self._make(name, SKIPPED, reason, {})

	def _make(self, name, result, reason, figures):
		entry = {"result": result}
		if reason:
			entry["reason"] = reason
		if figures:
			entry["figures"] = figures
		self.put(name, entry)

	def put(self, name, entry):
		self.checks[name] = entry
		if not self.quiet:
			reason = f": {entry['reason']}" if "reason" in entry else ""
			print(f"{entry['result']:7} {name}{reason}", flush=True)

	def count(self, result):
		return sum(entry["result"] == result for entry in self.checks.values())

	def summary(self):
		return (f"{self.count(PASS)} passed, {self.count(FAIL)} failed"
			f"{f', {self.count(SKIPPED)} skipped' if self.count(SKIPPED) else ''}")

	def write(self, path):
		totals = {result: self.count(result) for result in (PASS, FAIL, SKIPPED)}
		path.write_text(json.dumps({**totals, "seconds": self.seconds, "checks": self.checks}, indent=1) + "\n")
