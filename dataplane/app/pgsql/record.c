/* SPDX-License-Identifier: Apache-2.0 */
#include "pgsql.h"
#include <stdio.h>

static void text(struct dp_rec *r, const char *key, struct dp_span v)
{
	if (v.n && v.p[v.n - 1] == 0)
		v.n--;
	dp_rec_str(r, key, v.p ? (const void *)v.p : "", v.n);
}

/** {name: value}; names of run-time parameters are printed in the peer's spelling. */
static void parameter(struct dp_rec *r, struct dp_span name, struct dp_span value)
{
	static const char *const spelled[][2] = {{"DateStyle", "date_style"},
		{"IntervalStyle", "interval_style"}, {"TimeZone", "time_zone"}};
	char key[64];

	snprintf(key, sizeof(key), "%.*s", (int)(name.n < 63 ? name.n : 63), (const char *)name.p);
	for (unsigned i = 0; i < 3; i++)
		if (strcmp(key, spelled[i][0]) == 0)
			snprintf(key, sizeof(key), "%s", spelled[i][1]);
	dp_rec_obj(r, "");
	text(r, key, value);
	dp_rec_end(r);
}

static void log_startup(struct dp_rec *r, struct dp_cur c)
{
	unsigned major = dp_cur_be16(&c), minor = dp_cur_be16(&c);
	struct dp_cur again;
	char version[16];
	bool open = false;

	snprintf(version, sizeof(version), "%u.%u", major, minor);
	dp_rec_cstr(r, "protocol_version", version);
	dp_rec_obj(r, "startup_parameters");
	again = c;
	while (dp_cur_left(&c)) {
		struct dp_span name = pg_text(&c), value = pg_text(&c);

		if (name.n == 4 && memcmp(name.p, "user", 4) == 0)
			text(r, "user", value);
	}
	while (dp_cur_left(&again)) {
		struct dp_span name = pg_text(&again), value = pg_text(&again);

		if (name.n == 0 || (name.n == 4 && memcmp(name.p, "user", 4) == 0))
			continue;
		if (!open)
			dp_rec_arr(r, "optional_parameters");
		open = true;
		parameter(r, name, value);
	}
	if (open)
		dp_rec_end(r);
	dp_rec_end(r);
}

static void log_sasl(struct dp_rec *r, struct dp_cur c)
{
	struct dp_span name = pg_text(&c), param;
	bool plus = name.n == 18 && memcmp(name.p, "SCRAM-SHA-256-PLUS", 18) == 0;

	if (plus)
		dp_rec_cstr(r, "sasl_authentication_mechanism", "scram_SHA256_plus");
	else if (name.n == 13 && memcmp(name.p, "SCRAM-SHA-256", 13) == 0)
		dp_rec_cstr(r, "sasl_authentication_mechanism", "scram_SHA256");
	else
		text(r, "sasl_authentication_mechanism", name);
	dp_cur_be32(&c);
	param = (struct dp_span){c.p + c.off, dp_cur_left(&c)};
	text(r, "sasl_param", param);
}

static void counted(struct dp_rec *r, const char *key, const char *unit, uint64_t n, uint64_t bytes)
{
	dp_rec_obj(r, key);
	dp_rec_u64(r, unit, n);
	dp_rec_u64(r, "data_size", bytes);
	dp_rec_end(r);
}

static void log_request(const struct dp_app_ctx *x, const struct pg_tx *tx, struct dp_rec *r)
{
	struct dp_span t = {tx->text.p, tx->text.n};
	struct dp_cur c = dp_cur_of(t.p, t.n);

	switch (tx->request) {
	case PG_SSL:
		dp_rec_cstr(r, "message", "SSL Request");
		break;
	case PG_GSS:
		dp_rec_cstr(r, "message", "GSSENC Request");
		break;
	case PG_CANCEL:
		dp_cur_be32(&c);
		dp_rec_cstr(r, "message", "cancel_request");
		dp_rec_u64(r, "process_id", dp_cur_be32(&c));
		dp_rec_u64(r, "secret_key", dp_cur_be32(&c));
		break;
	case PG_STARTUP:
		log_startup(r, c);
		break;
	case PG_PASSWORD:
		if (x->c->app_want & DP_APP_WANT_PASSWORDS)
			text(r, "password", t);
		else
			dp_rec_bool(r, "password_redacted", true);
		break;
	case PG_SASL_INITIAL:
		log_sasl(r, c);
		break;
	case PG_SASL:
		text(r, "sasl_response", t);
		break;
	case PG_QUERY:
		text(r, "simple_query", t);
		break;
	case PG_TERMINATE:
		dp_rec_cstr(r, "message", "termination_message");
		break;
	case PG_COPY_IN:
		counted(r, "copy_data_in", "msg_count", tx->copied, tx->copied_bytes);
		if (tx->copy_end)
			dp_rec_cstr(r, "message", tx->copy_end == 'c' ? "copy_done" : "copy_fail");
		break;
	default:
		break;
	}
}

/** ErrorResponse and NoticeResponse: a letter and a text each. */
static void log_fields(struct dp_rec *r, struct dp_cur c)
{
	static const struct {
		char type;
		const char *name;
	} names[] = {{'S', "severity_localizable"}, {'V', "severity_non_localizable"}, {'C', "code"},
		{'M', "message"}, {'D', "detail"}, {'H', "hint"}, {'P', "position"},
		{'p', "internal_position"}, {'q', "internal_query"}, {'W', "where"},
		{'s', "schema_name"}, {'t', "table_name"}, {'c', "column_name"}, {'d', "data_type"},
		{'n', "constraint_name"}, {'F', "file"}, {'L', "line"}, {'R', "routine"}};

	while (dp_cur_left(&c)) {
		uint8_t type = dp_cur_u8(&c);
		struct dp_span v;

		if (type == 0)
			break;
		v = pg_text(&c);
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if ((uint8_t)names[i].type == type)
				text(r, names[i].name, v);
	}
}

static void log_auth(struct dp_rec *r, struct dp_cur c)
{
	static const char *const names[] = {"authentication_ok", NULL, "authentication_kerb5",
		"authentication_cleartext_password", NULL, "authentication_md5_password", NULL,
		"authentication_gss", "authentication_gss_continue", "authentication_sspi",
		"authentication_sasl", "authentication_sasl_continue", "authentication_sasl_final"};
	uint32_t type = dp_cur_be32(&c);
	struct dp_span rest = {c.p + c.off, dp_cur_left(&c)};

	if (type > 12 || !names[type])
		return;
	if (type == 5 || type == 12 || (type >= 7 && type <= 9))
		dp_rec_str(r, names[type], rest.p, rest.n); // salt or token, to its last byte
	else
		dp_rec_cstr(r, "message", names[type]);
}

static void log_answer(struct dp_rec *r, uint8_t type, struct dp_cur c)
{
	struct dp_span body = {c.p, c.n};

	switch (type) {
	case 'R':
		log_auth(r, c);
		break;
	case 'K':
		dp_rec_u64(r, "process_id", dp_cur_be32(&c));
		dp_rec_u64(r, "secret_key", dp_cur_be32(&c));
		break;
	case 'E':
	case 'N':
		log_fields(r, c);
		break;
	case 'C':
		text(r, "command_completed", body);
		break;
	case 'T':
		dp_rec_u64(r, "field_count", dp_cur_be16(&c));
		break;
	case 'G':
	case 'H':
		dp_cur_u8(&c);
		dp_rec_obj(r, type == 'G' ? "copy_in_response" : "copy_out_response");
		dp_rec_u64(r, "columns", dp_cur_be16(&c));
		dp_rec_end(r);
		break;
	case 'A':
		dp_rec_u64(r, "pid", dp_cur_be32(&c));
		text(r, "channel_name", pg_text(&c));
		text(r, "payload", pg_text(&c));
		break;
	default:
		break;
	}
}

static void log_answers(const struct pg_tx *tx, struct dp_rec *r)
{
	struct dp_cur c = dp_cur_of(tx->answers.p, tx->answers.n);
	bool list = false;

	if (tx->ssl)
		dp_rec_bool(r, "ssl_accepted", tx->ssl == 'S');
	while (dp_cur_left(&c) >= 5) {
		uint8_t type = dp_cur_u8(&c);
		struct dp_cur body = dp_cur_sub(&c, dp_cur_be32(&c) - 4);

		if (type != 'S' && list)
			dp_rec_end(r);
		if (type == 'S' && !list)
			dp_rec_arr(r, "parameter_status");
		list = type == 'S';
		if (type == 'S') {
			struct dp_span name = pg_text(&body);

			parameter(r, name, pg_text(&body));
		} else {
			log_answer(r, type, body);
		}
	}
	if (list)
		dp_rec_end(r);
	if (tx->has_rows) {
		dp_rec_u64(r, "data_rows", tx->rows);
		dp_rec_u64(r, "data_size", tx->row_bytes);
	}
	if (tx->has_copy && tx->request != PG_COPY_IN)
		counted(r, "copy_data_out", "row_count", tx->copied, tx->copied_bytes);
}

void pg_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct pg_tx *tx = (const struct pg_tx *)t;

	dp_rec_u64(r, "tx_id", t->id + 1);
	if (tx->request) {
		dp_rec_obj(r, "request");
		log_request(x, tx, r);
		dp_rec_end(r);
	}
	if (tx->ssl || tx->answers.n || tx->has_rows || tx->has_copy) {
		dp_rec_obj(r, "response");
		log_answers(tx, r);
		dp_rec_end(r);
	}
}
