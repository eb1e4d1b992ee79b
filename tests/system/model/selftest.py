# SPDX-License-Identifier: BSD-2-Clause
"""Our own driver, by the hypervisor's self-test, on the same card and through every fault."""

import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import harness  # noqa: E402
import test_selftest  # noqa: E402

QUEUES = 2


class Selftest:
	def __init__(self, card):
		self.card = card
		self.name = f"selftest-{card}"

	def prepare(self):
		"""Nothing is fetched."""

	def run(self, checks):
		try:
			run = test_selftest.run_selftest(f"model_{self.name}", QUEUES, nic=self.card,
				faults=test_selftest.FAULTS)
		except harness.Failure as failure:
			checks.add(f"{self.name}/whole", False, str(failure))
			return
		for name, figures in re.findall(r"selftest: PASS (\S+) \((.*)\)", run.serial):
			checks.add(f"{self.name}/{name}", True, figures=figures)
		checks.add(f"{self.name}/no-driver-defects", True, defects=run.model()["defects"])
