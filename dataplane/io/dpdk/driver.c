/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/nic.h>

#include <string.h>

/*
 * Measured 2026-11 with DPDK 22.11: net_tap and net_memif are polled by secondaries in our tests.
 * The others follow the driver's own feature list ("Multiprocess aware" in its documentation) and
 * have not been run here.
 */
static const struct dp_nic_driver drivers[] = {
	{"net_tap", true, DP_NIC_TAP, NULL},
	{"net_memif", true, DP_NIC_NOTHING, NULL},
	{"net_af_packet", false, DP_NIC_NOTHING, "net_tap, or the card's own poll-mode driver"},
	{"net_af_xdp", false, DP_NIC_NOTHING, "net_tap, or the card's own poll-mode driver"},
	{"net_pcap", false, DP_NIC_NOTHING, "`sekisho replay` for captures, net_tap for interfaces"},
	{"net_null", false, DP_NIC_NOTHING, "net_memif with a generator"},
	{"net_vhost", false, DP_NIC_NOTHING, "net_memif"},
	{"net_virtio_user", false, DP_NIC_NOTHING, "net_tap"},
	{"net_ixgbe", true, DP_NIC_RESTART, NULL},
	{"net_ixgbe_vf", true, DP_NIC_RESTART, NULL},
	{"net_i40e", true, DP_NIC_RESTART, NULL},
	{"net_iavf", true, DP_NIC_RESTART, NULL},
	{"net_ice", true, DP_NIC_RESTART, NULL},
	{"net_e1000_igb", true, DP_NIC_RESTART, NULL},
	{"net_e1000_igb_vf", true, DP_NIC_RESTART, NULL},
	{"net_e1000_em", true, DP_NIC_RESTART, NULL},
	{"net_igc", true, DP_NIC_RESTART, NULL},
	{"mlx5_pci", true, DP_NIC_RESTART, NULL},
	{"net_virtio", true, DP_NIC_RESTART, NULL},
	{"net_vmxnet3", true, DP_NIC_RESTART, NULL},
	{"net_ena", true, DP_NIC_RESTART, NULL},
	{"net_bnxt", true, DP_NIC_RESTART, NULL},
};

const struct dp_nic_driver *dp_nic_driver(const char *name)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strcmp(drivers[i].name, name) == 0)
			return &drivers[i];
	return NULL;
}
