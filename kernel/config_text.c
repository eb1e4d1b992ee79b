// SPDX-License-Identifier: BSD-2-Clause
/* The text of the configuration: encoding, lines, words, comments and quotes; and messages. */
#include "kernel/config_parser.h"
#include "kernel/errno.h"
#include "kernel/format.h"
#include "kernel/machine.h"

/* Of what was found a message shows this much, so that what was expected always has room. */
#define SHOWN_BYTES 60

#define EXPECTED_BYTES (CONFIG_ERROR_BYTES - SHOWN_BYTES - 40)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Bytes above 127 are parts of UTF-8 characters. */
static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

bool span_is(struct span span, const char *text)
{
	return span.bytes == strlen(text) && !memcmp(span.start, text, span.bytes);
}

struct span span_trim(struct span span)
{
	while (span.bytes && is_blank(span.start[0])) {
		span.start++;
		span.bytes--;
	}
	while (span.bytes && is_blank(span.start[span.bytes - 1]))
		span.bytes--;
	return span;
}

struct span span_cut(struct span *rest, char end)
{
	struct span head = {rest->start, 0};

	while (head.bytes < rest->bytes && head.start[head.bytes] != end)
		head.bytes++;
	if (head.bytes == rest->bytes)
		*rest = (struct span){NULL, 0};
	else
		*rest = (struct span){rest->start + head.bytes + 1, rest->bytes - head.bytes - 1};
	return head;
}

struct span span_word(struct span *rest)
{
	bool quoted = false;
	struct span word;

	*rest = span_trim(*rest);
	word = (struct span){rest->start, 0};
	while (word.bytes < rest->bytes && (quoted || !is_blank(word.start[word.bytes])))
		quoted ^= word.start[word.bytes++] == '"';
	*rest = (struct span){rest->start + word.bytes, rest->bytes - word.bytes};
	return word;
}

static bool starts_with(struct span text, const char *bytes, size_t count)
{
	return text.bytes >= count && !memcmp(text.start, bytes, count);
}

/* Without a mark, too: of ASCII characters one of UTF-16's two bytes is zero. */
static bool is_utf16(struct span text)
{
	return starts_with(text, "\xff\xfe", 2) || starts_with(text, "\xfe\xff", 2) ||
	       (text.bytes >= 2 && !text.start[0] != !text.start[1]);
}

int config_check_encoding(struct parser *parser, struct span *text)
{
	if (is_utf16(*text)) {
		parser->line = 1;
		return config_fail(parser, *text,
				   "ASCII or UTF-8: this is UTF-16, save the file anew");
	}
	if (starts_with(*text, "\xef\xbb\xbf", 3))
		*text = (struct span){text->start + 3, text->bytes - 3};
	return 0;
}

int config_strip_line(struct parser *parser, struct span *line)
{
	struct span all = span_trim(*line);
	bool quoted = false;

	*line = (struct span){all.start, 0};
	for (; line->bytes < all.bytes; line->bytes++) {
		char c = line->start[line->bytes];

		if (c == '#' && !quoted && (!line->bytes || is_blank(line->start[line->bytes - 1])))
			break;
		if (is_control(c))
			return config_fail(parser, all,
					   "text without control characters, in lines that end "
					   "with LF or CR LF");
		quoted ^= c == '"';
	}
	*line = span_trim(*line);
	return quoted ? config_fail(parser, *line, "a second quote on the line") : 0;
}

int config_unquote(struct parser *parser, struct span *value)
{
	struct span rest = *value;

	if (!rest.bytes || rest.start[0] != '"')
		return 0;
	(void)span_cut(&rest, '"');
	*value = span_cut(&rest, '"');
	if (!rest.start)
		return config_fail(parser, *value, "a second quote");
	if (rest.bytes)
		return config_fail(parser, rest,
				   "nothing after the second quote of a value that "
				   "begins with one");
	return 0;
}

/* What was found, so that a console shows it: cut, and without control characters. */
static void show(char shown[SHOWN_BYTES + 4], struct span found)
{
	size_t bytes = found.bytes < SHOWN_BYTES ? found.bytes : SHOWN_BYTES;

	for (size_t i = 0; i < bytes; i++)
		shown[i] = found.start[i] == '\t'       ? ' '
			   : is_control(found.start[i]) ? '?'
							: found.start[i];
	memcpy(shown + bytes, "...", 4);
	if (bytes == found.bytes)
		shown[bytes] = 0;
}

int config_fail(const struct parser *parser, struct span found, const char *expected)
{
	char shown[SHOWN_BYTES + 4];

	show(shown, found);
	if (parser->line)
		format_string(parser->error, parser->error_bytes, "line %u: \"%s\": expected %s",
			      parser->line, shown, expected);
	else
		format_string(parser->error, parser->error_bytes,
			      "command line: \"%s\": expected %s", shown, expected);
	return -EINVAL;
}

int config_fail_names(const struct parser *parser, struct span found, const char *const *first,
		      unsigned count, size_t stride)
{
	char expected[EXPECTED_BYTES];
	size_t length = 0;

	for (unsigned i = 0; i < count; i++) {
		const char *const *name = (const char *const *)((const char *)first + i * stride);

		length += format_string(expected + length, sizeof(expected) - length, "%s%s",
					!i              ? ""
					: i + 1 < count ? ", "
							: " or ",
					*name);
	}
	return config_fail(parser, found, expected);
}
