/* SPDX-License-Identifier: Apache-2.0 */
/** What the appliance says about itself, as JSON. */
#include "daemon.h"

#include <stdlib.h>
#include <unistd.h>

static json_t *number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *lanes_json(const struct lane_sum *l)
{
	json_t *reasons = json_object();

	for (unsigned r = 0; r < DP_R__COUNT; r++)
		if (l->reason[r])
			json_object_set_new(reasons, dp_reason_info[r].name, number(l->reason[r]));
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "received", number(l->rx_pkts),
		"received_bytes", number(l->rx_bytes), "forwarded", number(l->forwarded), "dropped",
		number(l->dropped), "held", number(l->held), "sent_own", number(l->own_pkts),
		"difference", json_integer((json_int_t)(l->rx_pkts - l->forwarded - l->dropped - l->held)),
		"reasons", reasons);
}

static json_t *port_json(const struct dp_seg *seg, unsigned w, unsigned side)
{
	const struct dp_seg_port *p = &seg->wire[w].port[side];
	struct lane_sum l;

	segment_lanes(seg, (int)w, (int)side, &l);
	return json_pack("{s:s,s:s,s:s,s:b,s:o,s:o}", "name", p->name, "driver", p->driver, "iface",
		p->iface, "link", (int)p->link_up, "mtu", number(p->mtu), "account", lanes_json(&l));
}

static json_t *wires_json(const struct dp_seg *seg)
{
	json_t *all = json_array();

	for (unsigned w = 0; w < seg->n_wires && w < DP_MAX_WIRES; w++)
		json_array_append_new(all, json_pack("{s:s,s:s,s:b,s:[o,o]}", "name",
			seg->wire[w].name, "fail", seg->wire[w].fail_closed ? "closed" : "open",
			"bypass", seg->wire[w].bypass_until_ns != 0, "ports", port_json(seg, w, 0),
			port_json(seg, w, 1)));
	return all;
}

static json_t *worker_json(const struct dp_seg *seg, const struct dp_proc *p)
{
	static const char *const state[] = {"starting", "ready", "retiring"};
	json_t *layers = json_object();
	uint64_t now = dp_mono_ns();

	for (unsigned i = 0; i < CTL_LAYERS; i++) {
		const struct dp_proc_layer *l = &p->layer[i];

		if (l->adopted || l->failed)
			json_object_set_new(layers, ctl_layer_name[i], json_pack("{s:o,s:s}", "adopted",
				number(l->adopted), "error", l->failed > l->adopted ? l->error : ""));
	}
	return json_pack("{s:i,s:i,s:s,s:b,s:s,s:f,s:f,s:o}", "pid", p->pid, "slot", (int)p->slot,
		"state", p->state < 3 ? state[p->state] : "?", "polling",
		seg->slot[p->slot % DP_MAX_SLOTS].owner == p->id, "version", p->version, "beat_ms",
		(double)(now - p->beat_ns) / 1e6, "uptime_s", (double)(now - p->started_ns) / 1e9,
		"layers", layers);
}

static json_t *workers_json(const struct dp_seg *seg)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < DP_MAX_PROCS; i++)
		if (seg->proc[i].id && seg->proc[i].role == DP_ROLE_WORKER &&
				segment_alive(seg->proc[i].pid))
			json_array_append_new(all, worker_json(seg, &seg->proc[i]));
	return all;
}

static json_t *hist_json(const struct dp_hist *h)
{
	return json_pack("{s:o,s:f,s:f,s:f}", "count", number(h->count), "median_us",
		(double)dp_hist_quantile_ns(h, 0.5) / 1e3, "p99_us",
		(double)dp_hist_quantile_ns(h, 0.99) / 1e3, "max_us", (double)h->max_ns / 1e3);
}

static json_t *fail_open_json(const struct dp_seg *seg)
{
	uint64_t takeovers = 0, deaths = 0, stalls = 0, recovered = 0, missing = 0;

	for (unsigned s = 0; s < seg->n_slots; s++) {
		takeovers += seg->slot[s].takeovers;
		deaths += seg->slot[s].deaths;
		stalls += seg->slot[s].stalls;
		recovered += seg->slot[s].recovered_pkts;
		missing += seg->slot[s].pool_missing;
	}
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "takeovers",
		number(takeovers), "deaths", number(deaths), "stalls", number(stalls),
		"recovered_pkts", number(recovered), "buffers_missing", number(missing), "crashes",
		number(seg->crashes), "restarts", number(seg->restarts), "poison_pkts",
		number(seg->poison_pkts), "takeover", hist_json(&seg->takeover), "restart",
		hist_json(&seg->restart), "swap", hist_json(&seg->swap));
}

json_t *status_rules(struct daemon *d)
{
	static const char *const mode[] = {"default", "off", "shadow", "alert", "prevent"};
	json_t *all = json_array();

	for (unsigned i = 0; i < CTL_LAYERS; i++) {
		const struct ctl_store_layer *s = &d->store.layer[i];

		json_array_append_new(all, json_pack("{s:s,s:i,s:i,s:i,s:s,s:b,s:f}", "layer",
			ctl_layer_name[i], "generation", (int)s->current, "previous", (int)s->previous,
			"signatures", (int)d->layer[i].signatures, "mode", mode[s->mode < 5 ? s->mode : 0],
			"activating", d->layer[i].act.state == CTL_ACT_WAITING, "last_activation_ms",
			d->layer[i].took_ms));
	}
	return all;
}

static json_t *events_json(const struct daemon *d)
{
	uint64_t lost = 0;

	for (unsigned s = 0; d->seg != NULL && s < d->seg->n_slots; s++)
		lost += dp_seg_ring(d->seg, s)->lost;
	return json_pack("{s:o,s:o,s:o,s:o,s:s,s:o}", "records", number(d->events), "lines",
		number(d->eve.lines), "lost", number(lost), "bad", number(d->eve.bad), "file",
		d->file.path, "file_lost_bytes", number(d->file.lost_bytes));
}

json_t *status_json(struct daemon *d)
{
	json_t *v = json_pack("{s:s,s:i,s:f,s:b,s:o,s:o}", "version", SEKISHO_VERSION, "pid",
		(int)getpid(), "uptime_s", (double)(dp_mono_ns() - d->start_ns) / 1e9, "inspecting",
		segment_inspecting(d->seg), "layers", status_rules(d), "events", events_json(d));
	const struct dp_seg *seg = d->seg;
	uint64_t now = dp_mono_ns();
	struct lane_sum l;

	if (seg == NULL) {
		json_object_set_new(v, "guard", json_pack("{s:b}", "running", 0));
		return v;
	}
	segment_lanes(seg, -1, -1, &l);
	json_object_set_new(v, "guard", json_pack("{s:b,s:i,s:s,s:f,s:f}", "running",
		segment_alive(seg->guard_pid), "pid", seg->guard_pid, "version", seg->guard_version,
		"uptime_s", (double)(now - seg->guard_start_ns) / 1e9, "beat_ms",
		(double)(now - seg->guard_beat_ns) / 1e6));
	json_object_set_new(v, "bypass", json_pack("{s:b,s:f}", "on", seg->bypass_until_ns > now,
		"seconds_left", seg->bypass_until_ns == UINT64_MAX || seg->bypass_until_ns <= now ? -1.0 :
			(double)(seg->bypass_until_ns - now) / 1e9));
	json_object_set_new(v, "breaker_open", json_boolean(seg->breaker_until_ns > now));
	json_object_set_new(v, "account", lanes_json(&l));
	json_object_set_new(v, "fail_open", fail_open_json(seg));
	json_object_set_new(v, "wires", wires_json(seg));
	json_object_set_new(v, "workers", workers_json(seg));
	return v;
}

/** How often each exception policy was applied, by cause; those that never were are left out. */
static void exceptions(json_t *v, const struct dp_counters *c)
{
	char name[80];

	for (unsigned cause = 0; cause < 6; cause++)
		for (unsigned policy = 0; policy < 8; policy++) {
			if (c->exception[cause][policy] == 0)
				continue;
			ctl_eve_exception_name(name, sizeof(name), cause, policy);
			json_object_set_new(v, name, number(c->exception[cause][policy]));
		}
}

/** Of the file store, while there is one. */
static void store_counters(json_t *v, const struct daemon *d)
{
	const struct ctl_filestore *s = &d->files;
	const struct {
		const char *name;
		uint64_t n;
	} all[] = {{"file_store.stored", s->stored}, {"file_store.duplicates", s->duplicates},
		{"file_store.refused", s->refused}, {"file_store.incomplete", s->incomplete},
		{"file_store.fs_errors", s->errors}, {"file_store.files", s->files},
		{"file_store.bytes", s->bytes}, {"file_store.ring_bytes", d->file_bytes}};

	for (size_t i = 0; d->storing && i < sizeof(all) / sizeof(all[0]); i++)
		json_object_set_new(v, all[i].name, number(all[i].n));
}

json_t *status_counters(struct daemon *d)
{
	struct dp_counters *sum = calloc(1, sizeof(*sum));
	json_t *v = json_object(), *reasons = json_object();

	if (sum != NULL && d->seg != NULL)
		segment_counters(d->seg, sum);
	if (sum != NULL) {
#define X(field, unit, name, text) json_object_set_new(v, name, number(sum->field));
		DP_COUNTERS(X)
#undef X
		json_object_set_new(v, "stage.samples", number(sum->stage_samples));
#define X(id, name, text) \
	json_object_set_new(v, "stage." name ".cycles", number(sum->stage_cycles[DP_STAGE_##id]));
		DP_STAGES(X)
#undef X
		exceptions(v, sum);
		store_counters(v, d);
		for (unsigned r = 0; r < DP_R__COUNT; r++)
			json_object_set_new(reasons, dp_reason_info[r].name, number(sum->reason_pkts[r]));
	}
	free(sum);
	json_object_set_new(v, "reasons", reasons);
	return v;
}
