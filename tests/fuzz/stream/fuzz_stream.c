/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One TCP conversation. Byte 0: bit 0 inline, bit 1 midstream. Then records of 8 bytes and payload:
 * direction and flags, sequence and acknowledgement as small steps from known ones, length. The
 * readers consume by the input's will; what they see must never go back.
 */
#include <dp/decode.h>
#include <dp/slab.h>
#include <dp/stream.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void flow_end(void *arg, struct dp_flow *f, enum dp_flow_end_reason why)
{
	(void)why;
	dp_stream_free(arg, f);
}

static void frame_of(uint8_t *b, int dir, uint8_t flags, uint32_t seq, uint32_t ack, uint16_t win,
	const uint8_t *payload, uint32_t n)
{
	static const uint8_t head[54] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 0, 0, 0,
		0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 4, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50};

	memcpy(b, head, sizeof(head));
	b[16] = (uint8_t)((40 + n) >> 8);
	b[17] = (uint8_t)(40 + n);
	if (dir) {
		b[29] = 2;
		b[33] = 1;
		memcpy(b + 34, (uint8_t[]){0, 80, 4, 0}, 4);
	}
	for (int i = 0; i < 4; i++) {
		b[38 + i] = (uint8_t)(seq >> (24 - 8 * i));
		b[42 + i] = (uint8_t)(ack >> (24 - 8 * i));
	}
	b[47] = flags;
	b[48] = (uint8_t)(win >> 8);
	b[49] = (uint8_t)win;
	memcpy(b + 54, payload, n);
}

static void read_both(struct dp_ctx *ctx, struct dp_flow *f, uint64_t seen[4], uint8_t how)
{
	for (int dir = 0; dir < 2; dir++) {
		struct dp_stream_view v;
		uint32_t fresh;

		for (int i = 0; i < 8 && dp_stream_app_view(ctx, f, (enum sig_dir)dir, &v); i++) {
			uint32_t take = how & 1 ? v.data.n : v.data.n / 2;

			if (v.off < seen[dir])
				abort();
			for (uint32_t k = 0; k < v.data.n; k++)
				((volatile const uint8_t *)v.data.p)[k];
			seen[dir] = v.off + take;
			dp_stream_app_consume(ctx, f, (enum sig_dir)dir, take);
			if (take == 0)
				break;
		}
		for (int i = 0; i < 8 && dp_stream_raw_view(ctx, f, (enum sig_dir)dir, &v, &fresh); i++) {
			// Met midway, inline: earlier bytes move the beginning, and raw data shows again from it.
			if (ctx->conf->inline_mode && ctx->conf->midstream && v.off + fresh == 0)
				seen[2 + dir] = 0;
			if (fresh > v.data.n || v.off + fresh < seen[2 + dir])
				abort();
			seen[2 + dir] = v.off + v.data.n;
			dp_stream_raw_done(ctx, f, (enum sig_dir)dir, v.off + v.data.n);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dp_counters cnt;
	static struct dp_pkt p;
	static uint8_t frame[4096];
	struct dp_conf conf;
	struct dp_ctx ctx = {.conf = &conf, .cnt = &cnt, .now_ns = 1};
	struct dp_flow_table *table;
	uint32_t next[2] = {1000, 0xfffffff0u};
	uint64_t seen[4] = {0};
	uint64_t id = 0;

	if (size < 1)
		return 0;
	dp_conf_default(&conf);
	conf.checksum_check = false;
	conf.max_flows = 16;
	conf.memory_bytes = 4 << 20;
	conf.inline_mode = data[0] & 1;
	conf.midstream = data[0] & 2;
	conf.raw_window_bytes = data[0] & 4 ? 100 : 0;
	conf.chunk_ts = conf.chunk_tc = 64;
	if (dp_slab_create(conf.memory_bytes, &ctx.slab) != 0)
		return 0;
	if (dp_flow_table_create(&ctx, flow_end, &ctx, &table) != 0)
		abort();
	data++;
	size--;
	while (size >= 8) {
		int dir = data[0] >> 7;
		uint32_t n = data[6], seq, ack;

		if (n > size - 8)
			n = (uint32_t)(size - 8);
		seq = next[dir] + (uint32_t)(int8_t)data[1] + ((uint32_t)data[2] << 24 & 0x80000000u);
		ack = next[!dir] + (uint32_t)(int8_t)data[3];
		frame_of(frame, dir, data[0] & 0x3f, seq, ack, (uint16_t)(data[4] << 8 | data[5]), data + 8,
			n);
		ctx.now_ns += UINT64_C(1000000) * data[7];
		p.data = frame;
		p.len = p.wire_len = 54 + n;
		p.linktype = 1;
		p.ts_ns = ctx.now_ns;
		dp_decode(&ctx, &p);
		dp_flow_lookup(table, &ctx, &p);
		if (p.flow != NULL) {
			dp_stream_packet(&ctx, table, &p);
			if (p.flow->id != id) {
				memset(seen, 0, sizeof(seen));
				id = p.flow->id;
			}
			if (data[7] & 2)
				read_both(&ctx, p.flow, seen, data[7]);
		}
		next[dir] += n + ((data[0] & 3) != 0);
		data += 8 + n;
		size -= 8 + n;
	}
	dp_flow_table_destroy(table);
	if (dp_slab_used_all(ctx.slab) != 0)
		abort();
	dp_slab_destroy(ctx.slab);
	return 0;
}
