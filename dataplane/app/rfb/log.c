/* SPDX-License-Identifier: Apache-2.0 */
#include "rfb.h"
#include <stdio.h>

static void version(struct dp_rec *r, const char *key, const char v[7])
{
	dp_rec_obj(r, key);
	dp_rec_str(r, "major", v, 3);
	dp_rec_str(r, "minor", v + 3, 3);
	dp_rec_end(r);
}

static void authentication(const struct rfb_tx *tx, struct dp_rec *r)
{
	static const char *const results[] = {"OK", "FAIL", "TOOMANY"};
	char text[32];

	dp_rec_obj(r, "authentication");
	if (tx->has & RFB_H_TYPE)
		dp_rec_u64(r, "security_type", tx->type);
	if ((tx->has & RFB_H_TYPE) && tx->type == 2) {
		dp_rec_obj(r, "vnc");
		if (tx->has & RFB_H_CHALLENGE)
			dp_rec_hex(r, "challenge", tx->challenge, sizeof(tx->challenge));
		if (tx->has & RFB_H_RESPONSE)
			dp_rec_hex(r, "response", tx->response, sizeof(tx->response));
		dp_rec_end(r);
	}
	if (tx->has & RFB_H_RESULT) {
		snprintf(text, sizeof(text), "UNKNOWN (%u)", tx->result);
		dp_rec_cstr(r, "security_result", tx->result < 3 ? results[tx->result] : text);
	}
	dp_rec_end(r);
}

static void screen(const struct rfb_tx *tx, struct dp_rec *r)
{
	struct dp_cur c = dp_cur_of(tx->format, sizeof(tx->format));

	dp_rec_obj(r, "framebuffer");
	dp_rec_u64(r, "width", tx->width);
	dp_rec_u64(r, "height", tx->height);
	dp_rec_str(r, "name", tx->name.n ? (const void *)tx->name.p : "", tx->name.n);
	dp_rec_obj(r, "pixel_format");
	dp_rec_u64(r, "bits_per_pixel", dp_cur_u8(&c));
	dp_rec_u64(r, "depth", dp_cur_u8(&c));
	dp_rec_bool(r, "big_endian", dp_cur_u8(&c));
	dp_rec_bool(r, "true_color", dp_cur_u8(&c));
	dp_rec_u64(r, "red_max", dp_cur_be16(&c));
	dp_rec_u64(r, "green_max", dp_cur_be16(&c));
	dp_rec_u64(r, "blue_max", dp_cur_be16(&c));
	dp_rec_u64(r, "red_shift", dp_cur_u8(&c));
	dp_rec_u64(r, "green_shift", dp_cur_u8(&c));
	dp_rec_u64(r, "blue_shift", dp_cur_u8(&c));
	dp_rec_end(r);
	dp_rec_end(r);
}

void rfb_log(const struct dp_app_ctx *x, struct dp_tx *t, struct dp_rec *r)
{
	const struct rfb_tx *tx = (const struct rfb_tx *)t;

	if (tx->has & RFB_H_SERVER)
		version(r, "server_protocol_version", tx->version[1]);
	if (tx->has & RFB_H_CLIENT)
		version(r, "client_protocol_version", tx->version[0]);
	authentication(tx, r);
	if (tx->has & RFB_H_REASON)
		dp_rec_str(r, "server_security_failure_reason",
			tx->reason.n ? (const void *)tx->reason.p : "", tx->reason.n);
	if (tx->has & RFB_H_SHARED)
		dp_rec_bool(r, "screen_shared", tx->shared);
	if (tx->has & RFB_H_SCREEN)
		screen(tx, r);
}
