// SPDX-License-Identifier: GPL-2.0-only
/* ethtool -x, -X, -n, -N: indirection table, hash key, and what is hashed. */
#include "sluice_net.h"

#define HASH_ADDRESSES (RXH_IP_SRC | RXH_IP_DST)
#define HASH_PORTS     (RXH_L4_B_0_1 | RXH_L4_B_2_3)

u32 sluice_get_rxfh_key_size(struct net_device *netdev)
{
	struct sluice_device *dev = netdev_priv(netdev);

	return dev->features & VIO_F_RSS ? VIO_RSS_KEY_BYTES : 0;
}

u32 sluice_get_rxfh_indir_size(struct net_device *netdev)
{
	struct sluice_device *dev = netdev_priv(netdev);

	return dev->features & VIO_F_RSS ? VIO_RSS_TABLE_ENTRIES : 0;
}

static void read_key(struct sluice_device *dev, u8 *key)
{
	for (unsigned int i = 0; i < VIO_RSS_KEY_BYTES; i++)
		key[i] = sluice_read(dev, VIO_REG_RSS_KEY + (i & ~3u)) >> 8 * (i & 3);
}

static int get_rxfh(struct net_device *netdev, u32 *table, u8 *key, u8 *function)
{
	struct sluice_device *dev = netdev_priv(netdev);

	if (function)
		*function = ETH_RSS_HASH_TOP;
	if (key)
		read_key(dev, key);
	for (unsigned int i = 0; table && i < VIO_RSS_TABLE_ENTRIES; i++)
		table[i] = dev->steering.table[i];
	return 0;
}

/* All guests share the card's key. */
static bool is_our_key(struct sluice_device *dev, const u8 *key)
{
	u8 ours[VIO_RSS_KEY_BYTES];

	read_key(dev, ours);
	return memcmp(ours, key, sizeof(ours)) == 0;
}

/* ethtool has checked that the table's entries are below the number of pairs. */
static int set_rxfh(struct net_device *netdev, const u32 *table, const u8 *key, u8 function)
{
	struct sluice_device *dev = netdev_priv(netdev);
	struct sluice_steering wanted = dev->steering;

	if (function != ETH_RSS_HASH_NO_CHANGE && function != ETH_RSS_HASH_TOP) {
		netdev_info(netdev, "the hash function is toeplitz, and cannot be changed\n");
		return -EOPNOTSUPP;
	}
	if (key && !is_our_key(dev, key)) {
		netdev_info(netdev, "the hash key is the card's, and cannot be changed\n");
		return -EOPNOTSUPP;
	}
	if (!table)
		return 0;
	for (unsigned int i = 0; i < VIO_RSS_TABLE_ENTRIES; i++)
		wanted.table[i] = table[i];
	return sluice_steering_change(dev, &wanted);
}

#ifdef SLUICE_RXFH_PARAM
int sluice_get_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *param)
{
	return get_rxfh(netdev, param->indir, param->key, &param->hfunc);
}

int sluice_set_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *param,
		    struct netlink_ext_ack *extack)
{
	return set_rxfh(netdev, param->indir, param->key, param->hfunc);
}
#else
int sluice_get_rxfh(struct net_device *netdev, u32 *table, u8 *key, u8 *function)
{
	return get_rxfh(netdev, table, key, function);
}

int sluice_set_rxfh(struct net_device *netdev, const u32 *table, const u8 *key, u8 function)
{
	return set_rxfh(netdev, table, key, function);
}
#endif

/* The device's hash type of an ethtool flow type, if its ports are for the user to choose. */
static u32 hash_type(u32 flow_type)
{
	switch (flow_type) {
	case TCP_V4_FLOW:
		return VIO_HASH_TCP_IPV4;
	case UDP_V4_FLOW:
		return VIO_HASH_UDP_IPV4;
	case TCP_V6_FLOW:
		return VIO_HASH_TCP_IPV6;
	case UDP_V6_FLOW:
		return VIO_HASH_UDP_IPV6;
	default:
		return VIO_HASH_NONE;
	}
}

static u64 get_fields(const struct sluice_device *dev, u32 flow_type)
{
	u32 type = hash_type(flow_type);

	if (type != VIO_HASH_NONE && dev->steering.hash_types & VIO_HASH_MASK(type))
		return HASH_ADDRESSES | HASH_PORTS;
	return HASH_ADDRESSES;
}

int sluice_get_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info, u32 *rules)
{
	struct sluice_device *dev = netdev_priv(netdev);

	switch (info->cmd) {
	case ETHTOOL_GRXRINGS:
		info->data = dev->pairs;
		return 0;
	case ETHTOOL_GRXFH:
		info->data = get_fields(dev, info->flow_type);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int set_fields(struct sluice_device *dev, u32 flow_type, u64 fields)
{
	struct sluice_steering wanted = dev->steering;
	u32 type = hash_type(flow_type);

	if (type == VIO_HASH_NONE && fields != HASH_ADDRESSES) {
		netdev_info(dev->netdev, "this traffic is hashed over its addresses (sd)\n");
		return -EINVAL;
	}
	if (fields == (HASH_ADDRESSES | HASH_PORTS)) {
		wanted.hash_types |= VIO_HASH_MASK(type);
	} else if (fields == HASH_ADDRESSES) {
		wanted.hash_types &= ~VIO_HASH_MASK(type);
		wanted.hash_types |= VIO_HASH_MASK_ADDRESS;
	} else {
		netdev_info(dev->netdev, "hashed are addresses (sd), or ports too (sdfn)\n");
		return -EINVAL;
	}
	if (wanted.hash_types == dev->steering.hash_types)
		return 0;
	return sluice_steering_change(dev, &wanted);
}

int sluice_set_rxnfc(struct net_device *netdev, struct ethtool_rxnfc *info)
{
	struct sluice_device *dev = netdev_priv(netdev);

	if (info->cmd != ETHTOOL_SRXFH || !(dev->features & VIO_F_RSS))
		return -EOPNOTSUPP;
	return set_fields(dev, info->flow_type, info->data);
}
