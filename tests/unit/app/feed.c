/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"
#include <assert.h>
#include <dp/frame.h>
#include <dp/range.h>
#include <dp/slab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void feed_open(struct feed *t, const struct dp_app_desc *d, uint8_t ip_proto)
{
	memset(t, 0, sizeof(*t));
	dp_conf_default(&t->conf);
	t->conf.log_frame = true; // parsers that report frames do
	assert(dp_slab_create(UINT64_C(1) << 30, &t->c.slab) == 0);
	t->c.conf = &t->conf;
	t->c.cnt = &t->cnt;
	t->f.ip_proto = ip_proto;
	t->f.ip_ver = 4;
	t->f.id = 1;
	t->f.port[0] = 40000;
	t->f.port[1] = d->ports[0] ? d->ports[0] : 80;
	t->f.app = &t->a;
	if (d->proto == SIG_PROTO_FTP_DATA) { // what the command said: dataplane/app/ftp/ftp.h
		static uint8_t said[] = "\1RETR\0\0\0\0\0\5\0a.bin";

		t->f.expect_token = said;
		t->f.expect_token_len = sizeof(said) - 1;
		t->f.expect_dir = SIG_DIR_TO_CLIENT;
	}
	t->a.desc = d;
	t->a.proto = d->proto;
	t->d = d;
	t->x = (struct dp_app_ctx){.c = &t->c, .f = &t->f, .a = &t->a};
	if (d->open)
		assert(d->open(&t->x, &t->a.state) == 0);
}

static void call(struct feed *t, enum sig_dir dir, uint32_t gap, bool eof)
{
	for (unsigned round = 0; round < 1000 && !t->failed; round++) {
		// an allocation of exactly the bytes at hand, so that sanitizers see any overrun
		uint8_t *copy = malloc(t->pend_n[dir] ? t->pend_n[dir] : 1);
		struct dp_app_in in = {.dir = dir, .off = t->off[dir] + gap, .gap = gap, .eof = eof};
		uint32_t used = 0;

		if (t->pend_n[dir])
			memcpy(copy, t->pend[dir], t->pend_n[dir]);
		in.data = (struct dp_span){copy, t->pend_n[dir]};
		if (gap && (!t->d->gap || t->d->gap(&t->x, t->a.state, &in) != DP_APP_OK))
			t->failed = true;
		t->off[dir] += gap;
		gap = 0;
		if (!t->failed && (in.data.n >= t->a.need[dir] || eof) &&
			t->d->parse(&t->x, t->a.state, &in, &used) != DP_APP_OK)
			t->failed = true;
		free(copy);
		assert(used <= t->pend_n[dir]);
		if (used)
			memmove(t->pend[dir], t->pend[dir] + used, t->pend_n[dir] - used);
		t->pend_n[dir] -= used;
		t->off[dir] += used;
		if (used == 0 || t->pend_n[dir] == 0)
			return;
	}
}

void feed_data(struct feed *t, enum sig_dir dir, const void *p, size_t n, size_t step)
{
	const uint8_t *s = p;

	if (step == 0)
		step = n;
	while (n && !t->failed) {
		size_t m = n < step ? n : step;

		t->pend[dir] = realloc(t->pend[dir], t->pend_n[dir] + m);
		memcpy(t->pend[dir] + t->pend_n[dir], s, m);
		t->pend_n[dir] += (uint32_t)m;
		s += m;
		n -= m;
		call(t, dir, 0, false);
		if (t->f.ip_proto == 17)
			t->pend_n[dir] = 0;
	}
}

void feed_text(struct feed *t, enum sig_dir dir, const char *s, size_t step)
{
	feed_data(t, dir, s, strlen(s), step);
}

void feed_gap(struct feed *t, enum sig_dir dir, uint32_t n)
{
	call(t, dir, n, false);
}

void feed_eof(struct feed *t, enum sig_dir dir)
{
	call(t, dir, 0, true);
}

void dp_tx_free(struct dp_app_ctx *x, struct dp_tx *tx); // dataplane/app/tx.h

void feed_sweep(struct feed *t)
{
	struct dp_tx *tx, *next;

	for (tx = t->a.tx_first; tx; tx = next) {
		bool done = true;

		next = tx->next;
		for (int dir = 0; dir < 2; dir++)
			done = done && ((tx->only_dir && !(tx->only_dir >> dir & 1)) ||
				dp_tx_complete(t->d, tx, dir));
		if (done)
			dp_tx_free(&t->x, tx);
	}
}

void feed_close(struct feed *t)
{
	while (t->a.tx_first)
		dp_tx_free(&t->x, t->a.tx_first);
	dp_frames_free(&t->x);
	if (t->d->close)
		t->d->close(&t->x, t->a.state);
	dp_ranges_clear(&t->c);
	assert(dp_slab_used_all(t->c.slab) == 0);
	dp_slab_destroy(t->c.slab);
	free(t->pend[0]);
	free(t->pend[1]);
}

struct dp_tx *feed_tx(struct feed *t, uint64_t id)
{
	for (struct dp_tx *tx = t->a.tx_first; tx; tx = tx->next)
		if (tx->id == id)
			return tx;
	return NULL;
}

const char *feed_buf(struct feed *t, uint64_t tx, enum sig_buffer b, enum sig_dir dir,
	uint32_t instance)
{
	static char text[1 << 20];
	struct dp_span s = {0};
	struct dp_tx *x = feed_tx(t, tx);

	if (!x)
		return "<no tx>";
	switch (t->d->buffer(&t->x, x, b, dir, instance, &s)) {
	case DP_BUF_LATER:
		return "<later>";
	case DP_BUF_ABSENT:
		return "<absent>";
	default:
		break;
	}
	assert(s.n < sizeof(text));
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	return text;
}

bool feed_event(struct feed *t, uint64_t tx, unsigned event)
{
	struct dp_tx *x = feed_tx(t, tx);

	return (x && dp_tx_has_event(x, event)) || dp_app_has_event(&t->a, event);
}

void feed_record(struct feed *t, struct dp_tx *tx)
{
	static uint8_t buf[DP_EV_MAX];
	struct dp_rec_tok k;
	struct dp_rec r;
	uint32_t pos = 0;

	if (!t->d->log)
		return;
	dp_rec_init(&r, buf, sizeof(buf));
	dp_rec_obj(&r, t->d->eve_type);
	t->d->log(&t->x, tx, &r);
	dp_rec_end(&r);
	while (dp_rec_next(r.buf, r.len, &pos, &k))
		;
	assert(pos == r.len);
}

const char *feed_log(struct feed *t, uint64_t tx)
{
	static char text[65536];
	static uint8_t buf[DP_EV_MAX];
	struct dp_tx *x = feed_tx(t, tx);
	struct dp_rec r;
	struct dp_rec_tok k;
	uint32_t pos = 0;
	char *o = text;

	*o = 0;
	if (!x || !t->d->log)
		return "";
	dp_rec_init(&r, buf, sizeof(buf));
	dp_rec_obj(&r, t->d->eve_type); // as the room does
	t->d->log(&t->x, x, &r);
	dp_rec_next(r.buf, r.len, &pos, &k);
	while (dp_rec_next(r.buf, r.len, &pos, &k)) {
		if (o != text)
			*o++ = ' ';
		if (k.key_len)
			o += sprintf(o, "%.*s", k.key_len, k.key);
		switch (k.kind) {
		case DP_REC_OBJ:
			o += sprintf(o, "{");
			break;
		case DP_REC_ARR:
			o += sprintf(o, "[");
			break;
		case DP_REC_END:
			o += sprintf(o, "}");
			break;
		case DP_REC_STR:
			o += sprintf(o, "=%.*s", (int)k.n, (const char *)k.p);
			break;
		case DP_REC_HEX:
			o += sprintf(o, "=");
			for (uint32_t i = 0; i < k.n; i++)
				o += sprintf(o, "%02x", k.p[i]);
			break;
		case DP_REC_I64:
			o += sprintf(o, "=%lld", (long long)k.u64);
			break;
		default:
			o += sprintf(o, "=%llu", (unsigned long long)k.u64);
		}
	}
	return text;
}
