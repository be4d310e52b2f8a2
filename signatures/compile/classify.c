/* SPDX-License-Identifier: Apache-2.0 */
/* Which class a rule falls into, and in which order rules are evaluated. Both follow the peer's
 * documented rule types (packet, packet-stream, stream, transaction ...) and its order of actions,
 * state setters before readers, priority, sid. */
#include "build.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Options that say nothing about what kind of traffic a rule looks at.
static bool neutral(const struct sig_opt *o)
{
	switch (o->kind) {
	case SIG_OPT_THRESHOLD:
	case SIG_OPT_DETECTION_FILTER:
	case SIG_OPT_TAG:
	case SIG_OPT_BYPASS:
	case SIG_OPT_PREFILTER:
	case SIG_OPT_CONFIG:
	case SIG_OPT_NFQ_SET_MARK:
	case SIG_OPT_FILESTORE:
	case SIG_OPT_TLS_STORE:
		return true;
	default:
		return false;
	}
}

static bool ip_only(const struct sig_rule *r)
{
	if (r->app != SIG_PROTO_UNKNOWN || r->lists_n || r->hook || r->hdr == SIG_HDR_PKTHDR ||
		r->hdr == SIG_HDR_ARP || r->hdr == SIG_HDR_ETHER)
		return false;
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		if (neutral(o))
			continue;
		switch (o->kind) {
		case SIG_OPT_IPREP:
		case SIG_OPT_SAMEIP:
			continue;
		case SIG_OPT_NUMBER:
			if (o->u.number.number == SIG_NUM_IP_PROTO)
				continue;
			return false;
		case SIG_OPT_FLOWBITS: // setting is done after the match, testing is not
			if (o->u.bits_named.cmd != SIG_BIT_SET)
				return false;
			continue;
		case SIG_OPT_XBITS:
		case SIG_OPT_HOSTBITS:
			continue;
		default:
			return false;
		}
	}
	return true;
}

static bool decode_only(const struct sig_rule *r)
{
	bool event = false;

	if (r->lists_n || r->app != SIG_PROTO_UNKNOWN)
		return false;
	for (unsigned i = 0; i < r->opts_n; i++) {
		if (neutral(&r->opt[i]))
			continue;
		if (r->opt[i].kind != SIG_OPT_DECODE_EVENT)
			return false;
		event = true;
	}
	return event;
}

static bool pd_only(const struct sig_rule *r)
{
	bool seen = false;

	if (r->app != SIG_PROTO_UNKNOWN || r->lists_n || r->hook)
		return false;
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		if (neutral(o))
			continue;
		if (o->kind == SIG_OPT_FLOW &&
			!(o->u.flow.mask & ~(SIG_FLOW_TO_SERVER | SIG_FLOW_TO_CLIENT)))
			continue;
		if (o->kind == SIG_OPT_FLOWBITS && o->u.bits_named.cmd == SIG_BIT_SET)
			continue;
		if (o->kind != SIG_OPT_APP_PROTOCOL)
			return false;
		seen = true;
	}
	return seen;
}

bool is_detection_event(const struct sig_opt *o)
{
	return o->kind == SIG_OPT_APP_EVENT && strncasecmp(o->u.event.name, "applayer_", 9) == 0;
}

/** Tests of a transaction that are in no buffer. */
bool asks_transaction(enum sig_opt_kind kind)
{
	switch (kind) {
	case SIG_OPT_APP_EVENT:
	case SIG_OPT_APP_STATE:
	case SIG_OPT_FILENAME:
	case SIG_OPT_FILEEXT:
	case SIG_OPT_FILEMAGIC:
	case SIG_OPT_FILEHASH:
	case SIG_OPT_TLS_SUBJECT:
	case SIG_OPT_TLS_ISSUERDN:
	case SIG_OPT_TLS_FINGERPRINT:
	case SIG_OPT_TLS_CERT_EXPIRED:
	case SIG_OPT_TLS_CERT_VALID:
	case SIG_OPT_SSL_VERSION:
	case SIG_OPT_SSL_STATE:
	case SIG_OPT_DCE_IFACE:
	case SIG_OPT_FTPBOUNCE:
	case SIG_OPT_FTPDATA_COMMAND:
	case SIG_OPT_FTP_MODE:
	case SIG_OPT_FTP_REPLY_RECEIVED:
	case SIG_OPT_KRB5_TICKET_ENC:
	case SIG_OPT_HTTP2_SETTINGS:
	case SIG_OPT_IKE_SA_ATTRIBUTE:
	case SIG_OPT_MODBUS:
	case SIG_OPT_DNP3_OBJ:
	case SIG_OPT_CIP_SERVICE:
		return true;
	default:
		return false;
	}
}

/** Looks at a transaction, in a buffer or in another way. */
static bool tx_opt(const struct sig_opt *o)
{
	if (is_detection_event(o))
		return false;
	switch (o->kind) {
	case SIG_OPT_NUMBER:
		return !(sig_number_info[o->u.number.number].flags & SIG_BUF_PKT);
	case SIG_OPT_FILESTORE:
		return true;
	case SIG_OPT_XBITS:
		return o->u.xbits.track == SIG_XB_TX;
	default:
		return asks_transaction(o->kind);
	}
}

static bool wants_tx(const struct sig_rule *r)
{
	if (r->hook && r->app != SIG_PROTO_UNKNOWN)
		return true;
	for (unsigned i = 0; i < r->lists_n; i++)
		if (!(sig_buffer_info[r->list[i].buffer].flags & SIG_BUF_PKT))
			return true;
	for (unsigned i = 0; i < r->opts_n; i++)
		if (tx_opt(&r->opt[i]))
			return true;
	return false;
}

static bool frame_list(const struct sig_rule *r)
{
	for (unsigned i = 0; i < r->lists_n; i++)
		if (r->list[i].buffer == SIG_BUF_FRAME)
			return true;
	return false;
}

static bool payload_list(const struct sig_rule *r)
{
	for (unsigned i = 0; i < r->lists_n; i++)
		if (r->list[i].buffer == SIG_BUF_PAYLOAD || r->list[i].buffer == SIG_BUF_STREAM)
			return true;
	return false;
}

// A content with offset or depth asks about the packet as well: where it begins matters.
static bool position_bound(const struct sig_rule *r)
{
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		if (o->kind == SIG_OPT_STREAM_SIZE)
			return true;
		if (o->kind != SIG_OPT_CONTENT || o->list == SIG_LIST_NONE ||
			r->list[o->list].buffer != SIG_BUF_PAYLOAD)
			continue;
		if (o->u.content.flags & (SIG_C_DEPTH | SIG_C_OFFSET | SIG_C_STARTSWITH))
			return true;
	}
	return false;
}

static uint32_t flow_mask(const struct sig_rule *r)
{
	uint32_t m = 0;

	for (unsigned i = 0; i < r->opts_n; i++)
		if (r->opt[i].kind == SIG_OPT_FLOW)
			m |= r->opt[i].u.flow.mask;
	return m;
}

// Bytes are replaced in a packet: what a stream has put together is past changing.
static bool replaces(const struct sig_rule *r)
{
	for (unsigned i = 0; i < r->opts_n; i++)
		if (r->opt[i].kind == SIG_OPT_CONTENT && (r->opt[i].u.content.flags & SIG_C_REPLACE))
			return true;
	return false;
}

static uint32_t payload_side(const struct sig_rule *r)
{
	const uint32_t flow = flow_mask(r);

	if (!(r->transports & SIG_T_TCP))
		return SIG_F_NEED_PACKET;
	if (r->hdr == SIG_HDR_TCP_PKT || (flow & SIG_FLOW_NO_STREAM) ||
		(r->flags & SIG_R_PACKET_ONLY) || replaces(r))
		return SIG_F_NEED_PACKET;
	if (r->hdr == SIG_HDR_TCP_STREAM || (flow & SIG_FLOW_ONLY_STREAM))
		return SIG_F_NEED_STREAM;
	return SIG_F_NEED_STREAM | (position_bound(r) ? SIG_F_NEED_PACKET : 0);
}

// Anything that each packet is asked besides its protocol: then the action is the packet's.
static bool asks_packet(const struct sig_rule *r)
{
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];
		const bool sets = (o->kind == SIG_OPT_FLOWBITS && o->u.bits_named.cmd < SIG_BIT_ISSET) ||
			(o->kind == SIG_OPT_FLOWINT && o->u.flowint.op <= SIG_FI_SUB) ||
			((o->kind == SIG_OPT_XBITS || o->kind == SIG_OPT_HOSTBITS) &&
				o->u.xbits.cmd < SIG_BIT_ISSET);

		if (!neutral(o) && !sets)
			return true;
	}
	return false;
}

enum sig_img_class classify(const struct sig_rule *r, uint32_t *flags)
{
	const bool payload = payload_list(r);

	if (pd_only(r)) {
		*flags |= SIG_F_FLOW_ACTION | SIG_F_NEED_FLOW;
		return SIG_CLS_PDONLY;
	}
	if (ip_only(r)) {
		*flags |= SIG_F_FLOW_ACTION;
		// With a negated address each packet is asked; the action is the flow's all the same.
		return r->src->negated || r->dst->negated ? SIG_CLS_PACKET : SIG_CLS_IPONLY;
	}
	if (decode_only(r))
		return SIG_CLS_DECODE;
	if (payload)
		*flags |= SIG_F_PAYLOAD | payload_side(r);
	if (wants_tx(r)) {
		*flags |= SIG_F_FLOW_ACTION | SIG_F_NEED_FLOW;
		return frame_list(r) ? SIG_CLS_FRAME : SIG_CLS_TX;
	}
	if (payload) {
		*flags |= SIG_F_FLOW_IF_STATEFUL;
		if (!(*flags & SIG_F_NEED_STREAM)) {
			*flags &= ~SIG_F_FLOW_IF_STATEFUL;
			return SIG_CLS_PACKET;
		}
		return *flags & SIG_F_NEED_PACKET ? SIG_CLS_PKT_STREAM : SIG_CLS_STREAM;
	}
	if (r->app != SIG_PROTO_UNKNOWN && r->lists_n == 0) {
		*flags |= SIG_F_NEED_FLOW | (asks_packet(r) ? 0 : SIG_F_FLOW_ACTION);
		return SIG_CLS_APP;
	}
	return SIG_CLS_PACKET;
}

/* ---- order --------------------------------------------------------------------------------- */

struct key {
	uint8_t action;
	uint8_t state[5]; /* flowbits, flowint, variables, hostbits, xbits: 0 sets .. 3 not used */
	uint32_t priority;
	uint32_t sid;
	uint32_t index;
};

static void note_state(uint8_t *k, bool sets)
{
	static const uint8_t with_set[4] = {0, 1, 1, 0}, with_read[4] = {1, 1, 2, 2};

	*k = sets ? with_set[*k] : with_read[*k];
}

static void state_key(const struct sig_rule *r, struct key *k)
{
	memset(k->state, 3, sizeof(k->state));
	for (unsigned i = 0; i < r->opts_n; i++) {
		const struct sig_opt *o = &r->opt[i];

		switch (o->kind) {
		case SIG_OPT_FLOWBITS:
			note_state(&k->state[0], o->u.bits_named.cmd < SIG_BIT_ISSET);
			break;
		case SIG_OPT_FLOWINT:
			note_state(&k->state[1], o->u.flowint.op <= SIG_FI_SUB);
			break;
		case SIG_OPT_FLOWVAR:
		case SIG_OPT_PKTVAR:
			note_state(&k->state[2], false);
			break;
		case SIG_OPT_PCRE:
			if (o->u.pcre.captures_n)
				note_state(&k->state[2], true);
			break;
		case SIG_OPT_HOSTBITS:
			note_state(&k->state[3], o->u.xbits.cmd < SIG_BIT_ISSET);
			break;
		case SIG_OPT_XBITS:
			note_state(&k->state[4], o->u.xbits.cmd < SIG_BIT_ISSET);
			break;
		default:
			break;
		}
	}
}

static uint8_t action_rank(enum sig_action a)
{
	switch (a) {
	case SIG_ACT_PASS:
		return 0;
	case SIG_ACT_DROP:
		return 1;
	case SIG_ACT_REJECT:
	case SIG_ACT_REJECT_SRC:
	case SIG_ACT_REJECT_DST:
	case SIG_ACT_REJECT_BOTH:
		return 2;
	default:
		return 3;
	}
}

static int by_key(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int c;

	if (a->action != b->action)
		return a->action < b->action ? -1 : 1;
	c = memcmp(a->state, b->state, sizeof(a->state));
	if (c)
		return c;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->sid != b->sid)
		return a->sid < b->sid ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

int order_rules(struct build *b)
{
	size_t n = b->set->rules_n, m = 0;
	struct key *k = calloc(n + 1, sizeof(*k));

	b->order = calloc(n + 1, sizeof(*b->order));
	if (!k || !b->order) {
		free(k);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const struct sig_rule *r = b->set->rule[i];

		if (!r->enabled || (b->skip && b->skip[i]))
			continue;
		k[m].action = action_rank(r->action);
		state_key(r, &k[m]);
		k[m].priority = r->priority;
		k[m].sid = r->sid;
		k[m++].index = (uint32_t)i;
	}
	qsort(k, m, sizeof(*k), by_key);
	for (size_t i = 0; i < m; i++)
		b->order[i] = k[i].index;
	b->order_n = m;
	free(k);
	return 0;
}
