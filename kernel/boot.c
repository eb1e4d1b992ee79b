// SPDX-License-Identifier: BSD-2-Clause
/* Boot modules by name. */
#include "kernel/boot.h"

#include "kernel/string.h"

struct boot_info boot_info;

const struct boot_module *boot_module_find(const char *name)
{
	size_t length = strlen(name);

	for (unsigned i = 0; i < boot_info.modules; i++) {
		const char *string = boot_info.module[i].string;

		if (!strncmp(string, name, length) && (!string[length] || string[length] == ' '))
			return &boot_info.module[i];
	}
	return NULL;
}
