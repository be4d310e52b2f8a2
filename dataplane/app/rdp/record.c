/* SPDX-License-Identifier: Apache-2.0 */
#include "rdp.h"
#include "../ber.h"
#include <stdio.h>

#define CORE 0xc001u
#define NET 0xc003u
#define NAME_MAX 64u /* of a string in UTF-16, bytes */
#define CHANNELS_MAX 31u

struct bit {
	uint32_t bit;
	const char *name;
};

static void put_bits(struct dp_rec *r, const char *key, uint32_t v, const struct bit *b, unsigned n)
{
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		if (!(v & b[i].bit))
			continue;
		if (!any)
			dp_rec_arr(r, key);
		any = true;
		dp_rec_cstr(r, "", b[i].name);
	}
	if (any)
		dp_rec_end(r);
}

/** What follows the fixed part of a connection request or confirm. */
static struct dp_cur variable_part(struct dp_span s)
{
	uint32_t n = s.n < 7 ? 0 : s.p[0] - 6u;

	return dp_cur_of(s.p + 7, n > s.n - 7 ? s.n - 7 : n);
}

static void put_request(struct dp_rec *r, struct dp_span s)
{
	static const char prefix[] = "Cookie: mstshash=";
	static const struct bit flags[] = {{1, "restricted_admin_mode_required"},
		{2, "redirected_authentication_mode_required"}, {8, "correlation_info_present"}};
	struct dp_cur c = variable_part(s);
	const uint8_t *p = c.p, *end = c.n ? memmem(p, c.n, "\r\n", 2) : NULL;
	uint8_t v;

	dp_rec_cstr(r, "event_type", "initial_request");
	if (end && c.n > 8 && memcmp(p, prefix, 8) == 0) {
		uint32_t n = (uint32_t)(end - p);

		if (n >= sizeof(prefix) - 1 && memcmp(p, prefix, sizeof(prefix) - 1) == 0)
			dp_rec_str(r, "cookie", p + sizeof(prefix) - 1, n - (sizeof(prefix) - 1));
		dp_cur_skip(&c, n + 2);
	}
	if (dp_cur_u8(&c) != 1)
		return;
	v = dp_cur_u8(&c);
	if (dp_cur_le16(&c) == 8 && !c.bad)
		put_bits(r, "flags", v, flags, 3);
}

static void put_confirm(struct dp_rec *r, struct dp_span s)
{
	static const struct bit flags[] = {{1, "extended_client_data"}, {2, "dynvc_gfx"},
		{8, "restricted_admin"}, {16, "redirected_authentication"}};
	static const char *const protocols[] = {"rdp", "ssl", "hybrid", NULL, "rds_tls", NULL, NULL, NULL,
		"hybrid_ex"};
	static const char *const reasons[] = {NULL, "ssl required by server",
		"ssl not allowed by server", "ssl cert not on server", "inconsistent flags",
		"hybrid required by server", "ssl with user auth required by server"};
	struct dp_cur c = variable_part(s);
	uint8_t type = dp_cur_u8(&c), v = dp_cur_u8(&c);
	uint16_t len = dp_cur_le16(&c);
	uint32_t what = dp_cur_le32(&c);

	dp_rec_cstr(r, "event_type", "initial_response");
	if (c.bad || len != 8)
		return;
	if (type == 2 && what <= 8 && protocols[what]) {
		put_bits(r, "server_supports", v, flags, 4);
		dp_rec_cstr(r, "protocol", protocols[what]);
	} else if (type == 3 && what >= 1 && what <= 6) {
		dp_rec_u64(r, "error_code", what);
		dp_rec_cstr(r, "reason", reasons[what]);
	}
}

/** UTF-16, little endian, up to a zero, as UTF-8. Nothing when it is empty. */
static void put_utf16(struct dp_rec *r, const char *key, const uint8_t *p, uint32_t n)
{
	uint8_t text[NAME_MAX * 2];
	uint32_t at = 0;

	for (uint32_t i = 0; i + 2 <= n && at + 4 < sizeof(text); i += 2) {
		uint32_t v = p[i] | (uint32_t)p[i + 1] << 8;

		if (v == 0)
			break;
		if (v >= 0xd800 && v < 0xdc00 && i + 4 <= n) {
			v = 0x10000 + ((v & 0x3ff) << 10) + ((p[i + 2] | (uint32_t)p[i + 3] << 8) & 0x3ff);
			i += 2;
		}
		if (v < 0x80) {
			text[at++] = (uint8_t)v;
			continue;
		}
		if (v >= 0x10000) {
			text[at++] = (uint8_t)(0xf0 | v >> 18);
			text[at++] = (uint8_t)(0x80 | (v >> 12 & 0x3f));
		} else if (v >= 0x800) {
			text[at++] = (uint8_t)(0xe0 | v >> 12);
		}
		text[at++] = v >= 0x800 ? (uint8_t)(0x80 | (v >> 6 & 0x3f)) : (uint8_t)(0xc0 | v >> 6);
		text[at++] = (uint8_t)(0x80 | (v & 0x3f));
	}
	if (at)
		dp_rec_str(r, key, text, at);
}

/** Fields that may be missing, each only with the one before. */
struct extras {
	uint16_t depth_beta, product, depth_high, flags;
	uint32_t serial;
	unsigned n; /**< how many of the five are there */
};

static struct extras read_extras(struct dp_cur *c)
{
	struct extras e = {0};

	e.depth_beta = dp_cur_le16(c);
	e.n += !c->bad;
	e.product = dp_cur_le16(c);
	e.n += !c->bad;
	e.serial = dp_cur_le32(c);
	e.n += !c->bad;
	e.depth_high = dp_cur_le16(c);
	e.n += !c->bad;
	dp_cur_skip(c, 2);
	e.flags = dp_cur_le16(c);
	e.n += !c->bad;
	return e;
}

static void put_depth(struct dp_rec *r, const struct extras *e, uint16_t basic)
{
	static const uint8_t beta[] = {4, 8, 15, 16, 24};
	uint32_t depth = 0;

	if (e->n >= 4 && (e->depth_high == 4 || e->depth_high == 8 || e->depth_high == 15 ||
				 e->depth_high == 16 || e->depth_high == 24))
		depth = e->depth_high;
	else if (e->n >= 1 && e->depth_beta >= 0xca00 && e->depth_beta <= 0xca04)
		depth = beta[e->depth_beta - 0xca00];
	else if (basic == 0xca00 || basic == 0xca01)
		depth = basic == 0xca00 ? 4 : 8;
	if (depth)
		dp_rec_u64(r, "color_depth", depth);
}

static void put_extras(struct dp_rec *r, const struct extras *e)
{
	static const struct bit flags[] = {{0x1, "support_errinfo_pdf"}, {0x2, "want_32bpp_session"},
		{0x4, "support_statusinfo_pdu"}, {0x8, "strong_asymmetric_keys"},
		{0x20, "valid_connection_type"}, {0x40, "support_monitor_layout_pdu"},
		{0x80, "support_netchar_autodetect"}, {0x100, "support_dynvc_gfx_protocol"},
		{0x200, "support_dynamic_time_zone"}, {0x400, "support_heartbeat_pdu"}};

	if (e->n >= 2)
		dp_rec_u64(r, "product_id", e->product);
	if (e->n >= 3 && e->serial)
		dp_rec_u64(r, "serial_number", e->serial);
	if (e->n >= 5)
		put_bits(r, "capabilities", e->flags, flags, sizeof(flags) / sizeof(flags[0]));
}

static void put_screen(struct dp_rec *r, struct dp_cur *c)
{
	uint32_t v;

	for (unsigned i = 0; i < 2; i++) {
		v = dp_cur_le32(c);
		if (c->bad || v < 10 || v > 10000)
			return;
		dp_rec_u64(r, i ? "physical_height" : "physical_width", v);
	}
	v = dp_cur_le16(c);
	if (c->bad || (v != 0 && v != 90 && v != 180 && v != 270))
		return;
	dp_rec_u64(r, "desktop_orientation", v);
	v = dp_cur_le32(c);
	if (c->bad || v < 100 || v > 500)
		return;
	dp_rec_u64(r, "scale_factor", v);
	v = dp_cur_le32(c);
	if (!c->bad && (v == 100 || v == 140 || v == 180))
		dp_rec_u64(r, "device_scale_factor", v);
}

static void put_version(struct dp_rec *r, uint32_t v)
{
	char text[16];

	if (v == 0x80001)
		snprintf(text, sizeof(text), "v4");
	else if (v == 0x80004)
		snprintf(text, sizeof(text), "v5");
	else if (v >= 0x80005 && v <= 0x80011)
		snprintf(text, sizeof(text), "v10.%u", v - 0x80005);
	else
		snprintf(text, sizeof(text), "unknown");
	dp_rec_cstr(r, "version", text);
}

static void put_core(struct dp_rec *r, struct dp_cur *c)
{
	static const char *const keyboards[] = {NULL, "xt", "ico", "at", "enhanced", "1050", "9140", "jp"};
	static const char *const hints[] = {NULL, "modem", "low_broadband", "satellite",
		"high_broadband", "wan", "lan", "autodetect"};
	uint32_t version = dp_cur_le32(c), type, subtype, keys, layout, build;
	uint16_t width = dp_cur_le16(c), height = dp_cur_le16(c), depth = dp_cur_le16(c);
	const uint8_t *name, *ime, *id;
	struct extras e;
	uint8_t hint;

	dp_cur_skip(c, 2);
	layout = dp_cur_le32(c);
	build = dp_cur_le32(c);
	name = dp_cur_bytes(c, 32);
	type = dp_cur_le32(c);
	subtype = dp_cur_le32(c);
	keys = dp_cur_le32(c);
	ime = dp_cur_bytes(c, 64);
	if (!ime)
		return;
	e = read_extras(c);
	dp_rec_obj(r, "client");
	put_version(r, version);
	dp_rec_u64(r, "desktop_width", width);
	dp_rec_u64(r, "desktop_height", height);
	put_depth(r, &e, depth);
	dp_rec_cstr(r, "keyboard_layout", rdp_layout_name(layout));
	dp_rec_cstr(r, "build", rdp_build_name(build));
	put_utf16(r, "client_name", name, 32);
	if (type >= 1 && type <= 7)
		dp_rec_cstr(r, "keyboard_type", keyboards[type]);
	if (subtype)
		dp_rec_u64(r, "keyboard_subtype", subtype);
	if (keys)
		dp_rec_u64(r, "function_keys", keys);
	put_utf16(r, "ime", ime, 64);
	put_extras(r, &e);
	id = dp_cur_bytes(c, 64);
	if (id)
		put_utf16(r, "id", id, 64);
	hint = dp_cur_u8(c);
	if (!c->bad && hint >= 1 && hint <= 7)
		dp_rec_cstr(r, "connection_hint", hints[hint]);
	dp_cur_skip(c, 5); // a byte to fill up, the protocol chosen before
	put_screen(r, c);
	dp_rec_end(r);
}

static void put_channels(struct dp_rec *r, struct dp_cur *c)
{
	uint32_t n = dp_cur_le32(c), i;

	for (i = 0; i < n && i < CHANNELS_MAX; i++) {
		const uint8_t *name = dp_cur_bytes(c, 8);

		dp_cur_skip(c, 4);
		if (c->bad)
			break;
		if (i == 0)
			dp_rec_arr(r, "channels");
		dp_rec_str(r, "", name, strnlen((const char *)name, 8));
	}
	if (i)
		dp_rec_end(r);
}

bool rdp_client_blocks(struct dp_span s, struct dp_cur *blocks)
{
	const uint8_t *key = s.n > 5 ? memmem(s.p + 5, s.n - 5, "Duca", 4) : NULL;
	struct dp_cur c;
	uint32_t n;

	if (!key)
		return false;
	key += 4;
	c = dp_cur_of(key, (uint32_t)(s.p + s.n - key));
	n = dp_cur_u8(&c);
	if (n & 0x40 && n & 0x80)
		return false;
	if (n & 0x80)
		n = (n & 0x3f) << 8 | dp_cur_u8(&c);
	*blocks = dp_cur_sub(&c, n);
	return !blocks->bad;
}

static void put_connect(struct dp_rec *r, struct dp_span s)
{
	bool core = false, net = false;
	struct dp_cur c;

	dp_rec_cstr(r, "event_type", "connect_request");
	if (!rdp_client_blocks(s, &c))
		return;
	while (dp_cur_left(&c) >= 4) {
		uint16_t type = dp_cur_le16(&c), len = dp_cur_le16(&c);
		struct dp_cur block = dp_cur_sub(&c, len < 4 ? UINT32_MAX : len - 4u);

		if (block.bad)
			break;
		if (type == CORE && !core) {
			core = true;
			put_core(r, &block);
		} else if (type == NET && !net) {
			net = true;
			put_channels(r, &block);
		}
	}
}

static void put_serial(struct dp_rec *r, struct dp_span cert)
{
	struct dp_ber outer, tbs, v;
	char text[132];
	uint32_t at = 0;

	if (dp_ber_next(&cert, &outer) || dp_ber_next(&outer.body, &tbs) || dp_ber_next(&tbs.body, &v))
		return;
	if (v.tag == 0xa0 && dp_ber_next(&tbs.body, &v))
		return;
	if (v.tag != DP_BER_INT)
		return;
	while (v.body.n > 1 && v.body.p[0] == 0)
		v.body = (struct dp_span){v.body.p + 1, v.body.n - 1};
	for (uint32_t i = 0; i < v.body.n && at + 3 < sizeof(text); i++)
		at += (uint32_t)snprintf(text + at, sizeof(text) - at, i ? "%02x" : "%x", v.body.p[i]);
	dp_rec_str(r, "", text, at);
}

static void put_tls(struct dp_rec *r, struct dp_span s)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);

	dp_rec_cstr(r, "event_type", "tls_handshake");
	dp_rec_arr(r, "x509_serials");
	while (dp_cur_left(&c) > 3 && !c.bad && !r->full) {
		struct dp_cur cert = dp_cur_sub(&c, dp_cur_be24(&c));

		if (!cert.bad)
			put_serial(r, (struct dp_span){cert.p, cert.n});
	}
	dp_rec_end(r);
}

void rdp_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct rdp_tx *tx = (const struct rdp_tx *)t;
	struct dp_span s = {tx->raw.p, tx->raw.n};

	dp_rec_u64(r, "tx_id", t->id + 1);
	switch (tx->kind) {
	case RDP_REQUEST:
		put_request(r, s);
		break;
	case RDP_CONFIRM:
		put_confirm(r, s);
		break;
	case RDP_CONNECT:
		put_connect(r, s);
		break;
	case RDP_TLS:
		put_tls(r, s);
		break;
	default:
		dp_rec_cstr(r, "event_type", "connect_response");
		break;
	}
}
