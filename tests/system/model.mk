# SPDX-License-Identifier: BSD-2-Clause
# `make test-model`: drivers that we did not write (stock Linux's ixgbe, DPDK's) on the emulated 82599.

.PHONY: test-model
test-model: nic-plugin bochs
	tests/system/model/run_model
