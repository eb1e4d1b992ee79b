/* SPDX-License-Identifier: BSD-2-Clause */
/* What a capture file holds, read back byte by byte (pcap file format, nanosecond magic). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "tools/wire/capture.h"

#define MAGIC_NANOSECOND 0xa1b23c4du
#define FILE_HEADER      24
#define RECORD_HEADER    16

static char path[] = "/tmp/test-capture-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	return close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static size_t read_file(uint8_t *buf, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t len;

	assert_non_null(f);
	len = fread(buf, 1, size, f);
	fclose(f);
	return len;
}

static uint32_t word_at(const uint8_t *buf, size_t offset)
{
	uint32_t word;

	memcpy(&word, buf + offset, sizeof(word));
	return word;
}

static void frames_are_kept_whole_with_nanosecond_stamps(void **state)
{
	uint8_t frame[60], big[9014], file[16384];
	struct capture *capture;
	size_t at = FILE_HEADER;
	char why[256];

	(void)state;
	memset(frame, 0x5a, sizeof(frame));
	memset(big, 0xa5, sizeof(big));
	assert_int_equal(capture_open(&capture, path, why, sizeof(why)), 0);
	capture_write(capture, frame, sizeof(frame), 1234567);
	capture_write(capture, big, sizeof(big), 3000000000000ull + 999999999ull * 1000 + 999);
	capture_flush(capture);

	/* Complete after a flush, before it is closed. */
	assert_int_equal(read_file(file, sizeof(file)),
			 FILE_HEADER + 2 * RECORD_HEADER + sizeof(frame) + sizeof(big));
	capture_close(capture);
	assert_int_equal(word_at(file, 0), MAGIC_NANOSECOND);
	assert_int_equal(word_at(file, 20), 1); /* Ethernet */
	assert_int_equal(word_at(file, at), 0);
	assert_int_equal(word_at(file, at + 4), 1234);
	assert_int_equal(word_at(file, at + 8), sizeof(frame));
	assert_int_equal(word_at(file, at + 12), sizeof(frame));
	assert_memory_equal(file + at + RECORD_HEADER, frame, sizeof(frame));
	at += RECORD_HEADER + sizeof(frame);
	assert_int_equal(word_at(file, at), 3);
	assert_int_equal(word_at(file, at + 4), 999999999);
	assert_int_equal(word_at(file, at + 8), sizeof(big));
	assert_memory_equal(file + at + RECORD_HEADER, big, sizeof(big));
}

static void unwritable_file_is_named(void **state)
{
	struct capture *capture;
	char why[256] = "";

	(void)state;
	assert_int_equal(capture_open(&capture, "/nowhere/at/all.pcap", why, sizeof(why)), -EIO);
	assert_non_null(strstr(why, "/nowhere/at/all.pcap"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_kept_whole_with_nanosecond_stamps),
		cmocka_unit_test(unwritable_file_is_named),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
