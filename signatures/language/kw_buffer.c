/* SPDX-License-Identifier: Apache-2.0 */
/* Sticky buffers and the legacy modifiers that came before them. */
#include "kw.h"

#include <sig/frame.h>
#include <string.h>

static int close_buffer(struct sig_parser *p)
{
	const struct sig_list *l;

	if (!p->sticky || p->list[p->cur].opts_n || p->snort)
		return 0;
	l = &p->list[p->cur];
	return SIG_FAIL_AT(p, p->list_at[p->cur],
		"write a content, pcre, bsize, dataset, ... after the buffer, "
		"or remove it",
		"nothing is looked for in %s before this", sig_buffer_info[l->buffer].name);
}

/* Protocol a buffer implies, except where several protocols offer it. */
static enum sig_proto implied(enum sig_buffer b)
{
	switch (b) {
	case SIG_BUF_JA3_HASH:
	case SIG_BUF_JA3_STRING:
	case SIG_BUF_JA3S_HASH:
	case SIG_BUF_JA3S_STRING:
	case SIG_BUF_JA4_HASH:
	case SIG_BUF_DCERPC_STUB_DATA:
		return SIG_PROTO_UNKNOWN;
	default:
		return sig_buffer_info[b].proto;
	}
}

static bool several_protocols_fit(const struct sig_parser *p, enum sig_buffer b)
{
	enum sig_proto app = p->rule->app;

	if (app == SIG_PROTO_UNKNOWN)
		return true;
	if (b == SIG_BUF_DCERPC_STUB_DATA)
		return app == SIG_PROTO_DCERPC || app == SIG_PROTO_SMB;
	return app == SIG_PROTO_TLS || app == SIG_PROTO_QUIC;
}

static int check_proto(struct sig_parser *p, enum sig_buffer b)
{
	enum sig_proto proto = implied(b);

	if (proto == SIG_PROTO_UNKNOWN && sig_buffer_info[b].proto != SIG_PROTO_UNKNOWN &&
		!several_protocols_fit(p, b))
		return sig_need_proto(p, sig_buffer_info[b].proto);
	if (!(sig_buffer_info[b].flags & SIG_BUF_PKT) && b != SIG_BUF_FRAME && !p->tx_at)
		p->tx_at = p->kw_at;
	return sig_need_proto(p, proto);
}

static int open_buffer(struct sig_parser *p, enum sig_buffer b, const char *name)
{
	uint16_t list;

	if (close_buffer(p) || check_proto(p, b))
		return -1;
	list = sig_list_get(p, b, name, !p->snort);
	if (list == SIG_LIST_NONE)
		return -1;
	p->cur = list;
	p->sticky = true;
	return 0;
}

/* With => the buffer may say its side: file.data:to_client; */
static int side_of(struct sig_parser *p, const struct sig_arg *arg)
{
	struct sig_list *l = &p->list[p->cur];

	if (!arg->present)
		return 0;
	if (p->rule->arrow != SIG_ARROW_TX)
		return sig_fail(p, arg->t.s, arg->t.n, "remove the colon and what follows it",
			"%s takes no value", p->kw->name);
	if (sig_is(arg->t, "to_client"))
		l->dirs &= SIG_BUF_TC;
	else if (sig_is(arg->t, "to_server"))
		l->dirs &= SIG_BUF_TS;
	else
		return SIG_FAIL_AT(
			p, arg->t, "write to_server or to_client", "this is not a direction");
	if (!l->dirs)
		return SIG_FAIL_AT(p, arg->t, "use the other direction",
			"%s does not exist in this direction", p->kw->name);
	return 0;
}

SIG_KW_FN(sticky)
{
	enum sig_buffer b = (enum sig_buffer)kw->id;

	if (b == SIG_BUF_BASE64_DATA) {
		bool decoded = false;

		for (size_t i = 0; i < p->opts_n; i++)
			decoded |= p->opt[i].kind == SIG_OPT_BASE64_DECODE;
		if (!decoded)
			return sig_fail(p, NULL, 0, "write base64_decode before it",
				"base64_data without base64_decode");
	}
	return open_buffer(p, b, NULL) ? -1 : side_of(p, arg);
}

/* Snort 3: http_header:field name; the name travels with the list. */
SIG_KW_FN(sticky_named)
{
	const char *name = arg->t.n ? sig_intern_text(p, arg->t) : NULL;

	return open_buffer(p, (enum sig_buffer)kw->id, name);
}

SIG_KW_FN(frame)
{
	const char *name = sig_intern_text(p, arg->t);
	enum sig_proto proto;
	enum sig_frame frame;

	if (!name)
		return -1;
	if (!sig_frame_find(p->rule->app, name, &proto, &frame)) {
		if (!strchr(name, '.') && p->rule->app == SIG_PROTO_UNKNOWN)
			return SIG_FAIL_AT(p, arg->t,
				"write the protocol in the header, or before the name: frame:http1.request",
				"this does not say what protocol the frame belongs to");
		return SIG_FAIL_AT(p, arg->t, "see FRAMES in sekisho-signatures(7) for the names",
			"there is no frame of this name");
	}
	if (!(p->rule->app == SIG_PROTO_DOH2) && sig_need_proto(p, proto))
		return -1;
	return open_buffer(p, SIG_BUF_FRAME, name);
}

SIG_KW_FN(pkt_data)
{
	if (close_buffer(p))
		return -1;
	p->cur = SIG_LIST_NONE;
	p->sticky = false;
	return 0;
}

SIG_KW_FN(base64_decode)
{
	struct sig_str rest = arg->t, f, word;
	struct sig_base64 b = {0};
	struct sig_opt *o;

	if (p->sticky && p->list[p->cur].buffer == SIG_BUF_BASE64_DATA)
		return sig_fail(p, NULL, 0, "decode in another buffer",
			"base64_decode cannot follow base64_data");
	while (arg->t.n && sig_next(&rest, ',', &f)) {
		uint32_t *slot;

		if (!sig_word(&f, &word))
			continue;
		if (sig_is(word, "relative") && !f.n) {
			b.relative = true;
			continue;
		}
		slot = sig_is(word, "bytes") ? &b.bytes : sig_is(word, "offset") ? &b.offset : NULL;
		if (!slot || !sig_u32(f, UINT32_MAX, slot))
			return SIG_FAIL_AT(p, word,
				"write base64_decode:bytes N, offset N, relative",
				"this is not an argument of base64_decode");
	}
	o = sig_opt_add_here(p, SIG_OPT_BASE64_DECODE);
	if (o)
		o->u.base64 = b;
	return o ? 0 : -1;
}

/* content:"x"; http_uri; moves the content to the buffer. */
SIG_KW_FN(legacy)
{
	enum sig_buffer b = (enum sig_buffer)kw->id;
	struct sig_opt *o = NULL;
	uint16_t list;

	if (p->sticky && !p->snort)
		return sig_fail(p, NULL, 0,
			"write the sticky form (http.uri before the content), or pkt_data "
			"first",
			"%s, a modifier, stands inside the sticky buffer %s", kw->name,
			sig_buffer_info[p->list[p->cur].buffer].name);
	for (size_t i = p->opts_n; i-- > 0 && !o;) {
		enum sig_buffer in = p->opt[i].kind == SIG_OPT_CONTENT
					     ? p->list[p->opt[i].list].buffer
					     : SIG_BUF__COUNT;

		/* Snort 2 lets the modifier stand after file_data as well. */
		if (in == SIG_BUF_PAYLOAD || (p->snort && in == SIG_BUF_FILE_DATA))
			o = &p->opt[i];
	}
	if (!o)
		return sig_fail(p, NULL, 0, "write it after the content it belongs to",
			"%s needs a content before it", kw->name);
	if (o->u.content.flags & SIG_C_RAWBYTES)
		return sig_fail(
			p, NULL, 0, "remove rawbytes", "rawbytes does not go with %s", kw->name);
	if (check_proto(p, b))
		return -1;
	list = sig_list_get(p, b, NULL, false);
	if (list == SIG_LIST_NONE)
		return -1;
	p->list[o->list].opts_n--;
	o->list = list;
	p->list[list].opts_n++;
	return 0;
}
