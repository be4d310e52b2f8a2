/* SPDX-License-Identifier: Apache-2.0 */
#include "tx.h"
#include <dp/emit.h>
#include <dp/file.h>
#include <stdio.h>
#include <string.h>

typedef void log_fn(const struct dp_app_ctx *x, struct dp_tx *tx, struct dp_rec *r);

static void put_addr(uint8_t out[16], const union dp_addr *a)
{
	memcpy(out, a->b, 16);
}

/** src and dst follow the flow, or the direction that the record belongs to. */
static void common_fill(struct dp_ev_common *c, const struct dp_app_ctx *x, const struct dp_tx *tx,
	bool to_client)
{
	const struct dp_flow *f = x->f;
	const struct dp_pkt *p = x->p;
	unsigned s = to_client;

	memset(c, 0, sizeof(*c));
	c->ts_ns = p ? p->ts_ns : x->c->now_ns;
	c->flow_id = f->id;
	c->pkt_num = p ? p->num : 0;
	c->tx_id = tx ? tx->id : 0;
	c->flow_start_ns = f->start_ns;
	put_addr(c->src, &f->addr[s]);
	put_addr(c->dst, &f->addr[!s]);
	c->sport = f->port[s];
	c->dport = f->port[!s];
	c->flags = DP_EVF_HAS_FLOW | DP_EVF_HAS_PORTS;
	c->flags |= to_client ? DP_EVF_TO_CLIENT : DP_EVF_TO_SERVER;
	if (f->ip_ver == 6)
		c->flags |= DP_EVF_IPV6;
	if (f->has_mac) {
		memcpy(c->src_mac, f->mac[s], 6);
		memcpy(c->dst_mac, f->mac[!s], 6);
		c->flags |= DP_EVF_ETHER;
		if (p && !p->root && !(p->flags & DP_PF_PSEUDO) && p->linktype == 1 && p->len >= 14)
			c->ether_type = (uint16_t)(p->data[12] << 8 | p->data[13]);
	}
	if (!p || (p->flags & DP_PF_PSEUDO))
		c->flags |= DP_EVF_PSEUDO | DP_EVF_NO_PKT;
	c->pkt_src = p ? p->pkt_src : f->ip_proto == 6 ? DP_SRC_STREAM_END : DP_SRC_WIRE;
	if (x->a->change_pending && !(x->a->desc && x->a->desc->log_change_packet)) { // the peer makes a packet of its own to end a protocol
		c->flags |= DP_EVF_PSEUDO | DP_EVF_NO_PKT;
		c->pkt_src = DP_SRC_STREAM_LOG;
	}
	c->vlan_count = f->n_vlan;
	for (unsigned i = 0; i < f->n_vlan && i < 3; i++)
		c->vlan[i] = f->vlan_seen[i];
	c->ip_proto = f->ip_proto;
	c->wire = f->wire;
	c->side = p ? p->side : 0;
	c->app_proto = x->a->proto;
	c->app_proto_ts = x->a->proto_dir[0];
	c->app_proto_tc = x->a->proto_dir[1];
	c->app_proto_orig = x->a->proto_orig;
	c->app_proto_expected = x->a->proto_expected;
	c->worker = x->c->worker;
	c->pkts_ts = f->pkts[0];
	c->pkts_tc = f->pkts[1];
	c->bytes_ts = f->bytes[0];
	c->bytes_tc = f->bytes[1];
	put_addr(c->flow_src, &f->addr[0]);
	put_addr(c->flow_dst, &f->addr[1]);
	c->flow_sport = f->port[0];
	c->flow_dport = f->port[1];
}

struct dp_ev_app *dp_app_record_begin(const struct dp_app_ctx *x, const struct dp_tx *tx,
	const char *type, bool to_client, struct dp_rec *r)
{
	struct dp_ev_app *ev = (struct dp_ev_app *)(void *)x->c->ev_buf;

	memset(ev, 0, sizeof(*ev));
	ev->head.type = DP_EV_APP;
	ev->head.version = DP_EV_VERSION;
	common_fill(&ev->c, x, tx, to_client);
	snprintf(ev->event_type, sizeof(ev->event_type), "%s", type);
	ev->tree_off = sizeof(*ev);
	dp_rec_init(r, x->c->ev_buf + sizeof(*ev), DP_EV_MAX - (uint32_t)sizeof(*ev));
	return ev;
}

void dp_app_record_end(const struct dp_app_ctx *x, struct dp_ev_app *ev, struct dp_rec *r)
{
	if (x->f->parent_id)
		dp_rec_u64(r, "parent_id", x->f->parent_id);
	if (x->c->flow_tree)
		x->c->flow_tree(x->c, x->f, r);
	ev->tree_len = r->len;
	if (r->full)
		x->c->cnt->ev_truncated++;
	dp_emit(x->c, &ev->head, DP_EV_APP, sizeof(*ev) + r->len);
}

/** How far one direction has come, by the peer's names. */
static const char *state_name(const struct dp_app_desc *d, const struct dp_tx *tx, uint8_t dir)
{
	static const char *const start[2] = {"request_started", "response_started"};
	static const char *const end[2] = {"request_complete", "response_complete"};
	const struct dp_app_state *best = NULL;

	for (const struct dp_app_state *s = d->states; s->name; s++)
		if (s->dir == dir && s->progress <= tx->progress[dir] &&
			(!best || s->progress > best->progress))
			best = s;
	if (dp_tx_complete(d, tx, dir) && (!best || best->progress < d->complete[dir]))
		return end[dir];
	return best ? best->name : start[dir];
}

/** The protocol's object. False: it had nothing to say, and nothing was written. */
static bool log_object(const struct dp_app_ctx *x, struct dp_tx *tx, log_fn *log, log_fn *contents,
	struct dp_rec *r)
{
	const struct dp_app_desc *d = x->a->desc;
	uint32_t before = r->len, opened;

	dp_rec_obj(r, d->eve_object ? d->eve_object : d->eve_type);
	opened = r->len;
	x->a->log_empty = false;
	log(x, tx, r);
	if (contents)
		contents(x, tx, r);
	if (r->len == opened && !x->a->log_empty) {
		r->len = before;
		r->depth--;
		return false;
	}
	dp_rec_end(r);
	if (d->log_beside)
		d->log_beside(x, tx, r);
	return true;
}

void dp_app_alert_tree(struct dp_ctx *ctx, struct dp_flow_table *t, const struct dp_pkt *p,
	uint64_t tx_id, struct dp_rec *r)
{
	struct dp_app_ctx x = {.c = ctx, .f = p->flow, .a = p->flow->app, .table = t, .p = p};
	const struct dp_app_desc *d = x.a ? x.a->desc : NULL;
	struct dp_tx *tx = d ? x.a->tx_first : NULL;

	while (tx && tx->id != tx_id)
		tx = tx->next;
	if (!tx)
		return;
	if (d->states) {
		dp_rec_cstr(r, "ts_progress", state_name(d, tx, 0));
		dp_rec_cstr(r, "tc_progress", state_name(d, tx, 1));
	}
	if (d->eve_type && (d->log_alert || d->log))
		log_object(&x, tx, d->log_alert ? d->log_alert : d->log, d->log_contents, r);
	if (!tx->files)
		return;
	dp_rec_arr(r, "files");
	for (const struct dp_file *f = tx->files; f; f = f->next) {
		dp_rec_obj(r, "");
		dp_file_log_fields(f, tx->id, r);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

bool dp_app_forwarded(struct dp_ctx *ctx, struct dp_flow_table *t, const struct dp_pkt *p,
	uint64_t tx_id, const char *header, struct dp_span *out)
{
	struct dp_app_ctx x = {.c = ctx, .f = p->flow, .a = p->flow->app, .table = t, .p = p};
	const struct dp_app_desc *d = x.a ? x.a->desc : NULL;

	if (!d || !d->forwarded)
		return false;
	for (struct dp_tx *tx = x.a->tx_first; tx; tx = tx->next)
		if ((tx_id == UINT64_MAX || tx->id == tx_id) && d->forwarded(&x, tx, header, out))
			return true;
	return false;
}

/** The client that a proxy speaks for: control reads the address out of it. */
static void log_forwarded(const struct dp_app_ctx *x, struct dp_tx *tx, enum dp_xff kind,
	struct dp_rec *r)
{
	const char *header = x->c->conf->xff_header[kind];
	struct dp_span v;

	if (header[0] && x->a->desc->forwarded && x->a->desc->forwarded(x, tx, header, &v))
		dp_rec_str(r, "xff", v.p, v.n < 512 ? v.n : 512);
}

void dp_app_log_tx(const struct dp_app_ctx *x, struct dp_tx *tx)
{
	const struct dp_app_desc *d = x->a->desc;
	struct dp_ev_app *ev;
	struct dp_rec r;
	bool to_client;

	if (!x->c->ring || !x->c->conf->log_app || !d->eve_type)
		return;
	to_client = d->log_packet_dir && x->p ? x->p->dir == SIG_DIR_TO_CLIENT
					      : !d->log_flow_dir &&
			tx->only_dir == 1u << SIG_DIR_TO_CLIENT;
	ev = dp_app_record_begin(x, tx, d->eve_type_of ? d->eve_type_of(tx) : d->eve_type, to_client,
		&r);
	if (d->log_tx_id)
		ev->c.flags |= DP_EVF_TX;
	if (!log_object(x, tx, d->log, NULL, &r))
		return;
	log_forwarded(x, tx, DP_XFF_HTTP, &r);
	dp_app_record_end(x, ev, &r);
}

/** A file's record waits for a packet of its own direction, as with the peer, or for the end of
 *  both: what the other side answers is then part of it. */
static bool awaits(const struct dp_app_ctx *x, const struct dp_file *f)
{
	return x->p && !(x->p->flags & DP_PF_PSEUDO) && x->p->dir != f->dir &&
	       !(x->a->eof[0] && x->a->eof[1]) && !x->a->change_pending;
}

/** Behind the depth nothing is looked at: what a file has by then is all of it. */
static bool cut_short(const struct dp_app_ctx *x, const struct dp_file *f)
{
	return x->p && x->p->dir == f->dir && dp_stream_depth_reached(x->f, (enum sig_dir)f->dir);
}

void dp_app_log_files(const struct dp_app_ctx *x, struct dp_tx *tx, bool end)
{
	const struct dp_app_desc *d = x->a->desc;
	struct dp_ev_app *ev;
	struct dp_rec r;

	for (struct dp_file *f = tx->files; f; f = f->next) {
		if (f->logged)
			continue;
		if (f->state == DP_FILE_OPEN && (end || cut_short(x, f)))
			dp_file_close(x->c, f, true);
		if (f->state == DP_FILE_OPEN || (!end && awaits(x, f)))
			continue;
		f->logged = true;
		dp_file_settle(x->c, f);
		if (!x->c->ring || !x->c->conf->log_app)
			continue;
		ev = dp_app_record_begin(x, tx, "fileinfo", f->dir == SIG_DIR_TO_CLIENT, &r);
		if (d->log_alert || d->log)
			log_object(x, tx, d->log_alert ? d->log_alert : d->log, NULL, &r);
		dp_file_log(f, tx->id, &r);
		log_forwarded(x, tx, DP_XFF_FILE, &r);
		dp_app_record_end(x, ev, &r);
	}
}

static void anomaly(const struct dp_app_ctx *x, const struct dp_tx *tx, uint8_t layer,
	unsigned event, const char *name)
{
	struct dp_ev_anomaly *ev = (struct dp_ev_anomaly *)(void *)x->c->ev_buf;
	bool tc = tx && tx->only_dir == 1u << SIG_DIR_TO_CLIENT;
	struct dp_rec tree;

	if (!x->c->ring || !name)
		return;
	memset(ev, 0, sizeof(*ev));
	ev->head.type = DP_EV_ANOMALY;
	ev->head.version = DP_EV_VERSION;
	// As the peer: by the packet in hand, whoever said what was remarkable.
	if (x->p)
		tc = x->p->dir == SIG_DIR_TO_CLIENT;
	common_fill(&ev->c, x, tx, tc);
	if (tx)
		ev->c.flags |= DP_EVF_TX;
	ev->kind = 2;
	ev->layer = layer;
	ev->event = (uint16_t)event;
	snprintf(ev->name, sizeof(ev->name), "%s", name);
	dp_rec_init(&tree, x->c->ev_buf + sizeof(*ev), DP_EV_MAX - (uint32_t)sizeof(*ev));
	if (x->c->flow_tree)
		x->c->flow_tree(x->c, x->f, &tree);
	if (tree.full)
		x->c->cnt->ev_truncated++;
	dp_emit(x->c, &ev->head, DP_EV_ANOMALY, sizeof(*ev) + tree.len);
}

/** In the order in which they came, and then what memory was short to remember that of. */
static void tell(struct dp_app_ctx *x, struct dp_tx *tx)
{
	const struct dp_app_desc *d = x->a->desc;

	for (unsigned i = 0; d && i < tx->ev_new_n; i++) {
		const unsigned ev = tx->ev_new[i];

		anomaly(x, tx, 0, ev, sig_app_event_name(d->proto, ev));
		tx->ev_logged[ev >> 6] |= UINT64_C(1) << (ev & 63);
	}
	dp_tx_events_told(x, tx);
}

/** tx = NULL: those of the flow, and of detection itself. */
void dp_app_log_events(struct dp_app_ctx *x, struct dp_tx *tx)
{
	struct dp_app_flow *a = x->a;
	uint64_t *set = tx ? tx->events : a->events, *done = tx ? tx->ev_logged : a->ev_logged;

	if (!tx) {
		uint64_t fresh = a->proto_events & ~a->proto_ev_logged;

		a->proto_ev_logged |= fresh;
		for (; fresh; fresh &= fresh - 1) {
			unsigned ev = (unsigned)__builtin_ctzll(fresh);

			anomaly(x, NULL, 1, ev, sig_applayer_event_name(ev));
		}
	} else {
		tell(x, tx);
	}
	for (unsigned w = 0; w < 2 && a->desc; w++) {
		uint64_t fresh = set[w] & ~done[w];

		done[w] |= fresh;
		for (; fresh; fresh &= fresh - 1) {
			unsigned ev = w * 64 + (unsigned)__builtin_ctzll(fresh);

			anomaly(x, tx, 0, ev, sig_app_event_name(a->desc->proto, ev));
		}
	}
}
