/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <rte_ethdev.h>

/** Link as its peer made it; what we did to it ourselves does not count. */
static bool peer_has_link(const struct gd_port *p, uint32_t *mbps)
{
	struct rte_eth_link link = {0};

	*mbps = 0;
	// The driver asks for the interface by name in our own network namespace, where it may no
	// longer be: ask its descriptor instead.
	if (p->tap_fd >= 0)
		return dp_tap_is_up(p->tap_fd);
	if (rte_eth_link_get_nowait(p->id, &link) < 0)
		return true;
	*mbps = link.link_speed;
	return link.link_status == RTE_ETH_LINK_UP;
}

/** Show `twin` the link that its counterpart has. Not every driver can be told. */
static void carry(struct gd_port *twin, bool up)
{
	if (twin->carrier_off == !up)
		return;
	if (twin->tap_fd >= 0) {
		if (dp_tap_carrier(twin->tap_fd, up) < 0)
			return;
	} else if (up) {
		rte_eth_dev_set_link_up(twin->id);
	} else if (rte_eth_dev_set_link_down(twin->id) < 0) {
		return;
	}
	twin->carrier_off = !up;
}

static void watch_port(struct gd *g, unsigned wire, unsigned side)
{
	struct gd_port *p = &g->port[wire][side], *twin = &g->port[wire][!side];
	struct dp_seg_port *out = &g->seg->wire[wire].port[side];
	uint32_t mbps;
	bool up;

	// A link that we hold down says nothing about its peer, except on a tap.
	if (p->carrier_off && p->tap_fd < 0)
		up = true;
	else
		up = peer_has_link(p, &mbps);
	if (up == p->link)
		return;
	p->link = up;
	out->link_changes++;
	if (up)
		__atomic_store_n(&out->epoch, out->epoch + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&out->link_up, up, __ATOMIC_RELEASE);
	carry(twin, up);
	g->seg->wire[wire].port[!side].held_down = twin->carrier_off;
	gd_log("notice", "link", "wire=%s port=%s state=%s", g->seg->wire[wire].name, out->name,
			up ? "up" : "down");
}

void gd_link_watch(struct gd *g, uint64_t now_ns)
{
	if (now_ns < g->next_link_ns)
		return;
	g->next_link_ns = now_ns + 10 * GD_MS;
	for (unsigned w = 0; w < g->opt.n_wires; w++)
		for (unsigned side = 0; side < 2; side++)
			watch_port(g, w, side);
}
