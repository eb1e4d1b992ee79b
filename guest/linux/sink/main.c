// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sink for marked frames: takes them from an interface before the stack sees them, checks their
 * sequence numbers, and drops them; all others pass, and so does a sample, to a socket of the
 * sink's own (sample=N: each Nth). /proc/sluice_sink tells what came. Written to
 * it, "reset" begins anew; "begin" waits until marked frames come, "silence" until none has come
 * for 100 ms: so whoever waits takes no time from those who receive. "take" keeps a copy of the
 * latencies and the number of frames, to be read later.
 *
 *     insmod sluice_sink.ko device=eth0 [flows=4096] [pass=1] [sample=127]
 */
#include "sink.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#define QUEUES_MOST 32
#define BEGIN_MS    1
#define SILENCE_MS  100

static char *device = "eth0";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "interface");

static unsigned int flows = 4096;
module_param(flows, uint, 0444);
MODULE_PARM_DESC(flows, "flows told apart, 1 to 65536");

static bool pass;
module_param(pass, bool, 0644);
MODULE_PARM_DESC(pass, "marked frames pass, too, once checked");

/* What one CPU counted. */
struct sink_counters {
	u64 frames, bytes, unmarked, unknown;
	u64 queue[QUEUES_MOST];
};

static struct sink_flow *table;
static DEFINE_PER_CPU(struct sink_counters, counters);
static struct net_device *attached;

static void count_frame(struct sk_buff *skb, const struct sink_mark *mark)
{
	struct sink_counters *mine = this_cpu_ptr(&counters);

	mine->frames++;
	mine->bytes += ETH_HLEN + skb->len;
	if (skb_rx_queue_recorded(skb) && skb_get_rx_queue(skb) < QUEUES_MOST)
		mine->queue[skb_get_rx_queue(skb)]++;
	sink_latency_count(SINK_AT_DEVICE, mark);
	if (mark->flow < flows)
		sink_flow_count(&table[mark->flow], mark->sequence);
	else
		mine->unknown++;
}

static rx_handler_result_t take_frame(struct sk_buff **skb)
{
	struct sink_mark mark;

	if (!sink_find_mark(*skb, &mark)) {
		this_cpu_inc(counters.unmarked);
		return RX_HANDLER_PASS;
	}
	count_frame(*skb, &mark);
	if (pass || sink_socket_wants(&mark))
		return RX_HANDLER_PASS;
	napi_consume_skb(*skb, 1);
	return RX_HANDLER_CONSUMED;
}

static void show_flows(struct seq_file *file)
{
	u64 used = 0, before = 0, lost = 0, reordered = 0, duplicated = 0, stale = 0;

	for (unsigned int i = 0; i < flows; i++) {
		struct sink_flow *flow = &table[i];

		spin_lock_bh(&flow->lock);
		used += flow->begun;
		before += flow->first;
		lost += sink_flow_lost(flow);
		reordered += flow->reordered;
		duplicated += flow->duplicated;
		stale += flow->stale;
		spin_unlock_bh(&flow->lock);
	}
	seq_printf(file, "flows %llu\nbefore %llu\nlost %llu\nreordered %llu\nduplicated %llu\n",
		   used, before, lost, reordered, duplicated);
	seq_printf(file, "stale %llu\n", stale);
}

static void show_counters(struct seq_file *file)
{
	struct sink_counters total = {};
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		const struct sink_counters *one = per_cpu_ptr(&counters, cpu);

		total.frames += one->frames;
		total.bytes += one->bytes;
		total.unmarked += one->unmarked;
		total.unknown += one->unknown;
		for (unsigned int i = 0; i < QUEUES_MOST; i++)
			total.queue[i] += one->queue[i];
		if (one->frames)
			seq_printf(file, "cpu%u %llu\n", cpu, one->frames);
	}
	for (unsigned int i = 0; i < QUEUES_MOST; i++)
		if (total.queue[i])
			seq_printf(file, "queue%u %llu\n", i, total.queue[i]);
	seq_printf(file, "frames %llu\nbytes %llu\nunmarked %llu\nunknown %llu\n", total.frames,
		   total.bytes, total.unmarked, total.unknown);
}

static int show(struct seq_file *file, void *data)
{
	show_counters(file);
	show_flows(file);
	sink_latency_show(file);
	sink_taken_show(file);
	return 0;
}

static int open_file(struct inode *inode, struct file *file)
{
	return single_open(file, show, NULL);
}

static void detach(void)
{
	if (!attached)
		return;
	netdev_rx_handler_unregister(attached);
	dev_put(attached);
	attached = NULL;
}

static int attach(struct net_device *netdev)
{
	int error = netdev_rx_handler_register(netdev, take_frame, NULL);

	if (error)
		return error;
	dev_hold(netdev);
	attached = netdev;
	return 0;
}

/* Nobody takes frames meanwhile. */
static void begin_anew(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&counters, cpu), 0, sizeof(struct sink_counters));
	sink_latency_clear();
	sink_taken_clear();
	for (unsigned int i = 0; i < flows; i++)
		sink_flow_init(&table[i]);
}

static int reset(void)
{
	struct net_device *netdev;
	int error = -ENODEV;

	rtnl_lock();
	netdev = attached;
	if (netdev) {
		dev_hold(netdev);
		detach();
		begin_anew();
		error = attach(netdev);
		dev_put(netdev);
	}
	rtnl_unlock();
	return error;
}

static u64 count_all(void)
{
	u64 frames = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu) frames += READ_ONCE(per_cpu_ptr(&counters, cpu)->frames);
	return frames;
}

/* Until the number of frames is (not) what it was. -EINTR: a signal has come. */
static int wait_while(bool same, unsigned int ms)
{
	u64 before;

	do {
		before = count_all();
		if (msleep_interruptible(ms))
			return -EINTR;
	} while ((count_all() == before) == same);
	return 0;
}

static ssize_t write_file(struct file *file, const char __user *text, size_t bytes, loff_t *at)
{
	char word[16] = "";
	int error;

	if (bytes >= sizeof(word) || copy_from_user(word, text, bytes))
		return -EINVAL;
	if (sysfs_streq(word, "reset"))
		error = reset();
	else if (sysfs_streq(word, "take"))
		error = sink_take(count_all());
	else if (sysfs_streq(word, "begin"))
		error = count_all() ? 0 : wait_while(true, BEGIN_MS);
	else if (sysfs_streq(word, "silence"))
		error = wait_while(false, SILENCE_MS);
	else
		error = -EINVAL;
	return error ? error : bytes;
}

static const struct proc_ops file_ops = {
	.proc_open = open_file,
	.proc_read = seq_read,
	.proc_write = write_file,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

/* The interface may go, and come back. */
static int netdev_event(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *netdev = netdev_notifier_info_to_dev(info);

	if (event == NETDEV_UNREGISTER && netdev == attached)
		detach();
	if (event == NETDEV_REGISTER && !attached && strcmp(netdev->name, device) == 0)
		attach(netdev);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {.notifier_call = netdev_event};

static int __init sink_init(void)
{
	int error;

	if (!flows || flows > SINK_FLOWS_MOST) {
		pr_err("sluice_sink: flows=%u, expected 1 to %u\n", flows, SINK_FLOWS_MOST);
		return -EINVAL;
	}
	table = vmalloc(array_size(flows, sizeof(*table)));
	if (!table)
		return -ENOMEM;
	error = sink_latency_init();
	if (error)
		goto err_table;
	error = sink_taken_init();
	if (error)
		goto err_latency;
	error = sink_socket_open();
	if (error)
		goto err_taken;
	begin_anew();
	error = -ENOMEM;
	if (!proc_create("sluice_sink", 0644, NULL, &file_ops))
		goto err_socket;
	/* It is told of the interfaces there are, too. */
	error = register_netdevice_notifier(&notifier);
	if (error)
		goto err_proc;
	return 0;

err_proc:
	remove_proc_entry("sluice_sink", NULL);
err_socket:
	sink_socket_close();
err_taken:
	sink_taken_free();
err_latency:
	sink_latency_free();
err_table:
	vfree(table);
	return error;
}
module_init(sink_init);

static void __exit sink_exit(void)
{
	unregister_netdevice_notifier(&notifier);
	remove_proc_entry("sluice_sink", NULL);
	rtnl_lock();
	detach();
	rtnl_unlock();
	sink_socket_close();
	sink_taken_free();
	sink_latency_free();
	vfree(table);
}
module_exit(sink_exit);

MODULE_DESCRIPTION("Checks the sequence numbers of generated frames");
MODULE_LICENSE("GPL");
MODULE_VERSION("1");
