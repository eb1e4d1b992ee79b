# SPDX-License-Identifier: BSD-2-Clause
# `make test-model`: stock Linux and its own ixgbe driver on the emulated 82599.

.PHONY: test-model
test-model: nic-plugin bochs
	tests/system/model/run_model
