/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool segment_alive(int pid)
{
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

static ino_t inode_of(const struct daemon *d)
{
	char path[320];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", d->opt.run_dir, DP_SEG_NAME);
	return stat(path, &st) ? 0 : st.st_ino;
}

void segment_watch(struct daemon *d)
{
	ino_t now = inode_of(d);
	int rc;

	if (now == 0 || (d->seg != NULL && now == d->seg_ino))
		return;
	if (d->seg != NULL) { // the guard started again: what is left in the old rings comes first
		drain_round(d);
		dp_seg_close(d->seg);
		d->seg = NULL;
	}
	rc = dp_seg_open(d->opt.run_dir, &d->seg);
	if (rc) {
		log_warn("msg=\"segment not usable\" error=\"%s\"", strerror(-rc));
		d->seg = NULL;
		return;
	}
	d->seg_ino = now;
	d->seg_generation++;
	log_info("msg=\"segment mapped\" guard_pid=%d guard_version=%s wires=%u slots=%u",
		d->seg->guard_pid, d->seg->guard_version, d->seg->n_wires, d->seg->n_slots);
	site_post(d);
	activate_current(d);
}

void segment_lanes(const struct dp_seg *seg, int wire, int side, struct lane_sum *sum)
{
	*sum = (struct lane_sum){0};
	for (unsigned s = 0; s < seg->n_slots; s++) {
		for (unsigned w = 0; w < seg->n_wires; w++) {
			for (unsigned i = 0; i < 4; i++) {
				const struct dp_lane *l = i & 1 ? &seg->slot[s].guard[w][i >> 1] :
					&seg->slot[s].worker[w][i >> 1];

				if ((wire >= 0 && w != (unsigned)wire) ||
						(side >= 0 && i >> 1 != (unsigned)side))
					continue;
				sum->rx_pkts += l->rx_pkts;
				sum->rx_bytes += l->rx_bytes;
				sum->tx_pkts += l->tx_pkts;
				sum->own_pkts += l->own_pkts;
				for (unsigned r = 0; r < DP_R__COUNT; r++)
					sum->reason[r] += l->reason_pkts[r];
			}
		}
	}
	for (unsigned r = 0; r < DP_R__COUNT; r++) {
		enum dp_verdict v = dp_reason_info[r].verdict;

		*(v == DP_FORWARD ? &sum->forwarded : v == DP_DROP ? &sum->dropped : &sum->held) +=
			sum->reason[r];
	}
}

void segment_counters(const struct dp_seg *seg, struct dp_counters *sum)
{
	struct lane_sum lanes;

	memset(sum, 0, sizeof(*sum));
	for (unsigned s = 0; s < seg->n_slots; s++) {
		uint64_t turn = __atomic_load_n(&seg->slot[s].stats_turn, __ATOMIC_ACQUIRE);
		const struct dp_counters *c = &seg->slot[s].stats[turn & 1];

		if (c->max_pkt_size > sum->max_pkt_size)
			sum->max_pkt_size = c->max_pkt_size;
#define X(field, unit, name, text) \
	if (&c->field != &c->max_pkt_size) \
		sum->field += c->field;
		DP_COUNTERS(X)
#undef X
		for (unsigned i = 0; i < 64; i++) {
			sum->app_flow[i] += c->app_flow[i];
			sum->app_tx[i] += c->app_tx[i];
			sum->app_err[i] += c->app_err[i];
			sum->app_flow_udp[i] += c->app_flow_udp[i];
			sum->app_tx_udp[i] += c->app_tx_udp[i];
			sum->app_err_udp[i] += c->app_err_udp[i];
			sum->app_gap[i] += c->app_gap[i];
			sum->app_alloc[i] += c->app_alloc[i];
		}
		for (unsigned i = 0; i < 6; i++)
			for (unsigned k = 0; k < 8; k++)
				sum->exception[i][k] += c->exception[i][k];
		for (unsigned i = 0; i < 384; i++)
			sum->events[i] += c->events[i];
		for (unsigned i = 0; i < DP_STAGE__COUNT; i++)
			sum->stage_cycles[i] += c->stage_cycles[i];
		sum->stage_samples += c->stage_samples;
	}
	segment_lanes(seg, -1, -1, &lanes);
	memcpy(sum->reason_pkts, lanes.reason, sizeof(lanes.reason));
}

bool segment_inspecting(const struct dp_seg *seg)
{
	for (unsigned s = 0; seg != NULL && s < seg->n_slots; s++)
		if (__atomic_load_n(&seg->slot[s].owner, __ATOMIC_ACQUIRE) != 0)
			return true;
	return false;
}

const char *segment_iface(void *arg, unsigned wire, unsigned side)
{
	const struct daemon *d = arg;
	const struct dp_seg_port *p;

	if (d->seg == NULL || wire >= d->seg->n_wires || wire >= DP_MAX_WIRES || side > 1)
		return NULL;
	p = &d->seg->wire[wire].port[side];
	return p->iface[0] ? p->iface : p->name;
}
