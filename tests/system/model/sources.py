# SPDX-License-Identifier: BSD-2-Clause
"""The model and our driver share no source but the protocols' numbers: a misreading of the card in the one would be in the other, too."""

import re

from hosts import ROOT

MODEL, DRIVER = "tools/i82599", "drivers/net/ixgbe"
# Numbers of the protocols that both parse, nothing of the card.
PROTOCOLS = "drivers/net/headers.h"


def list_includes(folder):
	"""The files of ours that a folder's sources include."""
	texts = (path.read_text() for path in sorted((ROOT / folder).glob("*.[ch]")))
	return {name for text in texts for name in re.findall(r'^#include "(.*)"$', text, re.MULTILINE)}


class Sources:
	name = "sources"

	def prepare(self):
		"""Nothing is fetched."""

	def run(self, checks):
		ours = [name for name in list_includes(MODEL) if not name.startswith(f"{MODEL}/") and name != PROTOCOLS]
		checks.add(f"{self.name}/model-includes-its-own", not ours, f"it includes {ours}")
		theirs = [name for name in list_includes(DRIVER) if name.startswith("tools/")]
		checks.add(f"{self.name}/driver-includes-none-of-it", not theirs, f"it includes {theirs}")
