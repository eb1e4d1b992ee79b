// SPDX-License-Identifier: BSD-2-Clause
// Bochs plugin of the lab: what each core spends its time on, by sampling, without a change to what
// runs. Software marks points in time with a byte to port 0x8910. Option line: profile: file=FILE,
// every=TICKS (a line then, too, with mark -1)

#define BX_PLUGGABLE

#include "bochs.h"

#include "cpu/cpu.h"

#include "iodev/iodev.h"

#include <string>
#include <vector>

#define LOG_THIS profile->

namespace
{

// Ticks between samples: a prime, so that no period of the software's meets it.
const Bit64u SAMPLE_TICKS = 509;
const unsigned MARK_PORT = 0x8910;

// Of a core at the moment of a sample.
enum activity {
	ROOT_RUNNING, // also without VMX
	ROOT_HALTED,
	GUEST_RUNNING,
	GUEST_HALTED,
	ACTIVITIES
};

struct core_samples {
	Bit64u of[ACTIVITIES];
};

std::string path;
Bit64u every;

} // namespace

class bx_profile_c : public bx_devmodel_c
{
      public:
	bx_profile_c();
	virtual ~bx_profile_c();
	virtual void init(void);
	virtual void reset(unsigned type);

      private:
	static void sample_handler(void *self);
	static void period_handler(void *self);
	static void write_handler(void *self, Bit32u address, Bit32u value, unsigned len);

	void sample(void);
	void mark(int value);

	std::vector<core_samples> cores;
	FILE *out;
};

static bx_profile_c *profile;

bx_profile_c::bx_profile_c() : out(NULL)
{
	put("profile", "PROF");
}

bx_profile_c::~bx_profile_c()
{
	if (out)
		fclose(out);
}

void bx_profile_c::init(void)
{
	if (path.empty())
		return;
	out = fopen(path.c_str(), "w");
	if (!out) {
		BX_PANIC(("profile: cannot write %s", path.c_str()));
		return;
	}
	cores.resize(BX_SMP_PROCESSORS);
	bx_pc_system.register_timer_ticks(this, sample_handler, SAMPLE_TICKS, true, true,
					  "profile.sample");
	if (every)
		bx_pc_system.register_timer_ticks(this, period_handler, every, true, true,
						  "profile.period");
	DEV_register_iowrite_handler(this, write_handler, MARK_PORT, "profile", 1);
}

void bx_profile_c::reset(unsigned type)
{
	UNUSED(type);
}

void bx_profile_c::sample_handler(void *self)
{
	((bx_profile_c *)self)->sample();
}

void bx_profile_c::period_handler(void *self)
{
	((bx_profile_c *)self)->mark(-1);
}

void bx_profile_c::sample(void)
{
	for (unsigned i = 0; i < cores.size(); i++) {
		const bool guest = BX_CPU(i)->in_vmx_guest;
		const bool running =
			BX_CPU(i)->activity_state == BX_CPU_C::BX_ACTIVITY_STATE_ACTIVE;

		cores[i].of[guest ? (running ? GUEST_RUNNING : GUEST_HALTED)
				  : (running ? ROOT_RUNNING : ROOT_HALTED)]++;
	}
}

void bx_profile_c::write_handler(void *self, Bit32u address, Bit32u value, unsigned len)
{
	UNUSED(address);
	UNUSED(len);
	((bx_profile_c *)self)->mark((int)value);
}

// One JSON object a line: samples so far, by core and activity.
void bx_profile_c::mark(int value)
{
	fprintf(out, "{\"mark\": %d, \"ticks\": %llu, \"sample_ticks\": %llu, \"cores\": [", value,
		(unsigned long long)bx_pc_system.time_ticks(), (unsigned long long)SAMPLE_TICKS);
	for (unsigned i = 0; i < cores.size(); i++)
		fprintf(out,
			"%s{\"root_running\": %llu, \"root_halted\": %llu, \"guest_running\": %llu,"
			" \"guest_halted\": %llu}",
			i ? ", " : "", (unsigned long long)cores[i].of[ROOT_RUNNING],
			(unsigned long long)cores[i].of[ROOT_HALTED],
			(unsigned long long)cores[i].of[GUEST_RUNNING],
			(unsigned long long)cores[i].of[GUEST_HALTED]);
	fputs("]}\n", out);
	fflush(out);
}

static Bit32s parse_options(const char *context, int count, char *params[])
{
	for (int i = 1; i < count; i++) {
		if (!strncmp(params[i], "file=", 5))
			path = params[i] + 5;
		else if (!strncmp(params[i], "every=", 6))
			every = strtoull(params[i] + 6, NULL, 0);
		else
			BX_PANIC(("%s: profile: cannot read '%s', expected file=FILE or"
				  " every=TICKS",
				  context, params[i]));
	}
	return 0;
}

static Bit32s save_options(FILE *)
{
	return 0;
}

PLUGIN_ENTRY_FOR_MODULE(profile)
{
	if (mode == PLUGIN_INIT) {
		profile = new bx_profile_c();
		BX_REGISTER_DEVICE_DEVMODEL(plugin, type, profile, "profile");
		SIM->register_addon_option("profile", parse_options, save_options);
	} else if (mode == PLUGIN_FINI) {
		SIM->unregister_addon_option("profile");
		delete profile;
	} else if (mode == PLUGIN_PROBE) {
		return (int)PLUGTYPE_OPTIONAL;
	}
	return 0;
}
