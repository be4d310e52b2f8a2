/* SPDX-License-Identifier: Apache-2.0 */
/* The object "http" of a stream. */
#include "http2.h"
#include <stdio.h>

static const char *const errors[] = {"NOERROR", "PROTOCOLERROR", "INTERNALERROR",
	"FLOWCONTROLERROR", "SETTINGSTIMEOUT", "STREAMCLOSED", "FRAMESIZEERROR", "REFUSEDSTREAM",
	"CANCEL", "COMPRESSIONERROR", "CONNECTERROR", "ENHANCEYOURCALM", "INADEQUATESECURITY",
	"HTTP11REQUIRED"};

static const char *setting_name(uint16_t id)
{
	static const char *const names[] = {NULL, "SETTINGSHEADERTABLESIZE", "SETTINGSENABLEPUSH",
		"SETTINGSMAXCONCURRENTSTREAMS", "SETTINGSINITIALWINDOWSIZE", "SETTINGSMAXFRAMESIZE",
		"SETTINGSMAXHEADERLISTSIZE", NULL, "SETTINGSENABLECONNECTPROTOCOL",
		"SETTINGSNORFC7540PRIORITIES"};

	return id < sizeof(names) / sizeof(names[0]) ? names[id] : NULL;
}

static void log_fields(const struct h2_tx *tx, enum sig_dir d, struct dp_rec *r)
{
	const struct dp_bytes *o = &tx->side[d].order;
	const struct http_side *s = &tx->h.side[d];
	uint32_t field = 0, size;

	if (!o->n)
		return;
	dp_rec_arr(r, d == SIG_DIR_TO_SERVER ? "request_headers" : "response_headers");
	for (uint32_t i = 0; i + 5 <= o->n; i += 5) {
		dp_rec_obj(r, "");
		if (o->p[i]) {
			memcpy(&size, o->p + i + 1, 4);
			dp_rec_u64(r, "table_size_update", size);
		} else if (field < s->n_hdr) {
			struct dp_span n = http_header_name(s, field);
			struct dp_span v = http_header_value(s, field++);

			dp_rec_str(r, "name", n.p, n.n);
			dp_rec_str(r, "value", v.p, v.n);
		}
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

/** First value among both messages. */
static bool get(const struct h2_tx *tx, const char *name, struct dp_span *v)
{
	return http_header_get(&tx->h.side[0], name, v) || http_header_get(&tx->h.side[1], name, v);
}

static void log_common(const struct h2_tx *tx, struct dp_rec *r)
{
	static const char *const text[][2] = {{":method", "http_method"}, {":path", "url"},
		{"user-agent", "http_user_agent"}, {"host", "hostname"}};
	struct dp_span v;
	uint64_t n;

	for (unsigned i = 0; i < 4; i++)
		if (get(tx, text[i][0], &v))
			dp_rec_str(r, text[i][1], v.p, v.n);
	if (get(tx, ":status", &v)) {
		if (dp_span_u64(v, &n))
			dp_rec_u64(r, "status", n);
		else
			dp_rec_str(r, "status_string", v.p, v.n);
	}
	if (get(tx, "content-length", &v) && dp_span_u64(v, &n))
		dp_rec_u64(r, "length", n);
}

static void log_settings(const struct h2_side *s, struct dp_rec *r)
{
	if (!s->n_setting)
		return;
	dp_rec_arr(r, "settings");
	for (unsigned i = 0; i < s->n_setting; i++) {
		const char *name = setting_name(s->setting[i].id);
		char text[48];

		snprintf(text, sizeof(text), "SETTINGSUNKNOWN(%u)", s->setting[i].id);
		dp_rec_obj(r, "");
		dp_rec_cstr(r, "settings_id", name ? name : text);
		dp_rec_u64(r, "settings_value", s->setting[i].value);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

/** Settings, first error and priority of one direction. False: nothing to say. */
static bool log_side(const struct h2_side *s, const char *key, struct dp_rec *r)
{
	const struct h2_note *error = NULL, *priority = NULL;
	const char *multiple = NULL;

	for (unsigned i = 0; i < s->n_note; i++) {
		const struct h2_note *n = &s->note[i];

		if (n->kind == H2_NOTE_ERROR) {
			multiple = error ? "error_code" : multiple;
			error = error ? error : n;
		} else if (n->kind == H2_NOTE_PRIORITY) {
			multiple = priority ? "priority" : multiple;
			priority = priority ? priority : n;
		}
	}
	if (!s->n_setting && !error && !priority)
		return false;
	dp_rec_obj(r, key);
	log_settings(s, r);
	if (error && error->value < sizeof(errors) / sizeof(errors[0]))
		dp_rec_cstr(r, "error_code", errors[error->value]);
	else if (error)
		dp_rec_u64(r, "error_code", error->value);
	if (priority)
		dp_rec_u64(r, "priority", priority->value);
	if (multiple)
		dp_rec_cstr(r, "has_multiple", multiple);
	dp_rec_end(r);
	return true;
}

static bool says(const struct h2_side *s)
{
	bool any = s->n_setting || s->order.n;

	for (unsigned i = 0; i < s->n_note; i++)
		any |= s->note[i].kind == H2_NOTE_ERROR || s->note[i].kind == H2_NOTE_PRIORITY;
	return any;
}

void h2_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct h2_tx *tx = (const struct h2_tx *)t;

	if (!says(&tx->side[0]) && !says(&tx->side[1]))
		return;
	dp_rec_cstr(r, "version", "2");
	log_fields(tx, SIG_DIR_TO_SERVER, r);
	log_fields(tx, SIG_DIR_TO_CLIENT, r);
	log_common(tx, r);
	dp_rec_obj(r, "http2");
	dp_rec_u64(r, "stream_id", tx->stream);
	log_side(&tx->side[0], "request", r);
	log_side(&tx->side[1], "response", r);
	dp_rec_end(r);
}
