// SPDX-License-Identifier: BSD-2-Clause
/* Linux bzImages (Linux documentation, "The Linux/x86 Boot Protocol"). */
#include "arch/x86/platform/guest_boot.h"
#include "kernel/bulk.h"
#include "kernel/errno.h"
#include "kernel/log.h"
#include "kernel/string.h"
#include "kernel/vm_arch.h"

/* Offsets in the file, and in boot_params. */
#define SETUP_SECTS        0x1f1
#define SYSSIZE            0x1f4
#define BOOT_FLAG          0x1fe
#define JUMP_OFFSET        0x201
#define HEADER_MAGIC       0x202
#define VERSION            0x206
#define LOADFLAGS          0x211
#define INITRD_ADDR_MAX    0x22c
#define KERNEL_ALIGNMENT   0x230
#define RELOCATABLE_KERNEL 0x234
#define XLOADFLAGS         0x236
#define CMDLINE_SIZE       0x238
#define PREF_ADDRESS       0x258
#define INIT_SIZE          0x260
#define HEADER_LEAST_END   0x264
#define HEADER_MOST_END    0x290 /* edd_mbr_sig_buffer of boot_params */

#define BOOT_FLAG_VALUE     0xaa55
#define MAGIC_VALUE         0x53726448 /* "HdrS" */
#define VERSION_LEAST       0x20c      /* the first with xloadflags */
#define LOADED_HIGH         1
#define XLF_KERNEL_64       1
#define SECTOR_BYTES        512
#define SETUP_SECTS_DEFAULT 4
#define SYSSIZE_UNIT        16
#define ENTRY_64            0x200

struct image {
	struct vm *vm;
	const char *name;
	const uint8_t *data;
	uint64_t bytes;
	uint64_t code; /* offset of the protected-mode code */
};

static uint64_t get(const struct image *image, unsigned offset, unsigned bytes)
{
	uint64_t value = 0;

	memcpy(&value, image->data + offset, bytes);
	return value;
}

static int check_magic(const struct image *image)
{
	unsigned flag, version;

	if (image->bytes < HEADER_LEAST_END) {
		log_error("%s: kernel module \"%s\" is truncated: %llu bytes, a Linux setup header "
			  "needs %u",
			  image->vm->name, image->name, (unsigned long long)image->bytes,
			  HEADER_LEAST_END);
		return -EINVAL;
	}
	flag = get(image, BOOT_FLAG, 2);
	if (flag != BOOT_FLAG_VALUE || get(image, HEADER_MAGIC, 4) != MAGIC_VALUE) {
		log_error("%s: kernel module \"%s\" is neither a Linux bzImage (boot flag 0x%x, "
			  "header magic 0x%x; expected 0xaa55 and 0x53726448) nor an ELF file",
			  image->vm->name, image->name, flag,
			  (unsigned)get(image, HEADER_MAGIC, 4));
		return -EINVAL;
	}
	version = get(image, VERSION, 2);
	if (version < VERSION_LEAST) {
		log_error("%s: kernel module \"%s\" is too old: boot protocol %u.%02u, expected "
			  "2.12 or later",
			  image->vm->name, image->name, version >> 8, version & 0xff);
		return -EINVAL;
	}
	return 0;
}

static int check_kind(const struct image *image)
{
	unsigned flags = get(image, XLOADFLAGS, 2);
	unsigned end = HEADER_MAGIC + get(image, JUMP_OFFSET, 1);

	if (!(flags & XLF_KERNEL_64) || !(get(image, LOADFLAGS, 1) & LOADED_HIGH)) {
		log_error("%s: kernel module \"%s\" has no 64-bit entry point (xloadflags 0x%x, "
			  "loadflags 0x%x), expected a 64-bit bzImage",
			  image->vm->name, image->name, flags, (unsigned)get(image, LOADFLAGS, 1));
		return -EINVAL;
	}
	if (end < HEADER_LEAST_END || end > HEADER_MOST_END || end > image->bytes) {
		log_error("%s: kernel module \"%s\" is corrupt: its setup header ends at 0x%x, "
			  "expected 0x%x to 0x%x",
			  image->vm->name, image->name, end, HEADER_LEAST_END, HEADER_MOST_END);
		return -EINVAL;
	}
	return 0;
}

static int check_size(struct image *image)
{
	uint64_t sectors = get(image, SETUP_SECTS, 1);
	uint64_t code = get(image, SYSSIZE, 4) * SYSSIZE_UNIT;

	if (!sectors)
		sectors = SETUP_SECTS_DEFAULT;
	image->code = (sectors + 1) * SECTOR_BYTES;
	if (code <= ENTRY_64) {
		log_error("%s: kernel module \"%s\" is corrupt: %llu bytes of code",
			  image->vm->name, image->name, (unsigned long long)code);
		return -EINVAL;
	}
	if (image->bytes < image->code + code) {
		log_error("%s: kernel module \"%s\" is truncated: %llu bytes, its header says %llu",
			  image->vm->name, image->name, (unsigned long long)image->bytes,
			  (unsigned long long)(image->code + code));
		return -EINVAL;
	}
	return 0;
}

/*
 * Chooses the address, and sets *size to the memory that the kernel needs there before it reads the
 * e820 map. Loaded below the address that it prefers, a kernel moves itself up to there,
 * relocatable or not (boot protocol, pref_address and init_size): so it is never placed lower.
 */
static int place(const struct image *image, uint64_t *address, uint64_t *size)
{
	uint64_t align = get(image, KERNEL_ALIGNMENT, 4);
	uint64_t code = image->bytes - image->code;
	bool relocatable = get(image, RELOCATABLE_KERNEL, 1) && align && !(align & (align - 1));

	*size = get(image, INIT_SIZE, 4);
	if (*size < code)
		*size = code;
	*address = get(image, PREF_ADDRESS, 8);
	if (relocatable && *address < GUEST_KERNEL)
		*address = GUEST_KERNEL;
	if (relocatable && *address <= VM_RAM_LOW_MOST)
		*address = (*address + align - 1) & ~(align - 1);
	if (*address < GUEST_KERNEL) {
		log_error("%s: kernel module \"%s\" cannot be placed: it is not relocatable and "
			  "prefers 0x%llx, expected 0x%llx or above",
			  image->vm->name, image->name, (unsigned long long)*address,
			  (unsigned long long)GUEST_KERNEL);
		return -EINVAL;
	}
	return guest_check_memory(image->vm, "kernel", image->name, *address, *size);
}

int bzimage_load(struct vm *vm, const char *name, const struct boot_module *module,
		 struct guest_kernel *kernel)
{
	struct image image = {.vm = vm, .name = name, .data = module->data, .bytes = module->bytes};
	uint64_t address, size;
	int error;

	error = check_magic(&image);
	if (!error)
		error = check_kind(&image);
	if (!error)
		error = check_size(&image);
	if (!error)
		error = place(&image, &address, &size);
	if (error)
		return error;

	bulk_copy(vm_memory(vm, address, size), image.data + image.code, image.bytes - image.code);
	*kernel = (struct guest_kernel){
		.module = name,
		.entry = address + ENTRY_64,
		.start = address,
		.end = address + size,
		.initrd_last = get(&image, INITRD_ADDR_MAX, 4),
		.cmdline_most = get(&image, CMDLINE_SIZE, 4),
		.header = image.data + SETUP_SECTS,
		.header_bytes = HEADER_MAGIC + get(&image, JUMP_OFFSET, 1) - SETUP_SECTS,
	};
	return 0;
}
