/* SPDX-License-Identifier: Apache-2.0 */
#include "sip.h"

static void text(struct dp_rec *r, const char *key, struct dp_span v)
{
	if (v.p)
		dp_rec_str(r, key, v.p, v.n);
}

/** The lines of one letter as a list; nothing when there is none. */
static void list(struct dp_rec *r, const char *key, struct dp_span lines, char type)
{
	struct dp_span v;
	bool open = false;
	char c;

	while ((c = sdp_next(&lines, &v))) {
		if (c != type)
			continue;
		if (!open)
			dp_rec_arr(r, key);
		open = true;
		dp_rec_str(r, "", v.p, v.n);
	}
	if (open)
		dp_rec_end(r);
}

static void times(struct dp_rec *r, struct dp_span lines)
{
	struct dp_span v;
	bool open = false;
	char c;

	dp_rec_arr(r, "time_descriptions");
	while ((c = sdp_next(&lines, &v))) {
		if (c == 't' && open)
			dp_rec_end(r);
		if (c == 't')
			dp_rec_obj(r, "");
		open = true;
		text(r, c == 't' ? "time" : "repeat_time", v);
	}
	if (open)
		dp_rec_end(r);
	dp_rec_end(r);
}

/** Lines of one media description: from its m= to before the next. */
static struct dp_span one_media(struct dp_span *lines)
{
	struct dp_span start = *lines, v, ahead;

	sdp_next(lines, &v);
	for (ahead = *lines; sdp_next(&ahead, &v) && v.p[-2] != 'm'; *lines = ahead)
		;
	return (struct dp_span){start.p, (uint32_t)(lines->p - start.p)};
}

static void media(struct dp_rec *r, struct dp_span lines)
{
	if (lines.n == 0)
		return;
	dp_rec_arr(r, "media_descriptions");
	while (lines.n) {
		struct dp_span part = one_media(&lines), rest = part, v;
		char c;

		dp_rec_obj(r, "");
		while ((c = sdp_next(&rest, &v))) {
			if (c == 'm')
				text(r, "media", v);
			else if (c == 'i')
				text(r, "media_info", v);
			else if (c == 'c')
				text(r, "connection_data", v);
			else if (c == 'k')
				text(r, "encryption_key", v);
		}
		list(r, "bandwidths", part, 'b');
		list(r, "attributes", part, 'a');
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void sdp_log(const struct sip_tx *tx, struct dp_rec *r)
{
	struct sdp s;

	if (!sdp_read(sip_span(tx, tx->m.body), &s))
		return;
	dp_rec_obj(r, "sdp");
	text(r, "origin", s.origin);
	text(r, "session_name", s.name);
	text(r, "session_info", s.info);
	text(r, "uri", s.uri);
	text(r, "email", s.email);
	text(r, "phone_number", s.phone);
	text(r, "connection_data", s.connection);
	list(r, "bandwidths", s.bandwidths, 'b');
	times(r, s.times);
	text(r, "timezone", s.zone);
	text(r, "encryption_key", s.key);
	list(r, "attributes", s.attributes, 'a');
	media(r, s.media);
	dp_rec_end(r);
}

void sip_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct sip_tx *tx = (const struct sip_tx *)t;
	const struct sip_msg *m = &tx->m;

	if (m->request) {
		text(r, "method", sip_span(tx, m->method));
		text(r, "uri", sip_span(tx, m->uri));
		text(r, "version", sip_span(tx, m->version));
	} else {
		text(r, "version", sip_span(tx, m->version));
		text(r, "code", sip_span(tx, m->code));
		text(r, "reason", sip_span(tx, m->reason));
	}
	sdp_log(tx, r);
	text(r, m->request ? "request_line" : "response_line", sip_span(tx, m->line));
}
