# SPDX-License-Identifier: BSD-2-Clause
# `make test-model`: drivers that we did not write (stock Linux's ixgbe, DPDK's) on the emulated 82599,
# and ours.

.PHONY: test-model test-model-qemu
test-model: nic-plugin bochs $(BUILD)/sluice.elf
	tests/system/model/run_model

# The same, with QEMU's emulation in the place of Bochs and the model in the vfio-user server.
test-model-qemu: vfio-user
	tests/system/model/run_model --host qemu
