// SPDX-License-Identifier: BSD-2-Clause
/*
 * TLB shoot-downs: a thread on each CPU changes the address space that all share, and looks
 * whether the others' changes have reached it. A page of a file is replaced by another one under
 * an address that everybody reads; what is read must never be older than what was there before.
 *
 * usage: shootdown MILLISECONDS
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES   4096
#define PAGES        64 /* in the file, used in turn */
#define OWN_PAGES    16 /* that each thread maps, protects and unmaps for itself */
#define THREADS_MOST 64

static int file;
static volatile uint64_t *all_pages; /* the file, never remapped */
static volatile uint64_t *window;    /* one of its pages */
static uint64_t generation;          /* what the window shows at least */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static uint64_t end_ns, remaps, reads, stale;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void remap(void)
{
	uint64_t next;

	pthread_mutex_lock(&turn);
	next = generation + 1;
	all_pages[next % PAGES * PAGE_BYTES / sizeof(*all_pages)] = next;
	if (mmap((void *)window, PAGE_BYTES, PROT_READ, MAP_SHARED | MAP_FIXED, file,
		 (off_t)(next % PAGES * PAGE_BYTES)) == MAP_FAILED)
		fail("mmap");
	__atomic_store_n(&generation, next, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&turn);
	__atomic_fetch_add(&remaps, 1, __ATOMIC_RELAXED);
}

static void check_window(void)
{
	uint64_t least = __atomic_load_n(&generation, __ATOMIC_SEQ_CST);

	if (*window < least)
		__atomic_fetch_add(&stale, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
}

static void change_own(void)
{
	uint8_t *own = mmap(NULL, OWN_PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (own == MAP_FAILED)
		fail("mmap");
	for (unsigned i = 0; i < OWN_PAGES; i++)
		own[i * PAGE_BYTES] = 1;
	if (mprotect(own, OWN_PAGES * PAGE_BYTES, PROT_READ) || munmap(own, OWN_PAGES * PAGE_BYTES))
		fail("mprotect, munmap");
}

static void *run(void *argument)
{
	(void)argument;
	while (now_ns() < end_ns) {
		remap();
		for (unsigned i = 0; i < 100; i++)
			check_window();
		change_own();
	}
	return NULL;
}

static void make_file(void)
{
	file = memfd_create("shootdown", 0);
	if (file < 0 || ftruncate(file, PAGES * PAGE_BYTES))
		fail("memfd_create");
	all_pages = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	window = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, file, 0);
	if (all_pages == MAP_FAILED || window == MAP_FAILED)
		fail("mmap");
}

int main(int count, char **arguments)
{
	pthread_t threads[THREADS_MOST];
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (count != 2) {
		fprintf(stderr, "usage: shootdown MILLISECONDS\n");
		return 64;
	}
	make_file();
	end_ns = now_ns() + strtoull(arguments[1], NULL, 10) * 1000000;
	for (long i = 0; i < cpus && i < THREADS_MOST; i++) {
		errno = pthread_create(&threads[i], NULL, run, NULL);
		if (errno)
			fail("pthread_create");
	}
	for (long i = 0; i < cpus && i < THREADS_MOST; i++)
		pthread_join(threads[i], NULL);
	printf("%llu remaps, %llu reads, %llu of them stale\n", (unsigned long long)remaps,
	       (unsigned long long)reads, (unsigned long long)stale);
	return stale || !remaps;
}
