// SPDX-License-Identifier: BSD-2-Clause
/*
 * The files' paths in front of the command line and of modules' strings. GRUB 2 and Limine put none
 * there; iPXE, QEMU, kexec, Syslinux and GRUB 0.97 begin each with the path or URL that they loaded
 * from, so that the file's own words come second.
 */
#include <stddef.h>

#include "arch/x86/boot/multiboot.h"
#include "kernel/format.h"
#include "kernel/string.h"

#define TEXT_BYTES 160

static bool loader_gives_paths(const char *loader)
{
	static const char *const without[] = {"GRUB 2", "Limine"};

	for (unsigned i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		if (!strncmp(loader, without[i], strlen(without[i])))
			return false;
	return true;
}

static char *skip_blanks(char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

static char *skip_word(char *at)
{
	while (*at && *at != ' ')
		at++;
	return at;
}

/* key=value: a path has a slash before its first equals sign, or no equals sign. */
static bool is_option(const char *word)
{
	while (*word && *word != ' ' && *word != '/' && *word != '=')
		word++;
	return *word == '=';
}

/* What follows the last slash of the word that ends at end. */
static char *last_part(char *word, char *end)
{
	char *part = word;

	for (; word < end; word++)
		if (*word == '/' && word + 1 < end)
			part = word + 1;
	return part;
}

/* The string without its path; with nothing else in it, the path's last part, if wanted. */
static void take_path(char *string, bool want_name)
{
	char *word = skip_blanks(string);
	char *end = skip_word(word);
	char *rest = skip_blanks(end);

	if (!*rest && want_name) {
		*end = 0;
		rest = last_part(word, end);
	}
	memmove(string, rest, strlen(rest) + 1);
}

/* Takes the path off, if there is one. What is too long is an error: nothing is cut in silence. */
static const char *take(char *string, bool path, unsigned module)
{
	static char text[TEXT_BYTES];
	bool cut = strlen(string) == BOOT_STRING_BYTES - 1;
	char what[24] = "command line";

	if (path)
		take_path(string, module);
	if (!cut && strlen(string) <= BOOT_CHARACTERS_MOST)
		return NULL;
	if (module)
		format_string(what, sizeof(what), "string of boot module %u", module);
	format_string(text, sizeof(text), "the %s, \"%.40s...\": expected at most %u characters",
		      what, string, BOOT_CHARACTERS_MOST);
	return text;
}

const char *boot_take_paths(struct boot_info *info)
{
	bool paths = loader_gives_paths(info->loader);
	const char *error =
		take(info->command_line, paths && !is_option(skip_blanks(info->command_line)), 0);

	for (unsigned i = 0; !error && i < info->modules; i++)
		error = take(info->module[i].string, paths, i + 1);
	return error;
}
