/* SPDX-License-Identifier: Apache-2.0 */
#include "enip.h"
#include <stdio.h>

static void put_name(struct dp_rec *r, const char *key, const char *name, uint32_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "unknown-%u", v);
	dp_rec_cstr(r, key, name ? name : text);
}

static uint32_t le16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static void put_path(struct dp_rec *r, struct dp_span path)
{
	static const char *const kinds[] = {[8] = "class", [9] = "instance", [12] = "attribute"};
	struct dp_cur c = dp_cur_of(path.p, path.n);
	uint32_t v, class = 0;
	bool has_class = false;
	uint8_t type;

	dp_rec_arr(r, "path");
	while (cip_segment(&c, &type, &v)) {
		if (!type)
			continue; // a port, a symbol, data
		dp_rec_obj(r, "");
		put_name(r, "segment_type", type >> 2 < 13 ? kinds[type >> 2] : NULL, type);
		dp_rec_u64(r, "value", v);
		dp_rec_end(r);
		if (type >> 2 == 8) {
			class = v;
			has_class = true;
		}
	}
	dp_rec_end(r);
	if (has_class)
		put_name(r, "class_name", cip_class_name(class), class);
}

static void put_message(struct dp_rec *r, const struct cip_msg *m)
{
	put_name(r, "service", cip_service_name(m->service), m->service);
	if (!m->answer) {
		if (m->path.n)
			put_path(r, m->path);
		return;
	}
	put_name(r, "status", cip_status_name(m->status), m->status);
	if (m->extended.n) {
		const char *name = cip_extended_name(le16(m->extended.p));

		dp_rec_hex(r, "status_extended", m->extended.p, m->extended.n);
		if (name && m->extended.n == 2)
			dp_rec_cstr(r, "status_extended_meaning", name);
	}
}

static void put_cip(struct dp_rec *r, struct dp_span cip)
{
	struct cip_msg m, inner;
	struct dp_span part;

	if (!cip.p || !cip_read(cip, &m))
		return;
	dp_rec_obj(r, "cip");
	put_message(r, &m);
	if (cip_parts(&m)) {
		dp_rec_arr(r, "multiple");
		for (uint32_t i = 0; cip_part(&m, i, &part) && !r->full; i++) {
			if (!cip_read(part, &inner))
				break;
			dp_rec_obj(r, "");
			put_message(r, &inner);
			dp_rec_end(r);
		}
		dp_rec_end(r);
	}
	dp_rec_end(r);
}

static void put_identity(struct dp_rec *r, struct dp_span id)
{
	char text[16];

	dp_rec_obj(r, "identity");
	dp_rec_u64(r, "protocol_version", le16(id.p));
	snprintf(text, sizeof(text), "%u.%u", id.p[24], id.p[25]);
	dp_rec_cstr(r, "revision", text);
	put_name(r, "vendor_id", enip_vendor_name(le16(id.p + 18)), le16(id.p + 18));
	put_name(r, "device_type", enip_device_name(le16(id.p + 20)), le16(id.p + 20));
	dp_rec_u64(r, "product_code", le16(id.p + 22));
	dp_rec_u64(r, "status", le16(id.p + 26));
	dp_rec_u64(r, "serial", le32(id.p + 28));
	dp_rec_str(r, "product_name", id.p + 33, id.p[32]);
	dp_rec_u64(r, "state", id.p[33 + id.p[32]]);
	dp_rec_end(r);
}

static void put_pdu(struct dp_rec *r, const char *key, struct dp_span raw, bool answer)
{
	struct enip_pdu p;

	if (!raw.n || !enip_read(raw, &p))
		return;
	dp_rec_obj(r, key);
	put_name(r, "command", enip_command_name(p.command), p.command);
	put_name(r, "status", enip_status_name(p.status), p.status);
	if (p.options)
		dp_rec_u64(r, "options", p.options);
	if (p.command == ENIP_REGISTER && !p.invalid) {
		dp_rec_obj(r, "register_session");
		dp_rec_u64(r, "protocol_version", le16(p.body.p));
		dp_rec_u64(r, "options", le16(p.body.p + 2));
		dp_rec_end(r);
	}
	put_cip(r, p.cip);
	if (answer && p.services.n && p.command == ENIP_LIST_SERVICES) {
		dp_rec_obj(r, "list_services");
		dp_rec_u64(r, "protocol_version", le16(p.services.p));
		dp_rec_u64(r, "capabilities", le16(p.services.p + 2));
		dp_rec_str(r, "service_name", p.services.p + 4, 16);
		dp_rec_end(r);
	}
	if (answer && p.identity.n && p.command == ENIP_LIST_IDENTITY)
		put_identity(r, p.identity);
	dp_rec_end(r);
}

void enip_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct enip_tx *tx = (const struct enip_tx *)t;

	put_pdu(r, "request", enip_raw(tx, SIG_DIR_TO_SERVER), false);
	put_pdu(r, "response", enip_raw(tx, SIG_DIR_TO_CLIENT), true);
}
