# SPDX-License-Identifier: BSD-2-Clause
"""Stock Linux on the emulated 82599 in QEMU, by vfio-user: a part of `make test-model-qemu`."""

import json
import os
import subprocess

from harness import BUILD, ROOT, check, find_new_qemu, output_folder

# Probe, transfers, self-test, registers, NVM; offloads of each flow to its queue; a lossless burst of tags.
SCENARIOS = ("basics-10fb", "rss-10f7", "vlan-10fb")


def test_model_qemu():
	find_new_qemu()
	log = output_folder("model_qemu") / "run_model.log"
	with open(log, "w") as out:
		done = subprocess.run([ROOT / "tests/system/model/run_model", "--host", "qemu", "--jobs", "1", *SCENARIOS],
			stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
	result = json.loads((BUILD / "model-qemu.json").read_text())
	failed = [name for name, entry in result["checks"].items() if entry["result"] == "fail"]
	check(done.returncode == 0 and not failed, f"status {done.returncode}, failed {failed}, see {log}")
	check(result["pass"] >= (50 if not os.getuid() else 15), f"only {result['pass']} checks were made, see {log}")
