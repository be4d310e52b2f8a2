/* SPDX-License-Identifier: Apache-2.0 */
#include "frames.h"
#include <dp/decode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct dp_conf conf;
static struct dp_counters cnt;
static struct dp_ctx ctx = {.conf = &conf, .cnt = &cnt};

/* A copy of exactly the frame's size, so that a read beyond it is found by the sanitizer. */
static void decode_exact(struct dp_pkt *p, const uint8_t *b, uint32_t n, unsigned linktype)
{
	static struct dp_pkt inner[4];
	uint8_t *copy = malloc(n != 0 ? n : 1);
	struct dp_pkt *at = p;

	memcpy(copy, b, n);
	memset(p, 0xa5, sizeof(*p));
	p->data = copy;
	p->len = p->wire_len = n;
	p->linktype = (uint16_t)linktype;
	dp_decode(&ctx, p);
	(void)dp_pkt_ip_csum_ok(p);
	(void)dp_pkt_l4_csum_ok(p);
	for (unsigned i = 0; i < 4 && at->inner_kind != DP_INNER_NONE; i++) {
		assert_true(at->inner_off + at->inner_len <= at->len);
		dp_decode_inner(&ctx, at, &inner[i]);
		at = &inner[i];
	}
	for (unsigned i = 0; i < p->n_layers; i++)
		assert_true(p->layer[i].off + p->layer[i].len <= n);
	if (p->payload.n != 0)
		assert_true(p->payload.p >= copy && p->payload.p + p->payload.n <= copy + n);
	free(copy);
}

static void tcp_packet(struct frame *f)
{
	ipv4(f, 6, 20 + 5);
	tcp(f, 0x18, 1000, 2000);
	put(f, "hello", 5);
}

/* name, EtherType and what follows it */
static unsigned make(struct frame *f, unsigned which)
{
	static const uint8_t hop[8] = {6, 0, 5, 2, 0, 0, 1, 0};
	unsigned i;

	f->n = 0;
	switch (which) {
	case 0:
		eth(f, 0x0800);
		tcp_packet(f);
		return 1;
	case 1:
		eth(f, 0x8100);
		put32(f, 0x00650800);
		tcp_packet(f);
		return 1;
	case 2:
		eth(f, 0x88a8);
		put32(f, 0x00658100);
		put32(f, 0x00669100);
		put32(f, 0x00670800);
		tcp_packet(f);
		return 1;
	case 3:
		eth(f, 0x8847);
		put32(f, 100u << 12 | 64);
		put32(f, 200u << 12 | 0x100 | 64);
		tcp_packet(f);
		return 1;
	case 4:
		eth(f, 0x8864);
		put32(f, 0x11000001);
		put16(f, 47);
		put16(f, 0x0021);
		tcp_packet(f);
		return 1;
	case 5:
		eth(f, 53);
		put(f, "\xaa\xaa\3\0\0\0", 6);
		put16(f, 0x0800);
		tcp_packet(f);
		return 1;
	case 6:
		eth(f, 0x86dd);
		ipv6(f, 0, 8 + 8 + 12 + 25);
		put(f, hop, 8);
		f->b[f->n - 8] = 43;
		put(f, "\x33\0\4\0\0\0\0\0", 8);
		put(f, "\6\1\0\0\0\0\0\1\0\0\0\2", 12);
		tcp(f, 0x18, 1, 2);
		put(f, "hello", 5);
		return 1;
	case 7:
		eth(f, 0x0800);
		ipv4(f, 47, 4 + 45);
		put32(f, 0x00000800);
		tcp_packet(f);
		return 1;
	case 8:
		eth(f, 0x0800);
		ipv4(f, 17, 8 + 8 + 14 + 45);
		udp(f, 5000, 4789, 8 + 14 + 45);
		put(f, "\x08\0\0\0\0\0\7\0", 8);
		eth(f, 0x0800);
		tcp_packet(f);
		return 1;
	case 9:
		eth(f, 0x0800);
		ipv4(f, 17, 8 + 8 + 45);
		udp(f, 5000, 6081, 8 + 45);
		put(f, "\0\0\x08\0\0\0\1\0", 8);
		tcp_packet(f);
		return 1;
	case 10:
		eth(f, 0x0800);
		ipv4(f, 41, 40 + 25);
		ipv6(f, 6, 25);
		tcp(f, 2, 1, 0);
		put(f, "hello", 5);
		return 1;
	case 11:
		eth(f, 0x0800);
		ipv4(f, 17, 8 + 40 + 8);
		udp(f, 3544, 3544, 48);
		ipv6(f, 17, 8);
		udp(f, 1, 2, 0);
		return 1;
	case 12:
		eth(f, 0x0800);
		ipv4(f, 1, 8 + 28);
		put(f, "\3\1\0\0\0\0\0\0", 8);
		ipv4(f, 17, 8);
		udp(f, 53, 53, 0);
		return 1;
	case 13:
		eth(f, 0x0800);
		ipv4(f, 132, 12 + 4);
		put(f, "\0\1\0\2\0\0\0\0\0\0\0\0\0\0\0\4", 16);
		return 1;
	case 14:
		eth(f, 0x86dd);
		ipv6(f, 58, 8 + 48);
		put(f, "\1\0\0\0\0\0\0\0", 8);
		ipv6(f, 17, 8);
		udp(f, 1, 2, 0);
		return 1;
	case 15: // options of IPv4 and TCP
		eth(f, 0x0800);
		i = f->n;
		ipv4(f, 6, 20 + 20 + 8);
		f->b[i] = 0x47;
		put(f, "\x94\4\0\0\1\1\1\0", 8);
		tcp(f, 2, 1, 0);
		f->b[f->n - 8] = 0xa0;
		put(f, "\2\4\5\xb4\4\2\x08\x0a\0\0\0\1\0\0\0\0\1\3\3\7", 20);
		return 1;
	case 16:
		eth(f, 0x0800);
		ipv4(f, 47, 8 + 8 + 14 + 45);
		put32(f, 0x100088be);
		put32(f, 1);
		put(f, "\x10\0\0\0\0\0\0\0", 8);
		eth(f, 0x0800);
		tcp_packet(f);
		return 1;
	default:
		return 0;
	}
}

static void whole_frames(void **state)
{
	struct frame f;
	struct dp_pkt p;

	(void)state;
	for (unsigned w = 0; make(&f, w); w++) {
		decode_exact(&p, f.b, f.n, 1);
		assert_false(p.flags & DP_PF_INVALID);
		assert_int_not_equal(p.ip_ver, 0);
	}
	make(&f, 2);
	decode_exact(&p, f.b, f.n, 1);
	assert_int_equal(p.n_vlan, 3);
	assert_int_equal(p.vlan[0], 0x65);
	assert_int_equal(p.vlan[2], 0x67);
	assert_int_equal(p.dp, 80);
	assert_int_equal(p.payload.n, 5);
	make(&f, 6);
	decode_exact(&p, f.b, f.n, 1);
	assert_int_equal(p.ip_proto, 6);
	assert_int_equal(p.payload.n, 5);
	make(&f, 15);
	decode_exact(&p, f.b, f.n, 1);
	assert_true(p.tcp.has_mss && p.tcp.mss == 1460);
	assert_true(p.tcp.has_wscale && p.tcp.wscale == 7);
	assert_true(p.tcp.has_ts && p.tcp.tsval == 1);
	assert_true(p.tcp.has_sack_ok);
}

static void cut_at_every_byte(void **state)
{
	struct frame f;
	struct dp_pkt p;

	(void)state;
	for (unsigned w = 0; make(&f, w); w++) {
		for (uint32_t n = 0; n < f.n; n++) {
			uint64_t before = cnt.invalid;

			decode_exact(&p, f.b, n, 1);
			// A cut packet is never taken for a whole one, unless the cut lies inside a tunnel.
			if (p.inner_kind == DP_INNER_NONE && p.recursion == 0 && !(p.flags & DP_PF_INVALID))
				assert_true(p.ip_ver == 0 || cnt.invalid > before);
		}
	}
}

static void every_byte_changed(void **state)
{
	struct frame f;
	struct dp_pkt p;

	(void)state;
	for (unsigned w = 0; make(&f, w); w++)
		for (uint32_t at = 0; at < f.n; at++) {
			uint8_t old = f.b[at];

			for (unsigned v = 0; v < 256; v += 5) {
				f.b[at] = (uint8_t)v;
				decode_exact(&p, f.b, f.n, 1);
			}
			f.b[at] = old;
		}
}

static void other_links(void **state)
{
	static const unsigned types[] = {0, 9, 12, 14, 50, 101, 104, 108, 113, 228, 229, 276, 9999};
	struct frame f = {.n = 0};
	struct dp_pkt p;

	(void)state;
	tcp_packet(&f);
	decode_exact(&p, f.b, f.n, 101);
	assert_int_equal(p.ip_ver, 4);
	assert_int_equal(p.dp, 80);
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (uint32_t n = 0; n <= f.n; n++)
			decode_exact(&p, f.b, n, types[i]);
	f.n = 0;
	put32(&f, 0x02000000);
	tcp_packet(&f);
	decode_exact(&p, f.b, f.n, 0);
	assert_int_equal(p.ip_ver, 4);
	f.n = 0;
	put(&f, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0", 16);
	tcp_packet(&f);
	decode_exact(&p, f.b, f.n, 113);
	assert_int_equal(p.payload.n, 5);
}

static void checksums(void **state)
{
	struct frame f = {.n = 0};
	struct dp_pkt p;
	uint16_t c;

	(void)state;
	eth(&f, 0x0800);
	tcp_packet(&f);
	c = dp_csum_fold(dp_csum_add(0, f.b + 14, 20));
	memcpy(f.b + 14 + 10, &c, 2);
	memset(&p, 0, sizeof(p));
	p.data = f.b;
	p.len = p.wire_len = f.n;
	p.linktype = 1;
	dp_decode(&ctx, &p);
	assert_true(dp_pkt_ip_csum_ok(&p));
	assert_false(dp_pkt_l4_csum_ok(&p));
	assert_true(p.flags & DP_PF_BAD_CSUM);
	// RFC 1071 by hand: pseudo header, header, payload of odd length
	{
		uint32_t s = 0;
		const uint8_t *l4 = f.b + 34;

		for (unsigned i = 0; i < 8; i += 2)
			s += (uint32_t)(f.b[26 + i] << 8 | f.b[27 + i]);
		s += 6 + 25;
		for (unsigned i = 0; i < 24; i += 2)
			s += (uint32_t)(l4[i] << 8 | l4[i + 1]);
		s += (uint32_t)l4[24] << 8;
		s = (s & 0xffff) + (s >> 16);
		s = (s & 0xffff) + (s >> 16);
		set16(&f, 34 + 16, ~s & 0xffff);
	}
	dp_decode(&ctx, &p);
	assert_true(dp_pkt_l4_csum_ok(&p));
}

static void named_events(void **state)
{
	struct frame f;
	struct dp_pkt p;

	(void)state;
	make(&f, 0);
	f.b[14] = 0x44;
	decode_exact(&p, f.b, f.n, 1);
	assert_true(dp_pkt_event(&p, SIG_DE_IPV4_HLEN_TOO_SMALL));
	make(&f, 0);
	set16(&f, 16, 2000);
	decode_exact(&p, f.b, f.n, 1);
	assert_true(dp_pkt_event(&p, SIG_DE_IPV4_TRUNC_PKT));
	assert_true(p.flags & DP_PF_INVALID);
	make(&f, 0);
	set16(&f, 12, 0x1234);
	decode_exact(&p, f.b, f.n, 1);
	assert_true(dp_pkt_event(&p, SIG_DE_ETHERNET_UNKNOWN_ETHERTYPE));
	assert_false(p.flags & DP_PF_INVALID);
	assert_int_equal(p.reason, DP_R_NOT_IP);
	assert_int_equal(sig_event_by_name(false, "ipv4.trunc_pkt"), SIG_DE_IPV4_TRUNC_PKT);
	assert_int_equal(sig_event_by_name(true, "3whs_ack_in_wrong_dir"),
		SIG_SE_3WHS_ACK_IN_WRONG_DIR);
	assert_int_equal(sig_event_by_name(true, "ipv4.trunc_pkt"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_frames),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(other_links),
		cmocka_unit_test(checksums),
		cmocka_unit_test(named_events),
	};

	dp_conf_default(&conf);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
