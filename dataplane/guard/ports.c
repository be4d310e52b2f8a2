/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

/** Receive buffers that net_tap keeps: enough for the largest packet, one iovec each. */
#define TAP_RX_DESC 8
#define NIC_DESC 1024
/** One buffer with its headers; and room for queues and for what attached processes leave behind
 * (156 KB each time one is killed, measured). */
#define BUFFER_BYTES 2560ull
#define EAL_SPARE_MIB 40ull

int gd_eal_init(const struct gd_options *o, const char *argv0)
{
	char *argv[3 * GD_MAX_ARGS], prefix[80], lcores[512], huge[160], mem[32];
	char dev[2 * GD_MAX_ARGS][256];
	int argc = 0, n = 0, rc;

	snprintf(prefix, sizeof(prefix), "--file-prefix=%s", o->file_prefix);
	dp_nic_lcores(lcores, sizeof(lcores), o->cpu);
	argv[argc++] = (char *)argv0;
	argv[argc++] = (char *)"--proc-type=primary";
	argv[argc++] = prefix;
	argv[argc++] = lcores;
	argv[argc++] = (char *)"--no-telemetry";
	// Taken once and for all: growing the heap later takes every attached process's consent.
	snprintf(mem, sizeof(mem), "-m%llu",
			EAL_SPARE_MIB + (((unsigned long long)o->buffers * o->n_slots * BUFFER_BYTES) >> 20));
	argv[argc++] = mem;
	argv[argc++] = (char *)(o->quiet ? "--log-level=error" : "--log-level=notice");
	if (o->huge_dir != NULL) {
		snprintf(huge, sizeof(huge), "--huge-dir=%s", o->huge_dir);
		argv[argc++] = huge;
	}
	if (o->n_pci == 0)
		argv[argc++] = (char *)"--no-pci";
	for (unsigned i = 0; i < o->n_pci; i++, n++) {
		snprintf(dev[n], sizeof(dev[n]), "--allow=%s", o->pci[i]);
		argv[argc++] = dev[n];
	}
	for (unsigned i = 0; i < o->n_vdev; i++, n++) {
		snprintf(dev[n], sizeof(dev[n]), "--vdev=%s", o->vdev[i]);
		argv[argc++] = dev[n];
	}
	argv[argc] = NULL;
	rc = rte_eal_init(argc, argv);
	if (rc < 0) {
		gd_log("error", "eal_failed", "error=\"%s\" hint=\"are huge pages reserved "
			"(vm.nr_hugepages) and hugetlbfs mounted, and no other guard running?\"",
				rte_strerror(rte_errno));
		return -EIO;
	}
	return 0;
}

static int refuse(const char *dev, const char *driver, const struct dp_nic_driver *d)
{
	if (d == NULL)
		gd_log("error", "driver_unknown",
				"port=%s driver=%s hint=\"nobody has tried whether a secondary process can "
				"poll it; use net_tap or net_memif, or insist with --accept-driver %s\"",
				dev, driver, driver);
	else
		gd_log("error", "driver_refused",
				"port=%s driver=%s reason=\"a secondary process cannot poll its queues\" "
				"instead=\"%s\"",
				dev, driver, d->instead);
	return -ENOTSUP;
}

static const struct dp_nic_driver *judge_driver(const struct gd *g, const char *name)
{
	static struct dp_nic_driver accepted = {NULL, true, DP_NIC_RESTART, NULL};
	const struct dp_nic_driver *d = dp_nic_driver(name);

	if (d == NULL && g->opt.accept != NULL && strcmp(g->opt.accept, name) == 0) {
		accepted.name = g->opt.accept;
		d = &accepted;
	}
	return d;
}

/**
 * The largest MTU that ethdev will accept. What net_tap and net_memif state (1,522 and 1,518 bytes) is
 * no limit of theirs: both move longer frames in several buffers.
 */
static uint32_t accepted_mtu(const struct rte_eth_dev_info *info, uint32_t want)
{
	uint32_t overhead = info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu
			? info->max_rx_pktlen - info->max_mtu
			: RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

	return RTE_MIN(want, RTE_MIN((uint32_t)info->max_mtu, info->max_rx_pktlen - overhead));
}

static int configure(struct gd *g, struct gd_port *p, const struct rte_eth_dev_info *info)
{
	// One 16-bit word repeated makes Toeplitz symmetric: both directions reach one worker
	// (Woo and Park, "Scalable TCP Session Monitoring with Symmetric RSS", 2012).
	static uint8_t key[64];
	struct rte_eth_conf conf = {0};
	unsigned n = g->opt.n_slots;
	int rc;

	conf.rxmode.mtu = accepted_mtu(info, g->opt.mtu);
	conf.rxmode.offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	conf.txmode.offloads = info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (n > 1 && p->driver->repair == DP_NIC_RESTART) {
		for (unsigned i = 0; i < sizeof(key); i += 2) {
			key[i] = 0x6d;
			key[i + 1] = 0x5a;
		}
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = info->flow_type_rss_offloads &
				(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
		conf.rx_adv_conf.rss_conf.rss_key = key;
		conf.rx_adv_conf.rss_conf.rss_key_len = RTE_MIN(info->hash_key_size, sizeof(key));
	}
	rc = rte_eth_dev_configure(p->id, (uint16_t)n, (uint16_t)n, &conf);
	for (unsigned s = 0; s < n && rc == 0; s++) {
		uint16_t desc = p->driver->repair == DP_NIC_TAP ? TAP_RX_DESC : NIC_DESC;

		rc = rte_eth_rx_queue_setup(p->id, (uint16_t)s, desc, rte_eth_dev_socket_id(p->id), NULL,
				g->slot[s].pool.mp);
		if (rc == 0)
			rc = rte_eth_tx_queue_setup(p->id, (uint16_t)s, NIC_DESC,
					rte_eth_dev_socket_id(p->id), NULL);
	}
	return rc;
}

/** After the start, which publishes the queues: find what must be put in order after a death. */
static int know_queues(struct gd *g, struct gd_port *p)
{
	int rc = 0;

	if (p->driver->repair != DP_NIC_TAP)
		return 0;
	for (unsigned s = 0; s < g->opt.n_slots && rc == 0; s++) {
		rc = dp_tap_find(p->id, (uint16_t)s, &g->slot[s].pool, &p->tap[s]);
		if (rc == 0)
			rc = dp_tap_allow_mtu(p->id, (uint16_t)s, (uint16_t)g->opt.mtu);
	}
	return rc;
}

/** `iface=` of a net_tap's device arguments. */
static void tap_iface(const struct gd_options *o, const char *dev, char *out, size_t size)
{
	snprintf(out, size, "%s", "");
	for (unsigned i = 0; i < o->n_vdev; i++) {
		size_t n = strlen(dev);
		const char *at;

		if (strncmp(o->vdev[i], dev, n) != 0 || o->vdev[i][n] != ',')
			continue;
		at = strstr(o->vdev[i], ",iface=");
		if (at != NULL)
			snprintf(out, size, "%.*s", (int)strcspn(at + 7, ","), at + 7);
	}
}

static int open_port(struct gd *g, struct gd_port *p, struct dp_seg_port *out, const char *dev)
{
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	int rc;

	if (rte_eth_dev_get_port_by_name(dev, &p->id) < 0) {
		gd_log("error", "port_missing", "port=%s hint=\"make it with --vdev or --pci\"", dev);
		return -ENODEV;
	}
	rc = rte_eth_dev_info_get(p->id, &info);
	if (rc < 0)
		return rc;
	p->driver = judge_driver(g, info.driver_name);
	if (p->driver == NULL || !p->driver->secondary)
		return refuse(dev, info.driver_name, p->driver);
	if (p->driver->repair == DP_NIC_TAP && g->opt.n_slots > 4) {
		gd_log("error", "too_many_queues", "port=%s limit=4 reason=\"net_tap passes its "
			"descriptors to a secondary in one message\"", dev);
		return -E2BIG;
	}
	rc = configure(g, p, &info);
	if (rc == 0)
		rc = rte_eth_dev_start(p->id);
	if (rc == 0)
		rc = know_queues(g, p);
	if (rc < 0) {
		gd_log("error", "port_failed", "port=%s driver=%s error=\"%s\"", dev, info.driver_name,
				rte_strerror(-rc));
		return rc;
	}
	// Not every driver can; a tap receives everything anyway.
	rte_eth_promiscuous_enable(p->id);
	rte_eth_allmulticast_enable(p->id);
	if (rte_eth_macaddr_get(p->id, &mac) == 0)
		memcpy(out->mac, mac.addr_bytes, sizeof(out->mac));
	snprintf(out->name, sizeof(out->name), "%s", dev);
	snprintf(out->driver, sizeof(out->driver), "%s", info.driver_name);
	tap_iface(&g->opt, dev, out->iface, sizeof(out->iface));
	out->port_id = p->id;
	out->mtu = p->driver->repair == DP_NIC_RESTART ? accepted_mtu(&info, g->opt.mtu) : g->opt.mtu;
	p->tap_fd = -1;
	if (p->driver->repair == DP_NIC_TAP)
		p->tap_fd = dp_tap_fd(out->iface);
	return 0;
}

int gd_ports_open(struct gd *g)
{
	int rc;

	for (unsigned s = 0; s < g->opt.n_slots; s++) {
		char name[32];

		snprintf(name, sizeof(name), "slot%u", s);
		rc = dp_pool_create(name, g->opt.buffers, SOCKET_ID_ANY, &g->slot[s].pool);
		if (rc < 0) {
			gd_log("error", "pool_failed", "slot=%u buffers=%u error=\"%s\" hint=\"reserve more "
				"huge pages\"", s, g->opt.buffers, strerror(-rc));
			return rc;
		}
		g->seg->slot[s].pool_size = g->slot[s].pool.n;
	}
	for (unsigned w = 0; w < g->opt.n_wires; w++) {
		struct dp_seg_wire *wire = &g->seg->wire[w];

		snprintf(wire->name, sizeof(wire->name), "%s", g->opt.wire[w].name);
		wire->fail_closed = g->opt.wire[w].fail_closed;
		for (unsigned side = 0; side < 2; side++) {
			rc = open_port(g, &g->port[w][side], &wire->port[side], g->opt.wire[w].dev[side]);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

void gd_ports_close(struct gd *g)
{
	for (unsigned w = 0; w < g->opt.n_wires; w++)
		for (unsigned side = 0; side < 2; side++) {
			rte_eth_dev_stop(g->port[w][side].id);
			rte_eth_dev_close(g->port[w][side].id);
		}
	rte_eal_cleanup();
}

uint32_t gd_ports_held(const struct gd *g, unsigned slot, struct rte_mbuf **out, uint32_t max)
{
	uint32_t n = 0;

	for (unsigned w = 0; w < g->opt.n_wires; w++)
		for (unsigned side = 0; side < 2; side++)
			if (g->port[w][side].driver->repair == DP_NIC_TAP)
				n += dp_tap_held(&g->port[w][side].tap[slot], out + n, max - n);
	return n;
}

/** The queue lets go of its buffers (stop), or takes new ones (start). */
static int restart_queue(const struct gd_port *p, uint16_t q, bool start)
{
	int rc = start ? rte_eth_dev_rx_queue_start(p->id, q) : rte_eth_dev_rx_queue_stop(p->id, q);

	if (rc == 0)
		rc = start ? rte_eth_dev_tx_queue_start(p->id, q) : rte_eth_dev_tx_queue_stop(p->id, q);
	return rc;
}

int gd_ports_repair(struct gd *g, unsigned slot)
{
	struct gd_slot *s = &g->slot[slot];
	struct dp_slot *shared = &g->seg->slot[slot];
	uint32_t driver = 0;
	bool countable = true; // what a card's queue took at its start is known to its driver only
	int rc = 0;

	for (unsigned i = 0; i < 2 * g->opt.n_wires; i++) {
		struct gd_port *p = &g->port[i / 2][i % 2];

		if (p->driver->repair != DP_NIC_RESTART)
			continue;
		countable = false;
		rc = restart_queue(p, (uint16_t)slot, false) < 0 ? -EIO : rc;
	}
	dp_pool_reset(&s->pool);
	for (unsigned i = 0; i < 2 * g->opt.n_wires; i++) {
		struct gd_port *p = &g->port[i / 2][i % 2];

		if (p->driver->repair == DP_NIC_RESTART) {
			rc = restart_queue(p, (uint16_t)slot, true) < 0 ? -EIO : rc;
		} else if (p->driver->repair == DP_NIC_TAP) {
			rc = dp_tap_refill(&p->tap[slot], &s->pool) < 0 ? -ENOBUFS : rc;
			driver += p->tap[slot].n;
		}
	}
	shared->rebuilds++;
	shared->pool_driver = driver;
	shared->pool_free = dp_pool_free(&s->pool);
	shared->pool_missing = countable ? s->pool.n - shared->pool_free - driver : 0;
	if (rc < 0)
		gd_fault(g, 0, 0, "queue_not_restarted",
				"slot %u: a driver cannot restart its queue; some buffers may be missing",
				slot);
	return rc;
}
