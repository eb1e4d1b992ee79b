// SPDX-License-Identifier: GPL-2.0-only
/* A pair of queues: its interrupt, its NAPI, its coming and going. */
#include "sluice_net.h"

static irqreturn_t queue_interrupt(int irq, void *data)
{
	struct sluice_pair *pair = data;

	sluice_queue_silence(&pair->rx);
	sluice_queue_silence(&pair->tx);
	u64_stats_update_begin(&pair->rx.stats.sync);
	pair->rx.stats.notifications++;
	u64_stats_update_end(&pair->rx.stats.sync);
	napi_schedule_irqoff(&pair->napi);
	return IRQ_HANDLED;
}

int sluice_pair_poll(struct napi_struct *napi, int budget)
{
	struct sluice_pair *pair = container_of(napi, struct sluice_pair, napi);
	bool settling = READ_ONCE(pair->dev->settling);
	int packets;

	sluice_rx_release(pair, settling);
	sluice_tx_reclaim(pair, budget);
	packets = sluice_rx_poll(pair, budget);
	if (packets == budget)
		return packets;
	sluice_rx_release(pair, settling || !READ_ONCE(napi->dev->gro_flush_timeout));
	if (!napi_complete_done(napi, packets))
		return packets;
	if (!sluice_queue_ask(&pair->rx, pair->rx.consumed) || !sluice_tx_ask(&pair->tx))
		napi_schedule(napi);
	return packets;
}

/* Gives the device a pair of queues; its NAPI does not run yet. */
int sluice_pair_open(struct sluice_device *dev, struct sluice_pair *pair)
{
	u32 vector = 1 + pair->index;
	int error;

	error = sluice_queue_alloc(dev, &pair->rx, 2 * pair->index, dev->rx_size);
	if (error)
		return error;
	error = sluice_rx_create_pool(pair);
	if (error)
		goto err_rx;
	error = sluice_queue_alloc(dev, &pair->tx, 2 * pair->index + 1, dev->tx_size);
	if (error)
		goto err_pool;
	snprintf(pair->irq_name, sizeof(pair->irq_name), "%s-TxRx-%u", dev->netdev->name,
		 pair->index);
	error = request_irq(pair->irq, queue_interrupt, 0, pair->irq_name, pair);
	if (error)
		goto err_tx;
	if (sluice_rx_fill(pair) && pair->rx.produced == 0) {
		error = -ENOMEM;
		goto err_irq;
	}
	error = sluice_queue_enable(dev, &pair->rx, vector);
	if (error)
		goto err_irq;
	error = sluice_queue_enable(dev, &pair->tx, vector);
	if (error)
		goto err_enabled;
	pair->tx.open = true;
	return 0;

err_enabled:
	sluice_queue_disable(dev, &pair->rx);
err_irq:
	free_irq(pair->irq, pair);
	sluice_rx_clean(pair);
err_tx:
	sluice_queue_free(dev, &pair->tx);
err_pool:
	page_pool_destroy(pair->pool);
err_rx:
	sluice_queue_free(dev, &pair->rx);
	return error;
}

void sluice_pair_start(struct sluice_pair *pair)
{
	napi_enable(&pair->napi);
	local_bh_disable();
	napi_schedule(&pair->napi);
	local_bh_enable();
}

/*
 * Takes a running pair from a running device. Nothing may be sent to it any more; what the device
 * still holds of it is lost. On an error, which only a reset cures, the pair runs on.
 */
int sluice_pair_retire(struct sluice_pair *pair)
{
	struct sluice_device *dev = pair->dev;
	int error = sluice_queue_disable(dev, &pair->rx);

	if (!error)
		error = sluice_queue_disable(dev, &pair->tx);
	if (error)
		return error;
	napi_disable(&pair->napi);
	sluice_pair_close(pair);
	/* Or the watchdog, which looks at all queues, would take it for stuck. */
	netif_tx_start_queue(netdev_get_tx_queue(dev->netdev, pair->index));
	return 0;
}

/* The device no longer touches the rings, and NAPI does not run. */
void sluice_pair_close(struct sluice_pair *pair)
{
	struct netdev_queue *txq = netdev_get_tx_queue(pair->dev->netdev, pair->index);

	__netif_tx_lock_bh(txq);
	pair->tx.open = false;
	__netif_tx_unlock_bh(txq);
	free_irq(pair->irq, pair);
	sluice_rx_clean(pair);
	sluice_tx_clean(pair);
	page_pool_destroy(pair->pool);
	sluice_queue_free(pair->dev, &pair->rx);
	sluice_queue_free(pair->dev, &pair->tx);
}
