/* SPDX-License-Identifier: Apache-2.0 */
#include "proto_detect.h"
#include "text.h"
#include <string.h>

static bool pattern_at(const struct dp_app_pattern *p, const uint8_t *at)
{
	for (unsigned i = 0; i < p->len; i++) {
		uint8_t a = at[i], b = (uint8_t)p->bytes[i];

		if (p->nocase ? dp_lower(a) != dp_lower(b) : a != b)
			return false;
	}
	return true;
}

static bool pattern_match(const struct dp_app_pattern *p, struct dp_span s)
{
	uint32_t end = p->depth ? p->depth : (uint32_t)p->off + p->len;

	if (end > s.n)
		end = s.n;
	for (uint32_t at = p->off; at + p->len <= end; at++)
		if (pattern_at(p, s.p + at))
			return true;
	return false;
}

static bool enabled(const struct dp_app_ctx *x, const struct dp_app_desc *d)
{
	bool tcp = x->f->ip_proto == 6;

	return (tcp ? d->tcp : d->udp) && !(d->proto < 64 && x->c->conf->app_off[!tcp][d->proto] == DP_APP_OFF);
}

static enum sig_proto by_pattern(struct dp_app_ctx *x, struct dp_span s, unsigned dir)
{
	for (unsigned i = 0; dp_app_registry[i]; i++) {
		const struct dp_app_desc *d = dp_app_registry[i];

		if (!d->n_patterns || !enabled(x, d))
			continue;
		for (unsigned k = 0; k < d->n_patterns; k++) {
			const struct dp_app_pattern *p = &d->patterns[k];

			if ((p->dir == dir || p->dir == 2) && pattern_match(p, s))
				return d->proto;
		}
	}
	return SIG_PROTO_UNKNOWN;
}

/** The server's port; for an answer also the port it goes to, and in a session met in its middle. A request that comes from a server's
 *  port proves nothing. */
static bool port_listed(const struct dp_app_ctx *x, const struct dp_app_desc *d, enum sig_dir dir)
{
	const struct dp_flow *f = x->f;
	const uint16_t *ports = d->ports;

	if (d->proto < 64 && x->c->conf->app_ports[f->ip_proto != 6][d->proto][0])
		ports = x->c->conf->app_ports[f->ip_proto != 6][d->proto];
	for (unsigned i = 0; i < 8 && ports[i]; i++)
		if (ports[i] == f->port[1] ||
			((dir == SIG_DIR_TO_CLIENT || (f->flags & DP_FF_MIDSTREAM)) &&
				ports[i] == f->port[0]))
			return true;
	return false;
}

/** A datagram's content may look like anything: on the port of another protocol it is not asked. */
static bool port_of_another(const struct dp_app_ctx *x)
{
	for (unsigned i = 0; dp_app_registry[i]; i++) {
		const struct dp_app_desc *o = dp_app_registry[i];

		if (!o->probe_any_port && enabled(x, o) &&
			port_listed(x, o, SIG_DIR_TO_SERVER))
			return true;
	}
	return false;
}

static enum sig_proto by_probe(struct dp_app_ctx *x, const struct dp_app_in *in, bool *reverse)
{
	uint64_t *no = &x->a->probe_no[in->dir];
	bool open = false;
	int another = -1; // not asked yet

	for (unsigned i = 0; dp_app_registry[i] && i < 64; i++) {
		const struct dp_app_desc *d = dp_app_registry[i];

		if (!d->probe || (*no >> i) & 1 || !enabled(x, d))
			continue;
		if (!port_listed(x, d, in->dir)) {
			if (another < 0)
				another = x->f->ip_proto == 17 && port_of_another(x);
			if (!d->probe_any_port || another)
				continue;
		}
		switch (d->probe(x, in)) {
		case DP_PROBE_NO:
			*no |= UINT64_C(1) << i;
			break;
		case DP_PROBE_MORE:
			open = true;
			break;
		case DP_PROBE_YES_REVERSE:
			*reverse = true;
			return d->proto;
		case DP_PROBE_YES:
			return d->proto;
		}
	}
	if (!open)
		x->a->pp_done[in->dir] = true;
	return SIG_PROTO_UNKNOWN;
}

/** One side has shown what it speaks: is this what the other side says in that? Asked before anything
 *  else, as words are common to several protocols ("USER" to FTP and POP3, "220" to FTP and SMTP). */
static bool agrees(struct dp_app_ctx *x, const struct dp_app_in *in)
{
	const struct dp_app_desc *d = x->a->desc;

	if (!d || !d->parse || x->a->proto_dir[!in->dir] != d->proto)
		return false;
	for (unsigned k = 0; k < d->n_patterns; k++)
		if ((d->patterns[k].dir == in->dir || d->patterns[k].dir == 2) &&
			pattern_match(&d->patterns[k], in->data))
			return true;
	return d->probe && d->probe(x, in) == DP_PROBE_YES;
}

enum sig_proto dp_app_recognise(struct dp_app_ctx *x, const struct dp_app_in *in, bool *reverse)
{
	struct dp_app_flow *a = x->a;
	bool tcp = x->f->ip_proto == 6;
	enum sig_proto got = SIG_PROTO_UNKNOWN;

	*reverse = false;
	a->det_bytes[in->dir] = in->data.n;
	if (in->data.n == 0)
		return got;
	if (tcp && agrees(x, in))
		return x->a->desc->proto;
	if (!a->pm_done[in->dir]) {
		got = by_pattern(x, in->data, in->dir);
		if (!got && (!tcp || (x->f->flags & DP_FF_MIDSTREAM))) {
			got = by_pattern(x, in->data, !in->dir);
			*reverse = got != SIG_PROTO_UNKNOWN;
		}
		if (got)
			return got;
		if (!tcp || in->data.n >= DP_APP_PM_WINDOW || in->eof)
			a->pm_done[in->dir] = true;
	}
	if (!a->pp_done[in->dir])
		got = by_probe(x, in, reverse);
	if (!got && (!tcp || in->eof))
		a->pp_done[in->dir] = true;
	return got;
}

bool dp_app_on_port(const struct dp_app_ctx *x, enum sig_proto proto, uint16_t usual)
{
	const uint16_t *p = x->c->conf->app_ports[x->f->ip_proto != 6][proto];

	for (unsigned i = 0; i < 8 && p[i]; i++)
		if (x->f->port[0] == p[i] || x->f->port[1] == p[i])
			return true;
	return !p[0] && (x->f->port[0] == usual || x->f->port[1] == usual);
}
