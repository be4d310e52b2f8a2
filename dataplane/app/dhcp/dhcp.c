/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP for IPv4 (RFC 2131, options of RFC 2132). A transaction is one message, kept as it came and
 * read again when something is asked for.
 */
#include "../bytes.h"
#include "../cursor.h"
#include <dp/app.h>
#include <stdio.h>

#define HEADER 240u      /* up to and with the magic number */
#define MAGIC 0x63825363u
#define DHCP_TX_MAX 256u /* transactions open at a time */

enum option {
	OPT_PAD = 0, OPT_MASK = 1, OPT_ROUTER = 3, OPT_DNS = 6, OPT_HOSTNAME = 12, OPT_REQUESTED = 50,
	OPT_LEASE = 51, OPT_TYPE = 53, OPT_PARAMS = 55, OPT_RENEWAL = 58, OPT_REBINDING = 59,
	OPT_VENDOR = 60, OPT_CLIENT_ID = 61, OPT_END = 255,
};

struct dhcp_tx {
	struct dp_tx tx;
	struct dp_bytes raw;
};

/** Next option; 0: read, 1: the end was reached as it should be, -1: cut short. */
static int next_option(struct dp_cur *c, uint8_t *code, struct dp_span *v)
{
	do {
		*code = dp_cur_u8(c);
		if (c->bad)
			return -1;
	} while (*code == OPT_PAD);
	if (*code == OPT_END)
		return 1;
	v->n = dp_cur_u8(c);
	v->p = dp_cur_bytes(c, v->n);
	if (c->bad)
		return -1;
	// A client identifier has a type and at least one byte; times have four.
	if (*code == OPT_CLIENT_ID && v->n < 2)
		return -1;
	if ((*code == OPT_LEASE || *code == OPT_RENEWAL || *code == OPT_REBINDING) && v->n < 4)
		return -1;
	return 0;
}

static struct dp_cur options(const struct dhcp_tx *tx)
{
	struct dp_cur c = dp_cur_of(tx->raw.p, tx->raw.n);

	dp_cur_skip(&c, HEADER);
	return c;
}

static bool find(const struct dhcp_tx *tx, uint8_t code, struct dp_span *v)
{
	struct dp_cur c = options(tx);
	uint8_t got;

	while (next_option(&c, &got, v) == 0)
		if (got == code)
			return true;
	return false;
}

static bool is_dhcp(struct dp_span s)
{
	struct dp_cur c = dp_cur_of(s.p, s.n);

	dp_cur_skip(&c, HEADER - 4);
	return dp_cur_be32(&c) == MAGIC && !c.bad;
}

static void dhcp_tx_free(struct dp_app_ctx *x, struct dp_tx *t)
{
	dp_bytes_free(x->c, &((struct dhcp_tx *)t)->raw);
}

static int dhcp_parse(struct dp_app_ctx *x, void *state, const struct dp_app_in *in,
	uint32_t *consumed)
{
	struct dhcp_tx *tx;
	struct dp_span v;
	struct dp_cur c;
	uint8_t code;
	int rc;

	*consumed = in->data.n;
	if (in->data.n < HEADER)
		return DP_APP_OK; // nothing to be read from it, and the next one may be whole
	if (x->a->tx_live >= DHCP_TX_MAX)
		return DP_APP_OK; // a flood that nobody inspects: not kept
	tx = dp_tx_add(x, sizeof(*tx));
	if (!tx)
		return DP_APP_OK;
	dp_bytes_set(x->c, &tx->raw, in->data.p, in->data.n, 65535);
	tx->tx.only_dir = (uint8_t)(1u << in->dir);
	tx->tx.progress[0] = tx->tx.progress[1] = 1;
	c = options(tx);
	while ((rc = next_option(&c, &code, &v)) == 0)
		;
	if (rc < 0)
		dp_tx_event(x, &tx->tx, in->dir, SIG_EV_DHCP_TRUNCATED);
	return DP_APP_OK;
}

/** On its ports also what has been damaged before the magic number, as there for the peer. */
static enum dp_probe dhcp_probe(const struct dp_app_ctx *x, const struct dp_app_in *in)
{
	const uint8_t *p = in->data.p;
	const uint16_t *port = x->f->port;
	const bool known = port[0] == 67 || port[0] == 68 || port[1] == 67 || port[1] == 68;

	if (is_dhcp(in->data))
		return DP_PROBE_YES;
	return known && in->data.n >= HEADER && (p[0] == 1 || p[0] == 2) && p[2] <= 16 ? DP_PROBE_YES
										    : DP_PROBE_NO;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool dhcp_number(const struct dp_app_ctx *x, struct dp_tx *t, enum sig_number n,
	enum sig_dir dir, uint32_t instance, uint64_t *out)
{
	uint8_t code = n == SIG_NUM_DHCP_LEASETIME ? OPT_LEASE
		       : n == SIG_NUM_DHCP_RENEWAL_TIME ? OPT_RENEWAL
							: OPT_REBINDING;
	struct dp_span v;

	if (instance || !((t->only_dir >> dir) & 1) || !find((struct dhcp_tx *)t, code, &v))
		return false;
	*out = be32(v.p);
	return true;
}

static void put_addr(struct dp_rec *r, const char *key, const uint8_t *p)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	dp_rec_cstr(r, key, text);
}

static void put_hex(struct dp_rec *r, const char *key, const uint8_t *p, uint32_t n)
{
	char text[3 * 255 + 1] = "";
	uint32_t at = 0;

	for (uint32_t i = 0; i < n && at + 4 < sizeof(text); i++)
		at += (uint32_t)snprintf(text + at, sizeof(text) - at, i ? ":%02x" : "%02x", p[i]);
	dp_rec_cstr(r, key, text);
}

static void put_addrs(struct dp_rec *r, const char *key, struct dp_span v)
{
	dp_rec_arr(r, key);
	for (uint32_t i = 0; i + 4 <= v.n; i += 4)
		put_addr(r, "", v.p + i);
	dp_rec_end(r);
}

static void put_params(struct dp_rec *r, struct dp_span v)
{
	dp_rec_arr(r, "params");
	for (uint32_t i = 0; i < v.n; i++) {
		const char *name = v.p[i] == 1	   ? "subnet_mask"
				   : v.p[i] == 3   ? "router"
				   : v.p[i] == 6   ? "dns_server"
				   : v.p[i] == 15  ? "domain"
				   : v.p[i] == 35  ? "arp_timeout"
				   : v.p[i] == 42  ? "ntp_server"
				   : v.p[i] == 66  ? "tftp_server_name"
				   : v.p[i] == 150 ? "tftp_server_ip"
						   : NULL;

		if (name)
			dp_rec_cstr(r, "", name);
	}
	dp_rec_end(r);
}

static void put_type(struct dp_rec *r, struct dp_span v)
{
	static const char *const types[] = {"unknown", "discover", "offer", "request", "decline", "ack",
		"nak", "release", "inform"};

	if (v.n)
		dp_rec_cstr(r, "dhcp_type", v.p[0] < 9 ? types[v.p[0]] : "unknown");
}

/** What only extended records have. */
static void put_extended(struct dp_rec *r, uint8_t code, struct dp_span v)
{
	switch (code) {
	case OPT_LEASE:
		dp_rec_u64(r, "lease_time", be32(v.p));
		break;
	case OPT_REBINDING:
		dp_rec_u64(r, "rebinding_time", be32(v.p));
		break;
	case OPT_MASK:
		if (v.n == 4)
			put_addr(r, "subnet_mask", v.p);
		break;
	case OPT_REQUESTED:
		if (v.n == 4)
			put_addr(r, "requested_ip", v.p);
		break;
	case OPT_PARAMS:
		put_params(r, v);
		break;
	case OPT_DNS:
		put_addrs(r, "dns_servers", v);
		break;
	case OPT_ROUTER:
		put_addrs(r, "routers", v);
		break;
	case OPT_VENDOR:
		dp_rec_str(r, "vendor_class_identifier", v.p, v.n);
		break;
	default:
		break;
	}
}

static void put_options(struct dp_rec *r, const struct dhcp_tx *tx, bool extended)
{
	struct dp_cur c = options(tx);
	struct dp_span v;
	uint8_t code;

	while (next_option(&c, &code, &v) == 0) {
		if (code == OPT_CLIENT_ID)
			put_hex(r, "client_id", v.p + 1, v.n - 1);
		else if (code == OPT_RENEWAL)
			dp_rec_u64(r, "renewal_time", be32(v.p));
		else if (code == OPT_HOSTNAME && v.n)
			dp_rec_str(r, "hostname", v.p, v.n);
		else if (code == OPT_TYPE)
			put_type(r, v);
		else if (extended)
			put_extended(r, code, v);
	}
}

static void put_message(const struct dhcp_tx *tx, struct dp_rec *r, bool extended)
{
	const uint8_t *p = tx->raw.p;

	if (tx->raw.n < HEADER)
		return;
	dp_rec_cstr(r, "type", p[0] == 1 ? "request" : p[0] == 2 ? "reply" : "<unknown>");
	dp_rec_u64(r, "id", be32(p + 4));
	put_hex(r, "client_mac", p + 28, p[2] < 16 ? p[2] : 16);
	put_addr(r, "assigned_ip", p + 16);
	if (extended) {
		put_addr(r, "client_ip", p + 12);
		if (p[0] == 2) {
			put_addr(r, "relay_ip", p + 24);
			put_addr(r, "next_server_ip", p + 20);
		}
	}
	put_options(r, tx, extended);
}

/** Without `extended` only acknowledgements are written, and only who got which address. */
static void dhcp_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct dhcp_tx *tx = (const struct dhcp_tx *)t;
	bool extended = x->c->app_want & DP_APP_WANT_DHCP_EXTENDED;
	struct dp_span v;

	if (extended || (find(tx, OPT_TYPE, &v) && v.n && v.p[0] == 5))
		put_message(tx, r, extended);
}

static void dhcp_log_alert(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	put_message((const struct dhcp_tx *)t, r, true);
}

#define BOTH(b)                                                                                    \
	{b, SIG_DIR_TO_SERVER, 1},                                                                 \
	{                                                                                          \
		b, SIG_DIR_TO_CLIENT, 1                                                            \
	}

static const struct dp_app_number dhcp_numbers[] = {
	BOTH(SIG_NUM_DHCP_LEASETIME),
	BOTH(SIG_NUM_DHCP_RENEWAL_TIME),
	BOTH(SIG_NUM_DHCP_REBINDING_TIME),
};

const struct dp_app_desc dp_app_dhcp = {
	.proto = SIG_PROTO_DHCP,
	.eve_type = "dhcp",
	.udp = true,
	.probe = dhcp_probe,
	.probe_any_port = true,
	.ports = {67, 68},
	.parse = dhcp_parse,
	.tx_free = dhcp_tx_free,
	.complete = {1, 1},
	.unidirectional = true,
	.numbers = dhcp_numbers,
	.n_numbers = sizeof(dhcp_numbers) / sizeof(dhcp_numbers[0]),
	.number = dhcp_number,
	.log = dhcp_log,
	.log_alert = dhcp_log_alert,
	.log_packet_dir = true,
};
