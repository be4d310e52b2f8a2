/* SPDX-License-Identifier: Apache-2.0 */
#include "dnp3.h"

static void put_indications(struct dp_rec *r, uint16_t iin)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} names[] = {{0x0100, "all_stations"}, {0x0200, "class_1_events"},
		{0x0400, "class_2_events"}, {0x0800, "class_3_events"}, {0x1000, "need_time"},
		{0x2000, "local_control"}, {0x4000, "device_trouble"}, {0x8000, "device_restart"},
		{0x0001, "no_func_code_support"}, {0x0002, "object_unknown"},
		{0x0004, "parameter_error"}, {0x0008, "event_buffer_overflow"},
		{0x0010, "already_executing"}, {0x0020, "config_corrupt"}, {0x0040, "reserved_2"},
		{0x0080, "reserved_1"}};

	dp_rec_obj(r, "iin");
	if (iin) {
		dp_rec_arr(r, "indicators");
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (iin & names[i].bit)
				dp_rec_cstr(r, "", names[i].name);
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void put_link(struct dp_rec *r, uint8_t v)
{
	dp_rec_obj(r, "control");
	dp_rec_bool(r, "dir", v & 0x80);
	dp_rec_bool(r, "pri", v & 0x40);
	dp_rec_bool(r, "fcb", v & 0x20);
	dp_rec_bool(r, "fcv", v & 0x10);
	dp_rec_u64(r, "function_code", v & 0x0f);
	dp_rec_end(r);
}

static void put_control(struct dp_rec *r, uint8_t v)
{
	dp_rec_obj(r, "control");
	dp_rec_bool(r, "fir", v & 0x80);
	dp_rec_bool(r, "fin", v & 0x40);
	dp_rec_bool(r, "con", v & 0x20);
	dp_rec_bool(r, "uns", v & 0x10);
	dp_rec_u64(r, "sequence", v & 0x0f);
	dp_rec_end(r);
}

static void put_objects(struct dp_rec *r, const struct dnp3_tx *tx)
{
	struct dp_cur c = dnp3_objects(tx);
	enum dnp3_rc rc = DNP3_OK;
	struct dnp3_object o;
	uint32_t n = 0;

	while (rc == DNP3_OK && !r->full && n < DNP3_OBJECTS_MAX && dnp3_next(&c, &o)) {
		if (n++ == 0)
			dp_rec_arr(r, "objects");
		dp_rec_obj(r, "");
		dp_rec_u64(r, "group", o.group);
		dp_rec_u64(r, "variation", o.variation);
		dp_rec_u64(r, "qualifier", o.qualifier);
		dp_rec_u64(r, "prefix_code", o.prefix_code);
		dp_rec_u64(r, "range_code", o.range_code);
		dp_rec_u64(r, "start", o.start);
		dp_rec_u64(r, "stop", o.stop);
		dp_rec_u64(r, "count", o.count);
		rc = dnp3_points(&c, &o, dnp3_function(tx), r);
		dp_rec_end(r);
	}
	if (n)
		dp_rec_end(r);
}

void dnp3_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct dnp3_tx *tx = (const struct dnp3_tx *)t;
	uint8_t function = dnp3_function(tx);

	if (!tx->ended || tx->app.n < DNP3_HEADER_REQUEST)
		return; // the flow ended within the message
	dp_rec_cstr(r, "type", !tx->response ? "request" : function == 130 ? "unsolicited_response"
									 : "response");
	put_link(r, tx->link);
	dp_rec_u64(r, "src", tx->src);
	dp_rec_u64(r, "dst", tx->dst);
	if (tx->response)
		put_indications(r, dnp3_indications(tx));
	dp_rec_obj(r, "application");
	put_control(r, tx->app.p[0]);
	dp_rec_u64(r, "function_code", function);
	dp_rec_bool(r, "complete", tx->complete);
	put_objects(r, tx);
	dp_rec_end(r);
}

/** Inside alerts the members stand under the kind of message. */
void dnp3_log_alert(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	dp_rec_obj(r, ((const struct dnp3_tx *)t)->response ? "response" : "request");
	dnp3_log(x, t, r);
	dp_rec_end(r);
}
