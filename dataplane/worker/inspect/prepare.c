/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

_Static_assert(sizeof(struct dp_pkt) * DP_BURST <= DP_DESK_BYTES, "the desk holds one burst");
_Static_assert(DP_BURST == DP_FLIGHT_MAX, "the flight record holds one burst");
_Static_assert(sizeof(struct dp_conf) <= DP_SEG_CONF_MAX, "settings fit into the segment");
_Static_assert((int)DP_LAYER__COUNT <= (int)DP_MAX_LAYERS, "a mailbox per layer");

static int find_ports(struct in_worker *w)
{
	bool taps = true;
	char name[32];

	for (unsigned i = 0; i < w->n_wires; i++) {
		for (unsigned side = 0; side < 2; side++) {
			const struct dp_seg_port *p = &w->seg->wire[i].port[side];
			int fd;

			if (rte_eth_dev_get_port_by_name(p->name, &w->port[i][side]) < 0)
				return -ENODEV;
			w->renewed[i][side] = strcmp(p->driver, "net_memif") == 0;
			fd = w->seg->n_slots == 1 && p->iface[0] ? dp_tap_fd(p->iface) : -1;
			taps = taps && fd >= 0;
			w->wait_fd[w->n_wait++] = fd;
		}
	}
	// With several queues a descriptor cannot be told from its siblings: naps it is.
	if (!taps)
		w->n_wait = 0;
	snprintf(name, sizeof(name), "slot%u", w->index);
	w->pool = rte_mempool_lookup(name);
	return w->pool == NULL ? -ENOENT : 0;
}

int in_worker_prepare(struct in_worker *w, struct dp_seg *seg, unsigned slot,
		const struct in_options *o, struct dp_shared_state *shared)
{
	struct dp_worker_setup setup;
	int rc;

	memset(w, 0, sizeof(*w));
	w->seg = seg;
	w->run_dir = o->run_dir;
	w->slot = &seg->slot[slot];
	w->flight = &w->slot->flight;
	w->table = dp_seg_table(seg);
	w->index = slot;
	w->n_wires = seg->n_wires;
	w->pkts = (struct dp_pkt *)(void *)w->slot->desk;
	w->scratch = calloc(DP_BURST, IN_FRAME_MAX);
	if (w->scratch == NULL)
		return -ENOMEM;
	rc = find_ports(w);
	if (rc < 0)
		return rc;
	in_io_init(w);
	dp_conf_default(&w->conf);
	dp_conf_wire(&w->conf);
	if (o->max_flows)
		w->conf.max_flows = o->max_flows;
	if (o->memory_mib)
		w->conf.memory_bytes = (uint64_t)o->memory_mib << 20;
	w->conf.geoip_path = o->geoip;
	w->midstream_off = o->midstream_off;
	if (o->midstream_off)
		w->conf.midstream = false;
	setup = (struct dp_worker_setup){
			.conf = w->conf,
			.io = &w->io,
			.counters = &w->counters,
			.ring = dp_seg_ring(seg, slot),
			.file_ring = dp_seg_file_ring(seg, slot),
			.table = w->table,
			.shared = shared,
			.inspecting = &w->flight->inspecting,
			.worker = (uint16_t)slot,
	};
	rc = dp_worker_create(&setup, &w->engine);
	if (rc == 0)
		in_settings(w);
	return rc;
}

void in_worker_take(struct in_worker *w, enum dp_layer_id layer, const struct in_image *image)
{
	struct dp_ruleset *old;

	if (image->rs != NULL && dp_worker_prepare(w->engine, image->rs) < 0)
		return;
	dp_worker_adopt(w->engine, layer, image->rs, image->image_generation, &old);
	if (image->mode != 0)
		dp_worker_set_mode(w->engine, layer, (enum dp_mode)(image->mode - 1));
	w->current[layer] = *image;
}
