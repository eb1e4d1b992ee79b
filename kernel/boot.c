// SPDX-License-Identifier: BSD-2-Clause
/* Boot modules by name. */
#include "kernel/boot.h"

#include "kernel/format.h"
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

const char *boot_module_names(char *text, size_t bytes)
{
	size_t length = 0;

	if (!boot_info.modules)
		format_string(text, bytes, "none");
	for (unsigned i = 0; i < boot_info.modules; i++) {
		const char *string = boot_info.module[i].string;
		int name = 0;

		while (string[name] && string[name] != ' ')
			name++;
		length += format_string(text + length, bytes - length, "%s\"%.*s\"", i ? ", " : "",
					name, string);
	}
	return text;
}
