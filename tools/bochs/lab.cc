// SPDX-License-Identifier: BSD-2-Clause
// Bochs plugin of the lab: an exact tick limit, the pace of real time, and the cores' state at the
// end. Option line: lab: ticks=N, pace=1, state=FILE, dump=ADDRESS:BYTES:FILE, ...

#define BX_PLUGGABLE

#include "bochs.h"

#include "cpu/cpu.h"

#include "cpu/apic.h"
#include "iodev/iodev.h"

#include <signal.h>
#include <time.h>

#include <string>
#include <vector>

#define LOG_THIS lab->

namespace
{

// How often SIGTERM is looked for, in ticks.
const Bit64u STOP_POLL_TICKS = 1000000;
// How often simulated time waits for real time, in simulated microseconds.
const Bit64u PACE_USEC = 200;

struct lab_dump {
	Bit64u address;
	Bit64u bytes;
	std::string file;
};

struct lab_options {
	Bit64u ticks;
	bool pace;
	std::string state;
	std::vector<lab_dump> dumps;
};

lab_options options;
volatile sig_atomic_t stop_asked;

void ask_stop(int)
{
	stop_asked = 1;
}

Bit64u read_real_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (Bit64u)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

} // namespace

class bx_lab_c : public bx_devmodel_c
{
      public:
	bx_lab_c();
	virtual ~bx_lab_c();
	virtual void init(void);
	virtual void reset(unsigned type);

	void write_all(const char *reason);

      private:
	static void limit_handler(void *self);
	static void stop_handler(void *self);
	static void pace_handler(void *self);
	static BxEvent *notify_handler(void *self, BxEvent *event);

	void end(const char *reason);
	void pace(void);
	void write_state(const char *reason);

	bool written;
	unsigned resets;
	Bit64u pace_real, pace_simulated;
	bxevent_handler chained_notify;
	void *chained_argument;
};

static bx_lab_c *lab;

bx_lab_c::bx_lab_c()
    : written(false), resets(0), pace_real(0), pace_simulated(0), chained_notify(NULL),
      chained_argument(NULL)
{
	put("lab", "LAB");
}

bx_lab_c::~bx_lab_c()
{
	// Guest memory is gone by now: only the cores are left to describe.
	if (!written)
		write_state("end");
}

void bx_lab_c::init(void)
{
	if (options.ticks)
		bx_pc_system.register_timer_ticks(this, limit_handler, options.ticks, false, true,
						  "lab.limit");
	bx_pc_system.register_timer_ticks(this, stop_handler, STOP_POLL_TICKS, true, true,
					  "lab.stop");
	if (options.pace)
		bx_pc_system.register_timer(this, pace_handler, PACE_USEC, true, true, "lab.pace");
	signal(SIGTERM, ask_stop);
	// Bochs seeds its RDRAND from the clock; a machine is to be repeatable.
	srand(1);
	SIM->get_notify_callback(&chained_notify, &chained_argument);
	SIM->set_notify_callback(notify_handler, this);
}

void bx_lab_c::reset(unsigned type)
{
	UNUSED(type);
	resets++;
}

void bx_lab_c::limit_handler(void *self)
{
	((bx_lab_c *)self)->end("tick limit");
}

void bx_lab_c::stop_handler(void *self)
{
	if (stop_asked)
		((bx_lab_c *)self)->end("SIGTERM");
}

void bx_lab_c::pace_handler(void *self)
{
	((bx_lab_c *)self)->pace();
}

// A panic is announced before the machine is taken down: the last moment its memory can be read.
BxEvent *bx_lab_c::notify_handler(void *self, BxEvent *event)
{
	bx_lab_c *that = (bx_lab_c *)self;

	if (event->type == BX_SYNC_EVT_LOG_DLG && !that->written)
		that->write_all("panic");
	return that->chained_notify(that->chained_argument, event);
}

void bx_lab_c::end(const char *reason)
{
	write_all(reason);
	bx_user_quit = 1;
	BX_FATAL(("lab: ended by %s", reason));
}

// Simulated time never runs ahead of real time. Where it fell behind it does not catch up: a
// guest that waits for the host would see its time-outs pass in an instant.
void bx_lab_c::pace(void)
{
	Bit64u simulated = bx_pc_system.time_usec();
	Bit64u real = read_real_usec();
	Bit64u due = pace_real + (simulated - pace_simulated);

	if (due > real && pace_real) {
		struct timespec wait = {(time_t)((due - real) / 1000000),
					(long)((due - real) % 1000000 * 1000)};

		nanosleep(&wait, NULL);
		return;
	}
	pace_real = real;
	pace_simulated = simulated;
}

static const char *get_mode_name(unsigned mode)
{
	static const char *const names[] = {"real", "v8086", "protected", "compatibility", "long"};

	return mode < sizeof(names) / sizeof(names[0]) ? names[mode] : "unknown";
}

static const char *get_activity_name(unsigned activity)
{
	switch (activity) {
	case BX_CPU_C::BX_ACTIVITY_STATE_ACTIVE:
		return "running";
	case BX_CPU_C::BX_ACTIVITY_STATE_HLT:
		return "halted";
	case BX_CPU_C::BX_ACTIVITY_STATE_SHUTDOWN:
		return "shutdown";
	case BX_CPU_C::BX_ACTIVITY_STATE_WAIT_FOR_SIPI:
		return "wait-for-sipi";
	default:
		return "mwait";
	}
}

// Writes the numbers of the bits that are set in a 256-bit LAPIC register.
static void write_vectors(FILE *out, bx_local_apic_c *lapic, const char *name, unsigned offset)
{
	const char *separator = "";

	fprintf(out, ", \"%s\": [", name);
	for (unsigned vector = 0; vector < 256; vector++) {
		Bit32u bits = lapic->read_aligned(offset + vector / 32 * 16);

		if (bits >> (vector % 32) & 1) {
			fprintf(out, "%s%u", separator, vector);
			separator = ", ";
		}
	}
	fputc(']', out);
}

static void write_core(FILE *out, BX_CPU_C *cpu)
{
	fprintf(out, "{\"mode\": \"%s\", \"vmx\": \"%s\", \"cpl\": %u",
		get_mode_name(cpu->cpu_mode),
		cpu->in_vmx_guest ? "non-root"
		: cpu->in_vmx     ? "root"
				  : "off",
		(unsigned)cpu->sregs[BX_SEG_REG_CS].selector.rpl);
	fprintf(out, ", \"rip\": \"0x%llx\", \"rsp\": \"0x%llx\", \"cr3\": \"0x%llx\"",
		(unsigned long long)cpu->gen_reg[BX_64BIT_REG_RIP].rrx,
		(unsigned long long)cpu->gen_reg[BX_64BIT_REG_RSP].rrx,
		(unsigned long long)cpu->cr3);
	fprintf(out, ", \"cs_base\": \"0x%llx\", \"vmcs\": \"0x%llx\"",
		(unsigned long long)cpu->sregs[BX_SEG_REG_CS].cache.u.segment.base,
		(unsigned long long)cpu->vmcsptr);
	fprintf(out, ", \"if\": %u, \"activity\": \"%s\", \"instructions\": %llu",
		cpu->get_IF() ? 1 : 0, get_activity_name(cpu->activity_state),
		(unsigned long long)cpu->get_icount());
	fprintf(out, ", \"tpr\": %u", (unsigned)cpu->lapic->read_aligned(BX_LAPIC_TPR));
	write_vectors(out, cpu->lapic, "irr", BX_LAPIC_IRR1);
	write_vectors(out, cpu->lapic, "isr", BX_LAPIC_ISR1);
	fputc('}', out);
}

void bx_lab_c::write_state(const char *reason)
{
	FILE *out;

	written = true;
	if (options.state.empty())
		return;
	out = fopen(options.state.c_str(), "w");
	if (!out) {
		BX_ERROR(("cannot write %s", options.state.c_str()));
		return;
	}
	fprintf(out, "{\"reason\": \"%s\", \"ticks\": %llu, \"resets\": %u, \"cores\": [", reason,
		(unsigned long long)bx_pc_system.time_ticks(), resets ? resets - 1 : 0);
	for (unsigned i = 0; i < BX_SMP_PROCESSORS; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_core(out, BX_CPU(i));
	}
	fputs("\n]}\n", out);
	fclose(out);
}

static void write_dump(const lab_dump &dump)
{
	Bit8u page[4096];
	FILE *out = fopen(dump.file.c_str(), "wb");

	if (!out)
		return;
	for (Bit64u done = 0; done < dump.bytes; done += sizeof(page)) {
		Bit64u left = dump.bytes - done;
		unsigned n = left < sizeof(page) ? (unsigned)left : (unsigned)sizeof(page);

		DEV_MEM_READ_PHYSICAL_DMA(dump.address + done, n, page);
		fwrite(page, 1, n, out);
	}
	fclose(out);
}

void bx_lab_c::write_all(const char *reason)
{
	write_state(reason);
	for (size_t i = 0; i < options.dumps.size(); i++)
		write_dump(options.dumps[i]);
}

// Parses ADDRESS:BYTES:FILE.
static bool parse_dump(const char *text)
{
	lab_dump dump;
	char *end;

	dump.address = strtoull(text, &end, 0);
	if (*end != ':')
		return false;
	dump.bytes = strtoull(end + 1, &end, 0);
	if (*end != ':')
		return false;
	dump.file = end + 1;
	options.dumps.push_back(dump);
	return true;
}

static bool parse_option(const char *text)
{
	if (!strncmp(text, "ticks=", 6))
		options.ticks = strtoull(text + 6, NULL, 0);
	else if (!strncmp(text, "pace=", 5))
		options.pace = text[5] == '1';
	else if (!strncmp(text, "state=", 6))
		options.state = text + 6;
	else if (!strncmp(text, "dump=", 5))
		return parse_dump(text + 5);
	else
		return false;
	return true;
}

static Bit32s parse_options(const char *context, int count, char *params[])
{
	for (int i = 1; i < count; i++) {
		if (!parse_option(params[i]))
			BX_PANIC(
				("%s: lab: cannot read '%s', expected ticks=N, pace=0|1, state=FILE"
				 " or dump=ADDRESS:BYTES:FILE",
				 context, params[i]));
	}
	return 0;
}

static Bit32s save_options(FILE *)
{
	return 0;
}

PLUGIN_ENTRY_FOR_MODULE(lab)
{
	if (mode == PLUGIN_INIT) {
		lab = new bx_lab_c();
		BX_REGISTER_DEVICE_DEVMODEL(plugin, type, lab, "lab");
		SIM->register_addon_option("lab", parse_options, save_options);
	} else if (mode == PLUGIN_FINI) {
		SIM->unregister_addon_option("lab");
		delete lab;
	} else if (mode == PLUGIN_PROBE) {
		return (int)PLUGTYPE_OPTIONAL;
	}
	return 0;
}
