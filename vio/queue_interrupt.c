// SPDX-License-Identifier: BSD-2-Clause
// A virtual queue's interrupts: what the policy is told, and what it decides.
#include "vio/backend.h"
#include "vio/queue_ring.h"

/* Packets that came for the queue, whether or not there was a buffer for them. */
static uint64_t count_arrivals(const struct vio_queue *queue)
{
	return queue->stats.packets + queue->stats.drop_no_buffer;
}

void vio_queue_start_interrupts(struct vio_queue *queue)
{
	queue->history = (struct vio_coalesce_history){0};
	queue->interrupt_from = queue->published;
	queue->interrupt_packets = queue->stats.packets;
	queue->observed_arrivals = count_arrivals(queue);
	queue->waiting_since = queue->last_interrupt = 0;
	queue->interrupt_due = VIO_COALESCE_NEVER;
	queue->backlog = (struct vio_backlog){0};
}

/* The settings at one time: vCPU threads write them. */
static struct vio_coalesce_settings read_settings(const struct vio_queue *queue)
{
	return (struct vio_coalesce_settings){
		.delay_ticks = READ_ONCE(queue->coalesce.delay_ticks),
		.spacing_ticks = READ_ONCE(queue->coalesce.spacing_ticks),
		.frames = READ_ONCE(queue->coalesce.frames),
		.adaptive = READ_ONCE(queue->coalesce.adaptive),
		.transmit = queue->number & 1,
		.shared = queue->owner && !queue->owner->watch.dedicated,
	};
}

uint64_t vio_queue_delay(const struct vio_queue *queue, uint64_t now)
{
	struct vio_coalesce_settings settings = read_settings(queue);

	return vio_coalesce_delay(&settings, &queue->history, now);
}

uint64_t vio_queue_hold(const struct vio_queue *queue, uint64_t now)
{
	struct vio_coalesce_settings settings = read_settings(queue);

	return vio_coalesce_hold(&settings, &queue->history, now);
}

uint64_t vio_queue_rest(const struct vio_queue *queue, uint64_t now)
{
	struct vio_coalesce_settings settings = read_settings(queue);
	uint64_t end = vio_backlog_end(&queue->backlog);

	return end > now ? vio_coalesce_rest(&settings, &queue->history, end - now) : 0;
}

/* Descriptors left until packets are lost, or the driver has to stop. */
static uint32_t count_left(struct vio_queue *queue)
{
	if (queue->number & 1)
		return queue->size - (queue->produced - queue->interrupt_from);
	/* What was known of `produced` may be old. (A mistake in it is found at the next push.) */
	if (vio_queue_posted(queue) <= queue->size / VIO_COALESCE_RING_LOW)
		vio_ring_refresh(queue);
	return vio_queue_posted(queue);
}

static void post(struct vio_queue *queue, const struct vio_coalesce_settings *settings,
		 uint64_t now)
{
	vio_count(&queue->stats.interrupts, 1);
	queue->ops->post_interrupt(queue->function, queue->vector);
	queue->last_interrupt = now;
	vio_coalesce_posted(&queue->history, settings, now);
}

/* From when on the delay of a packet counts that was there at tick since or later. */
static uint64_t find_first(const struct vio_queue *queue, uint64_t since, uint64_t gathered)
{
	uint64_t last = queue->last_interrupt;

	if (!gathered || last >= since)
		return since;
	return last > since - gathered ? last : since - gathered;
}

void vio_queue_interrupt(struct vio_queue *queue, uint64_t since, uint64_t now, uint64_t gathered)
{
	struct vio_coalesce_settings settings = read_settings(queue);
	struct vio_coalesce_state state = {
		.now = now,
		.last_interrupt = queue->last_interrupt,
		.frames = (uint32_t)(queue->stats.packets - queue->interrupt_packets),
		.ring_size = queue->size,
		.ring_left = count_left(queue),
	};

	vio_coalesce_observe(&queue->history, &settings, since, now,
			     (uint32_t)(count_arrivals(queue) - queue->observed_arrivals));
	queue->observed_arrivals = count_arrivals(queue);
	/* `completed` is stored before the driver's wish is read (section 6 of vio_net.h). */
	smp_mb();
	/*
	 * The wish is looked at again when a delay is over: a driver that has meanwhile begun to
	 * poll does not want the interrupt any more. One that wants it anew has looked at
	 * `completed` after writing its wish, so nothing is lost by believing the latest.
	 */
	if (queue->features & VIO_F_RSS && !(queue->number & 1))
		vio_backlog_look(&queue->backlog, now, queue->published,
				 ring_load(&queue->driver->consumed), queue->size);
	state.asked = vio_event_reached(ring_load(&queue->driver->event), queue->interrupt_from,
					queue->published);
	if (!queue->waiting_since)
		queue->waiting_since = find_first(queue, since, gathered);
	state.first = queue->waiting_since;
	queue->interrupt_due = vio_coalesce(&settings, &queue->history, &state);
	if (queue->interrupt_due > now && queue->interrupt_due != VIO_COALESCE_NEVER)
		return;
	if (queue->interrupt_due <= now)
		post(queue, &settings, now);
	queue->interrupt_due = VIO_COALESCE_NEVER;
	queue->interrupt_from = queue->published;
	queue->interrupt_packets = queue->stats.packets;
	queue->waiting_since = 0;
}
