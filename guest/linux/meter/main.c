// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets a guest with `meter = yes` measure the hypervisor's counters: "take", written to
 * /proc/sluice_meter, begins or ends a window, "log" has the hypervisor log the windows.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* arch/x86/platform/hypercalls.h of Sluice. */
#define HYPERCALL_TAKE_COUNTERS 1
#define HYPERCALL_LOG_COUNTERS  2

#define WORD_BYTES 8

/* 0, or a negative errno of the hypervisor's, whose numbers are Linux's. */
static long call(unsigned long number)
{
	long result;

	asm volatile("vmcall" : "=a"(result) : "a"(number) : "memory");
	return result;
}

static ssize_t write_file(struct file *file, const char __user *text, size_t bytes, loff_t *at)
{
	char word[WORD_BYTES] = "";
	long error = -EINVAL;

	if (copy_from_user(word, text, min_t(size_t, bytes, WORD_BYTES - 1)))
		return -EFAULT;
	if (sysfs_streq(word, "take"))
		error = call(HYPERCALL_TAKE_COUNTERS);
	else if (sysfs_streq(word, "log"))
		error = call(HYPERCALL_LOG_COUNTERS);
	return error ? error : bytes;
}

static const struct proc_ops file_ops = {.proc_write = write_file};

static int __init meter_init(void)
{
	return proc_create("sluice_meter", 0200, NULL, &file_ops) ? 0 : -ENOMEM;
}
module_init(meter_init);

static void __exit meter_exit(void)
{
	remove_proc_entry("sluice_meter", NULL);
}
module_exit(meter_exit);

MODULE_DESCRIPTION("Measures the counters of the hypervisor under this machine");
MODULE_LICENSE("GPL");
MODULE_VERSION("1");
