// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which CPU serves which pair: interrupts, and transmit packet steering (XPS). Pair p belongs to
 * CPU p. Both are only defaults: /proc/irq and sysfs change them. An interrupt whose CPU goes
 * offline is moved by the kernel, and comes back with the CPU.
 */
#include "sluice_net.h"

#include <linux/cpuhotplug.h>
#include <linux/interrupt.h>

static enum cpuhp_state online_state;

static int return_interrupts(unsigned int cpu, struct hlist_node *node)
{
	struct sluice_device *dev = hlist_entry_safe(node, struct sluice_device, online_node);

	for (unsigned int i = 0; i < dev->pairs_most; i++)
		if (dev->pair[i].cpu == cpu)
			irq_set_affinity(dev->pair[i].irq, cpumask_of(cpu));
	return 0;
}

int sluice_affinity_init(void)
{
	int state = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "net/sluice_net:online",
					    return_interrupts, NULL);

	if (state < 0)
		return state;
	online_state = state;
	return 0;
}

void sluice_affinity_exit(void)
{
	cpuhp_remove_multi_state(online_state);
}

/* Gives each pair a CPU, and its interrupt to those that are online; later the others. */
int sluice_affinity_add(struct sluice_device *dev)
{
	unsigned int cpu = cpumask_first(cpu_present_mask);

	for (unsigned int i = 0; i < dev->pairs_most; i++) {
		dev->pair[i].cpu = cpu;
		cpu = cpumask_next(cpu, cpu_present_mask);
	}
	return cpuhp_state_add_instance(online_state, &dev->online_node);
}

void sluice_affinity_remove(struct sluice_device *dev)
{
	cpuhp_state_remove_instance_nocalls(online_state, &dev->online_node);
}

/*
 * Spreads the CPUs' transmissions over so many queues. The last come first, so that a CPU has a
 * queue at all times, and only those that sluice_fold_queue() makes its old or its new one. Under
 * rtnl.
 */
void sluice_set_xps(struct sluice_device *dev, unsigned int pairs)
{
	cpumask_var_t mask;
	unsigned int cpu;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	for (unsigned int i = pairs; i-- > 0;) {
		unsigned int position = 0;

		cpumask_clear(mask);
		for_each_present_cpu(cpu) if (sluice_fold_queue(position++, pairs) == i)
			cpumask_set_cpu(cpu, mask);
		netif_set_xps_queue(dev->netdev, mask, i);
	}
	free_cpumask_var(mask);
}
