/* SPDX-License-Identifier: Apache-2.0 */
#include "lower_op.h"
#include <errno.h>
#include <sig/app_event.h>
#include <sig/event.h>
#include <stdio.h>
#include <string.h>

#define NAMES_MAX 256 /* flowbits joined by |, countries of one geoip */

static void value(struct sig_img_op *o, unsigned i, struct sig_value v)
{
	o->num[i] = v.num;
	o->var[i] = v.var;
}

static int op_content(struct build *b, const struct sig_content *c, struct sig_img_op *o)
{
	lower_data(b, o, c->pattern.data, c->pattern.len, 1);
	o->flags = c->flags;
	value(o, 0, c->depth);
	value(o, 1, c->offset);
	value(o, 2, c->distance);
	value(o, 3, c->within);
	if (c->flags & SIG_C_STARTSWITH) {
		o->flags |= SIG_C_DEPTH;
		o->num[0] = c->pattern.len;
		o->var[0] = SIG_VAR_NONE;
	} else if ((c->flags & SIG_C_DEPTH) && c->depth.var == SIG_VAR_NONE &&
		c->offset.var == SIG_VAR_NONE) {
		o->num[0] += c->offset.num;
	}
	if (c->flags & SIG_C_REPLACE)
		o->ref = build_bytes(b, c->replace.data, c->replace.len, 1);
	o->x = ((uint64_t)c->chop_offset << 16) | c->chop_len;
	return c->pattern.len ? 0 : -EINVAL;
}

static int op_pcre(struct build *b, const struct sig_pcre *p, struct sig_img_op *o)
{
	struct {
		uint32_t data, len, options, cap, caps_n;
	} r = {0};
	struct sig_img_cap first = {0};

	// Equal expressions share one compiled regex; captures make it the signature's own.
	r.data = build_str(b, p->pattern);
	r.len = p->pattern_len;
	if (strlen(p->pattern) != p->pattern_len)
		r.data = build_bytes(b, p->pattern, p->pattern_len, 1);
	r.options = p->pcre2_options;
	r.cap = build_count(b, SIG_SEC_CAP, sizeof(first));
	r.caps_n = p->captures_n;
	if (!p->captures_n)
		r.cap = 0;
	for (uint32_t i = 0; i < p->captures_n; i++) {
		struct sig_img_cap c = {.scope = p->capture[i].scope,
			.name = build_str(b, p->capture[i].name),
			.hash = lower_name(p->capture[i].name)};

		build_add(b, SIG_SEC_CAP, &c, sizeof(c));
	}
	o->ref = build_run(b, SIG_SEC_REGEX, &b->regexes, &r, sizeof(struct sig_img_regex), 1);
	o->flags = p->flags;
	return 0;
}

static void op_bytes(const struct sig_opt *q, struct sig_img_op *o)
{
	switch (q->kind) {
	case SIG_OPT_BYTE_TEST:
		value(o, 0, q->u.byte_test.nbytes);
		value(o, 1, q->u.byte_test.offset);
		value(o, 2, q->u.byte_test.value);
		o->sub = (uint8_t)q->u.byte_test.op;
		o->flags = q->u.byte_test.flags;
		o->aux = q->u.byte_test.base;
		o->x = q->u.byte_test.bitmask;
		break;
	case SIG_OPT_BYTE_JUMP:
		value(o, 0, q->u.byte_jump.nbytes);
		value(o, 1, q->u.byte_jump.offset);
		value(o, 2, q->u.byte_jump.post_offset);
		o->flags = q->u.byte_jump.flags;
		o->aux = q->u.byte_jump.base;
		o->len = q->u.byte_jump.multiplier;
		o->x = q->u.byte_jump.bitmask;
		break;
	case SIG_OPT_BYTE_EXTRACT:
		value(o, 0, q->u.byte_extract.nbytes);
		value(o, 1, q->u.byte_extract.offset);
		o->num[2] = q->u.byte_extract.multiplier;
		o->num[3] = q->u.byte_extract.align;
		o->flags = q->u.byte_extract.flags;
		o->aux = q->u.byte_extract.base;
		o->out = q->u.byte_extract.var;
		o->x = q->u.byte_extract.bitmask;
		break;
	default:
		value(o, 0, q->u.byte_math.nbytes);
		value(o, 1, q->u.byte_math.offset);
		value(o, 2, q->u.byte_math.rvalue);
		o->sub = (uint8_t)q->u.byte_math.op;
		o->flags = q->u.byte_math.flags;
		o->aux = q->u.byte_math.base;
		o->out = q->u.byte_math.var;
		o->x = q->u.byte_math.bitmask;
		break;
	}
}

static void op_buffer(struct build *b, const struct sig_opt *q, struct sig_img_op *o)
{
	switch (q->kind) {
	case SIG_OPT_ISDATAAT:
		value(o, 0, q->u.isdataat.at);
		o->flags = q->u.isdataat.flags;
		break;
	case SIG_OPT_BSIZE:
		lower_compare(b, o, &q->u.cmp);
		break;
	case SIG_OPT_ENTROPY:
		value(o, 0, q->u.entropy.offset);
		o->num[1] = q->u.entropy.bytes;
		o->sub = (uint8_t)q->u.entropy.op;
		o->ref = q->u.entropy.shown;
		memcpy(&o->x, &q->u.entropy.a, 8);
		memcpy(&o->num[2], &q->u.entropy.b, 8);
		break;
	case SIG_OPT_BASE64_DECODE:
		o->num[0] = q->u.base64.bytes;
		o->num[1] = q->u.base64.offset;
		o->aux = q->u.base64.relative;
		break;
	case SIG_OPT_ABSENT:
		o->aux = q->u.absent.or_else;
		break;
	default:
		op_bytes(q, o);
		break;
	}
}

static void number(struct build *b, const struct sig_cmp *cmp, enum sig_index index, int32_t at,
	const struct sig_cmp *count, struct sig_img_op *o)
{
	lower_compare(b, o, cmp);
	o->aux = (uint8_t)index;
	o->num[2] = index == SIG_IDX_COUNT ? (int64_t)count->a : at;
	o->num[3] = (int64_t)count->b;
	o->out = (uint8_t)count->op;
}

static const struct {
	const char *name;
	int16_t number;
} ip_options[] = {{"any", -1}, {"rr", 7}, {"eol", 0}, {"nop", 1}, {"ts", 68}, {"sec", 130},
	{"esec", 133}, {"lsrr", 131}, {"ssrr", 137}, {"satid", 136}, {"qs", 25}};

static int op_countries(struct build *b, const struct sig_geoip *g, struct sig_img_op *o)
{
	char all[2 * NAMES_MAX];

	if (g->n > NAMES_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < g->n; i++)
		memcpy(all + 2 * (size_t)i, g->country[i], 2);
	lower_data(b, o, all, 2 * (size_t)g->n, 1);
	return 0;
}

static int op_header(struct build *b, const struct sig_opt *q, struct sig_img_op *o,
	const char **why)
{
	switch (q->kind) {
	case SIG_OPT_NUMBER:
		o->ref = q->u.number.number;
		o->flags = q->u.number.dirs;
		number(b, &q->u.number.cmp, q->u.number.index, q->u.number.index_at,
			&q->u.number.count, o);
		return 0;
	case SIG_OPT_VLAN_ID:
		number(b, &q->u.indexed.cmp, q->u.indexed.index, q->u.indexed.index_at,
			&q->u.indexed.count, o);
		return 0;
	case SIG_OPT_TCP_FLAGS:
	case SIG_OPT_FRAGBITS:
		o->sub = (uint8_t)q->u.bits.mode;
		o->num[0] = q->u.bits.value;
		o->num[1] = q->u.bits.ignore;
		return 0;
	case SIG_OPT_IPOPTS:
		for (size_t i = 0; i < sizeof(ip_options) / sizeof(ip_options[0]); i++)
			if (strcmp(ip_options[i].name, q->u.text) == 0) {
				o->num[0] = ip_options[i].number;
				return 0;
			}
		*why = "unknown IP option";
		return -EINVAL;
	case SIG_OPT_CSUM:
		o->sub = (uint8_t)q->u.csum.kind;
		o->num[0] = q->u.csum.valid;
		return 0;
	case SIG_OPT_GEOIP:
		o->sub = (uint8_t)q->u.geoip.side;
		o->aux = q->u.geoip.negated;
		return op_countries(b, &q->u.geoip, o);
	default:
		return 0; // sameip and the like say all by their kind
	}
}

static int op_state(struct build *b, const struct sig_opt *q, struct sig_img_op *o)
{
	uint64_t h[NAMES_MAX];

	switch (q->kind) {
	case SIG_OPT_FLOWBITS:
		o->sub = (uint8_t)q->u.bits_named.cmd;
		if (q->u.bits_named.n == 0 || q->u.bits_named.n > NAMES_MAX)
			return -EINVAL;
		for (uint32_t i = 0; i < q->u.bits_named.n; i++)
			h[i] = lower_name(q->u.bits_named.name[i]);
		lower_data(b, o, h, q->u.bits_named.n * sizeof(h[0]), 8);
		o->ref = build_str(b, q->u.bits_named.name[0]);
		return 0;
	case SIG_OPT_FLOWINT:
		o->sub = (uint8_t)q->u.flowint.op;
		o->x = lower_name(q->u.flowint.name);
		o->num[0] = q->u.flowint.value;
		o->aux = q->u.flowint.other != NULL;
		if (q->u.flowint.other)
			o->num[1] = (int64_t)lower_name(q->u.flowint.other);
		lower_text(b, o, q->u.flowint.name);
		return 0;
	case SIG_OPT_FLOWVAR:
	case SIG_OPT_PKTVAR:
		o->x = lower_name(q->u.flowvar.name);
		o->aux = q->u.flowvar.negated;
		lower_data(b, o, q->u.flowvar.content.data, q->u.flowvar.content.len, 1);
		return 0;
	case SIG_OPT_XBITS:
	case SIG_OPT_HOSTBITS:
		o->sub = (uint8_t)q->u.xbits.cmd;
		o->x = lower_name(q->u.xbits.name);
		o->aux = (uint8_t)q->u.xbits.track;
		o->num[0] = q->u.xbits.expire_s;
		lower_text(b, o, q->u.xbits.name);
		return 0;
	case SIG_OPT_STREAM_SIZE:
		o->aux = (uint8_t)q->u.stream_size.side;
		o->sub = (uint8_t)q->u.stream_size.op;
		o->num[0] = q->u.stream_size.value;
		return 0;
	default:
		return -EINVAL;
	}
}

static int op_event(struct build *b, const struct sig_opt *q, struct sig_img_op *o,
	const char **why)
{
	int n;

	lower_text(b, o, q->u.event.name);
	if (q->kind == SIG_OPT_APP_EVENT) {
		o->ref = q->u.event.proto;
		n = sig_app_event_find(q->u.event.proto, q->u.event.name);
		if (n < 0) {
			n = sig_applayer_event_find(q->u.event.name);
			o->aux = 1;
		}
		o->num[0] = n;
	} else {
		n = sig_event_by_name(q->kind == SIG_OPT_STREAM_EVENT, q->u.event.name);
		o->ref = n < 0 ? SIG_IMG_NONE : (uint32_t)n;
	}
	if (n < 0)
		*why = "unknown event";
	return n < 0 ? -EINVAL : 0;
}

static int op_sets(struct build *b, const struct sig_opt *q, struct sig_img_op *o,
	const char **why)
{
	switch (q->kind) {
	case SIG_OPT_DATASET:
		o->sub = (uint8_t)q->u.dataset.cmd;
		o->aux = q->u.dataset.subdomain;
		o->data = build_str(b, q->u.dataset.context_key);
		o->len = q->u.dataset.context_key ? (uint32_t)strlen(q->u.dataset.context_key) : 0;
		return build_dataset(b, q->u.dataset.name, SIG_SETK_DATASET, q->u.dataset.type,
			&q->u.dataset, q->u.dataset.load, &o->ref, why);
	case SIG_OPT_DATAREP:
		o->sub = (uint8_t)q->u.datarep.op;
		o->num[0] = q->u.datarep.value;
		return build_dataset(b, q->u.datarep.name, SIG_SETK_REP, q->u.datarep.type, NULL,
			q->u.datarep.load, &o->ref, why);
	case SIG_OPT_FILEHASH:
		o->sub = (uint8_t)q->u.filehash.hash;
		o->aux = q->u.filehash.negated;
		return build_dataset(b, q->u.filehash.path, SIG_SETK_HASH, SIG_SETT_NONE, NULL,
			q->u.filehash.path, &o->ref, why);
	default: // IPREP
		o->aux = (uint8_t)q->u.iprep.side;
		o->sub = (uint8_t)q->u.iprep.op;
		o->num[0] = q->u.iprep.value;
		o->ref = build_rep_category(b, q->u.iprep.category);
		return 0;
	}
}

static int op_after(struct build *b, const struct sig_opt *q, struct sig_img_op *o)
{
	switch (q->kind) {
	case SIG_OPT_THRESHOLD:
	case SIG_OPT_DETECTION_FILTER:
		o->sub = (uint8_t)q->u.threshold.type;
		o->aux = (uint8_t)q->u.threshold.track;
		o->num[0] = q->u.threshold.count;
		o->num[1] = q->u.threshold.seconds;
		o->num[2] = q->u.threshold.multiplier;
		o->num[3] = q->u.threshold.unique_on;
		return 0;
	case SIG_OPT_TAG:
		o->aux = q->u.tag.host;
		o->sub = (uint8_t)q->u.tag.side;
		o->num[0] = q->u.tag.count;
		o->num[1] = q->u.tag.metric;
		return 0;
	default: // CONFIG
		o->sub = q->u.config.scope_tx ? SIG_CFG_TX :
			q->u.config.type_tx   ? SIG_CFG_FLOW_TXS : SIG_CFG_FLOW;
		return 0;
	}
}

int lower_op(struct build *b, const struct sig_opt *q, struct sig_img_op *o, const char **why)
{
	memset(o, 0, sizeof(*o));
	o->kind = (uint8_t)q->kind;
	memset(o->var, SIG_VAR_NONE, sizeof(o->var));
	switch (q->kind) {
	case SIG_OPT_CONTENT:
		return op_content(b, &q->u.content, o);
	case SIG_OPT_PCRE:
		return op_pcre(b, &q->u.pcre, o);
	case SIG_OPT_BYTE_TEST:
	case SIG_OPT_BYTE_JUMP:
	case SIG_OPT_BYTE_EXTRACT:
	case SIG_OPT_BYTE_MATH:
	case SIG_OPT_ISDATAAT:
	case SIG_OPT_BSIZE:
	case SIG_OPT_ENTROPY:
	case SIG_OPT_BASE64_DECODE:
	case SIG_OPT_ABSENT:
		op_buffer(b, q, o);
		return 0;
	case SIG_OPT_DATASET:
	case SIG_OPT_DATAREP:
	case SIG_OPT_FILEHASH:
	case SIG_OPT_IPREP:
		return op_sets(b, q, o, why);
	case SIG_OPT_FLOWBITS:
	case SIG_OPT_FLOWINT:
	case SIG_OPT_FLOWVAR:
	case SIG_OPT_PKTVAR:
	case SIG_OPT_XBITS:
	case SIG_OPT_HOSTBITS:
	case SIG_OPT_STREAM_SIZE:
		return op_state(b, q, o);
	case SIG_OPT_APP_EVENT:
	case SIG_OPT_DECODE_EVENT:
	case SIG_OPT_STREAM_EVENT:
		return op_event(b, q, o, why);
	case SIG_OPT_THRESHOLD:
	case SIG_OPT_DETECTION_FILTER:
	case SIG_OPT_TAG:
	case SIG_OPT_CONFIG:
		return op_after(b, q, o);
	case SIG_OPT_NUMBER:
	case SIG_OPT_VLAN_ID:
	case SIG_OPT_TCP_FLAGS:
	case SIG_OPT_FRAGBITS:
	case SIG_OPT_IPOPTS:
	case SIG_OPT_SAMEIP:
	case SIG_OPT_CSUM:
	case SIG_OPT_GEOIP:
	case SIG_OPT_BYPASS:
	case SIG_OPT_TLS_STORE:
	case SIG_OPT_TLS_CERT_EXPIRED:
	case SIG_OPT_TLS_CERT_VALID:
	case SIG_OPT_FTPBOUNCE:
		return op_header(b, q, o, why);
	default:
		return lower_app(b, q, o);
	}
}
