# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the serial console and of what chooses its port.

UNIT_TESTS += console/test_serial
console/test_serial_SRCS := arch/x86/cpu/serial.c arch/x86/cpu/uart_choose.c kernel/format.c \
	tests/unit/console/fake_uart.c

UNIT_TESTS += console/test_serial_setting
console/test_serial_setting_SRCS := kernel/serial_setting.c

UNIT_TESTS += console/test_uart
console/test_uart_SRCS := arch/x86/cpu/uart.c arch/x86/cpu/uart_choose.c

UNIT_TESTS += console/test_spcr
console/test_spcr_SRCS := arch/x86/cpu/acpi_spcr.c

UNIT_TESTS += console/test_vga
console/test_vga_SRCS := arch/x86/cpu/vga.c

UNIT_TESTS += console/test_monitor
console/test_monitor_SRCS := kernel/monitor.c
console/test_monitor_CFLAGS := -Iarch/x86/include
