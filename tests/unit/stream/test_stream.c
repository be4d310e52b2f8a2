/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Everything a reader gets from one direction, holes as '?'. */
struct reader {
	uint8_t b[70000];
	uint32_t n, gaps;
	bool eof;
};

static void read_app(struct net *n, struct dp_flow *f, int dir, struct reader *r)
{
	struct dp_stream_view v;

	while (dp_stream_app_view(&n->ctx, f, (enum sig_dir)dir, &v)) {
		if (v.flags & DP_SF_GAP) {
			memset(r->b + r->n, '?', v.gap);
			r->n += v.gap;
			r->gaps++;
		}
		assert_int_equal(v.off, r->n);
		if (v.data.n != 0)
			memcpy(r->b + r->n, v.data.p, v.data.n);
		r->n += v.data.n;
		r->eof |= (v.flags & DP_SF_EOF) != 0;
		dp_stream_app_consume(&n->ctx, f, (enum sig_dir)dir, v.data.n);
	}
}

static void read_raw(struct net *n, struct dp_flow *f, int dir, struct reader *r)
{
	struct dp_stream_view v;
	uint32_t fresh;

	while (dp_stream_raw_view(&n->ctx, f, (enum sig_dir)dir, &v, &fresh)) {
		r->n += v.gap;
		assert_int_equal(v.off + fresh, r->n);
		memcpy(r->b + r->n, v.data.p + fresh, v.data.n - fresh);
		r->n += v.data.n - fresh;
		dp_stream_raw_done(&n->ctx, f, (enum sig_dir)dir, v.off + v.data.n);
	}
}

static void three_way_and_data(void **state)
{
	struct net n;
	struct reader r = {.n = 0};
	struct dp_flow *f;

	(void)state;
	net_open(&n, false);
	f = handshake(&n, 100, 500);
	assert_int_equal(dp_stream_state(f), DP_TCP_ESTABLISHED);
	assert_true(f->flags & DP_FF_HANDSHAKE);
	seg(&n, 0, 0x18, 101, 501, "hello ", 6);
	read_app(&n, f, 0, &r);
	assert_int_equal(r.n, 0); // passive: not acknowledged yet
	seg(&n, 1, 0x10, 501, 107, NULL, 0);
	read_app(&n, f, 0, &r);
	assert_int_equal(r.n, 6);
	seg(&n, 0, 0x11, 107, 501, "world", 5);
	seg(&n, 1, 0x11, 501, 113, NULL, 0);
	read_app(&n, f, 0, &r);
	assert_memory_equal(r.b, "hello world", 11);
	assert_false(r.eof); // passive, as the peer: a FIN counts once the session is closed
	seg(&n, 0, 0x10, 113, 502, NULL, 0);
	assert_int_equal(dp_stream_state(f), DP_TCP_CLOSED);
	read_app(&n, f, 0, &r);
	assert_true(r.eof);
	assert_int_equal(f->state, DP_FLOW_CLOSED);
	net_close(&n);
	assert_int_equal(n.ended, 1);
}

static void inline_on_arrival(void **state)
{
	struct net n;
	struct reader r = {.n = 0}, w = {.n = 0};
	struct dp_flow *f;

	(void)state;
	net_open(&n, true);
	f = handshake(&n, 0xfffffff0u, 0xffffffffu); // both wrap
	seg(&n, 0, 0x18, 0xfffffff1u, 0, "0123456789", 10);
	read_app(&n, f, 0, &r);
	assert_int_equal(r.n, 10);
	seg(&n, 0, 0x18, 0xfffffffbu + 10, 0, "ABCDE", 5); // leaves a hole of ten across the wrap
	read_app(&n, f, 0, &r);
	assert_int_equal(r.n, 10);
	seg(&n, 0, 0x18, 0xfffffffbu, 0, "klmnopqrst", 10);
	read_app(&n, f, 0, &r);
	read_raw(&n, f, 0, &w);
	assert_int_equal(r.n, 25);
	assert_memory_equal(r.b, "0123456789klmnopqrstABCDE", 25);
	assert_memory_equal(w.b, r.b, 25);
	net_close(&n);
}

/* Inline, a retransmission with other bytes leaves as what was first seen, its checksum right. */
static void conflicting_retransmission(void **state)
{
	struct net n;
	struct dp_pkt *p;

	(void)state;
	for (uint32_t shift = 0; shift < 6; shift++)
		for (uint32_t len = 1; len + shift <= 11; len++) {
			net_open(&n, true);
			handshake(&n, 1000, 2000);
			seg(&n, 0, 0x18, 1001, 2001, "GET /evil!!", 11);
			p = seg(&n, 0, 0x18, 1001 + shift, 2001, "get /good??", len);
			assert_true(p->flags & DP_PF_MODIFIED);
			assert_true(dp_pkt_event(p, SIG_SE_REASSEMBLY_OVERLAP_DIFFERENT_DATA));
			assert_memory_equal(p->payload.p, &"GET /evil!!"[shift], len);
			net_close(&n);
		}
}

static void right_checksum_after_rewrite(void **state)
{
	struct net n;
	struct dp_pkt *p;
	struct frame f;
	uint16_t sum;

	(void)state;
	net_open(&n, true);
	handshake(&n, 1000, 2000);
	seg(&n, 0, 0x18, 1001, 2001, "abcdefghijk", 11);
	// by hand, with a right checksum, and sent through the stages again
	f.n = 0;
	eth(&f, 0x0800);
	ipv4(&f, 6, 20 + 7);
	tcp(&f, 0x18, 1003, 2001);
	put(&f, "XXdeYgh", 7);
	{
		uint32_t s = dp_csum_add(0, f.b + 26, 8);
		uint8_t tail[4] = {0, 6, 0, 27};

		s = dp_csum_add(s, tail, 4);
		sum = dp_csum_fold(dp_csum_add(s, f.b + 34, 27));
		memcpy(f.b + 50, &sum, 2);
	}
	p = &n.p;
	p->data = f.b;
	p->len = p->wire_len = f.n;
	dp_decode(&n.ctx, p);
	assert_true(dp_pkt_l4_csum_ok(p));
	dp_flow_lookup(n.table, &n.ctx, p);
	dp_stream_packet(&n.ctx, n.table, p);
	assert_true(p->flags & DP_PF_MODIFIED);
	assert_memory_equal(p->payload.p, "cdefghi", 7);
	p->l4_csum_state = 0;
	assert_true(dp_pkt_l4_csum_ok(p));
	net_close(&n);
}

static uint32_t rnd(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

/* A thousand conversations of random, overlapping, reordered, repeated pieces of one known text:
 * whatever order they come in, both readers see the text, once, in order. */
static void random_pieces(void **state)
{
	static uint8_t text[40000];
	uint32_t s = 7;

	(void)state;
	for (uint32_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)rnd(&s);
	for (unsigned round = 0; round < 1000; round++) {
		uint32_t total = 1 + rnd(&s) % 3000, isn = rnd(&s) * 4096u, have = 0;
		static struct reader r, w;
		static uint8_t got[40000];
		struct dp_flow *f;
		struct net n;

		r.n = w.n = r.gaps = 0;
		memset(got, 0, total);
		net_open(&n, round & 1);
		f = handshake(&n, isn, isn * 3);
		while (have < total) {
			uint32_t from = rnd(&s) % total, len = 1 + rnd(&s) % 700;

			if (rnd(&s) % 3 != 0) { // mostly near the front, so that it moves
				from = have > 50 ? have - rnd(&s) % 50 : 0;
			}
			if (len > total - from)
				len = total - from;
			seg(&n, 0, 0x18, isn + 1 + from, isn * 3 + 1, text + from, len);
			memset(got + from, 1, len);
			while (have < total && got[have])
				have++;
			if (rnd(&s) % 2)
				seg(&n, 1, 0x10, isn * 3 + 1, isn + 1 + have, NULL, 0);
			read_app(&n, f, 0, &r);
			read_raw(&n, f, 0, &w);
		}
		seg(&n, 1, 0x10, isn * 3 + 1, isn + 1 + total, NULL, 0);
		dp_stream_flush(f);
		read_app(&n, f, 0, &r);
		read_raw(&n, f, 0, &w);
		assert_int_equal(r.gaps, 0);
		assert_int_equal(r.n, total);
		assert_memory_equal(r.b, text, total);
		assert_int_equal(w.n, total);
		assert_memory_equal(w.b, text, total);
		dp_flow_end(n.table, f, DP_FLOW_END_SHUTDOWN);
		assert_int_equal(dp_slab_used_all(n.ctx.slab), 0);
		net_close(&n);
	}
}

/* First copy wins inline, whatever the pieces say: compared with a byte array that keeps the first. */
static void first_copy_wins(void **state)
{
	uint32_t s = 99;

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		static struct reader r;
		static uint8_t want[2000], set[2000], piece[2000];
		uint32_t total = 1 + rnd(&s) % 1500, have = 0;
		struct dp_flow *f;
		struct net n;

		r.n = r.gaps = 0;
		memset(set, 0, total);
		net_open(&n, true);
		f = handshake(&n, 5000, 6000);
		while (have < total) {
			uint32_t from = rnd(&s) % total, len = 1 + rnd(&s) % 300;

			if (len > total - from)
				len = total - from;
			if (rnd(&s) % 2 && have > 3)
				from = have - 3, len = len > total - from ? total - from : len;
			for (uint32_t i = 0; i < len; i++) {
				piece[i] = (uint8_t)rnd(&s);
				if (!set[from + i]) {
					set[from + i] = 1;
					want[from + i] = piece[i];
				}
			}
			seg(&n, 0, 0x18, 5001 + from, 6001, piece, len);
			while (have < total && set[have])
				have++;
			read_app(&n, f, 0, &r);
			// what leaves must be what was seen first, as far as it is not acknowledged
			assert_memory_equal(n.p.payload.p, want + from, len);
		}
		assert_int_equal(r.n, total);
		assert_memory_equal(r.b, want, total);
		net_close(&n);
	}
}

/* The systems' rules, one byte at a time: may a new segment's byte replace an older segment's? */
static bool takes(enum dp_os os, uint32_t from, uint32_t end, uint32_t old_from, uint32_t old_end)
{
	switch (os) {
	case DP_OS_LAST:
		return true;
	case DP_OS_LINUX:
		return from < old_from || (from == old_from && end > old_end);
	case DP_OS_OLD_LINUX:
		return from < old_from || (from == old_from && end >= old_end);
	case DP_OS_SOLARIS:
	case DP_OS_OLD_SOLARIS:
	case DP_OS_HPUX11:
		return from <= old_from ? end >= old_end : end > old_end;
	case DP_OS_FIRST:
	case DP_OS_VISTA:
		return false;
	default:
		return from < old_from;
	}
}

/* Passive: segments that contradict each other, for a receiver of each system. */
static void receivers_system(void **state)
{
	uint32_t s = 4711;

	(void)state;
	for (unsigned round = 0; round < 60 * DP_OS__COUNT; round++) {
		enum { TOTAL = 120, MAX = 31 };
		static struct reader r;
		const enum dp_os os = (enum dp_os)(round % DP_OS__COUNT);
		uint32_t from[MAX], end[MAX], n = 0;
		uint8_t want[TOTAL], set[TOTAL] = {0}, piece[TOTAL];
		struct dp_flow *f;
		struct net net;

		r.n = r.gaps = 0;
		net_open(&net, false);
		net.conf.os_default[0] = (uint8_t)os;
		f = handshake(&net, 5000, 6000);
		while (n < MAX) {
			// the last three fill what may be missing
			from[n] = n < MAX - 3 ? rnd(&s) % TOTAL : (MAX - 1 - n) * TOTAL / 3;
			end[n] = n < MAX - 3 ? from[n] + 1 + rnd(&s) % 40 : from[n] + TOTAL / 3;
			if (end[n] > TOTAL)
				end[n] = TOTAL;
			for (uint32_t at = from[n]; at < end[n]; at++) {
				bool take = true;

				piece[at - from[n]] = (uint8_t)rnd(&s);
				for (unsigned i = 0; i < n; i++)
					if (from[i] <= at && at < end[i])
						take &= takes(os, from[n], end[n], from[i], end[i]);
				if (take || !set[at])
					want[at] = piece[at - from[n]];
				set[at] = 1;
			}
			seg(&net, 0, 0x18, 5001 + from[n], 6001, piece, end[n] - from[n]);
			n++;
		}
		seg(&net, 1, 0x10, 6001, 5001 + TOTAL, NULL, 0);
		read_app(&net, f, 0, &r);
		assert_int_equal(r.n, TOTAL);
		assert_memory_equal(r.b, want, TOTAL);
		net_close(&net);
	}
}

/* The longest prefix decides, then the default of the version. */
static void systems_by_address(void **state)
{
	const struct dp_os_net nets[] = {{.addr.b = {10}, .ver = 4, .bits = 8, .os = DP_OS_LINUX},
		{.addr.b = {10, 0, 0, 2}, .ver = 4, .bits = 31, .os = DP_OS_SOLARIS},
		{.ver = 6, .bits = 0, .os = DP_OS_IRIX}, {.addr.b = {10, 9, 128}, .ver = 4, .bits = 17, .os = DP_OS_LAST}};
	const struct dp_conf c = {.os_net = nets, .os_nets = 4, .os_default = {DP_OS_VISTA, DP_OS_BSD}};
	const union dp_addr a = {.b = {10, 0, 0, 3}}, b = {.b = {10, 0, 0, 4}}, o = {.b = {11}},
			    p = {.b = {10, 9, 200}}, q = {.b = {10, 9, 127}};

	(void)state;
	assert_int_equal(dp_os_of(&c, 4, &a), DP_OS_SOLARIS);
	assert_int_equal(dp_os_of(&c, 4, &b), DP_OS_LINUX);
	assert_int_equal(dp_os_of(&c, 4, &o), DP_OS_VISTA);
	assert_int_equal(dp_os_of(&c, 4, &p), DP_OS_LAST);
	assert_int_equal(dp_os_of(&c, 4, &q), DP_OS_LINUX);
	assert_int_equal(dp_os_of(&c, 6, &a), DP_OS_IRIX);
}

static void holes(void **state)
{
	struct net n;
	struct reader r = {.n = 0};
	struct dp_flow *f;

	(void)state;
	net_open(&n, false);
	f = handshake(&n, 10, 20);
	seg(&n, 0, 0x18, 11, 21, "aaaa", 4);
	seg(&n, 0, 0x18, 19, 21, "cccc", 4);
	seg(&n, 1, 0x10, 21, 23, NULL, 0); // the receiver has what we missed
	read_app(&n, f, 0, &r);
	assert_int_equal(r.gaps, 1);
	assert_int_equal(r.n, 12);
	assert_memory_equal(r.b, "aaaa????cccc", 12);
	assert_true(f->flags & DP_FF_GAP_TS);
	net_close(&n);
}

static void depth(void **state)
{
	struct net n;
	struct reader r = {.n = 0};
	struct dp_flow *f;
	uint8_t block[1000];

	(void)state;
	memset(block, 'x', sizeof(block));
	net_open(&n, true);
	n.conf.stream_depth = 2500;
	f = handshake(&n, 10, 20);
	for (uint32_t i = 0; i < 5; i++) {
		seg(&n, 0, 0x18, 11 + i * 1000, 21, block, 1000);
		seg(&n, 1, 0x10, 21, 11 + (i + 1) * 1000, NULL, 0);
		read_app(&n, f, 0, &r);
	}
	assert_int_equal(r.n, 2500);
	net_close(&n);
}

static void resets(void **state)
{
	struct net n;
	struct dp_flow *f;
	struct dp_pkt *p;

	(void)state;
	net_open(&n, true);
	f = handshake(&n, 10, 20);
	p = seg(&n, 1, 0x14, 4000, 11, NULL, 0); // not the next byte
	assert_int_equal(dp_stream_state(f), DP_TCP_ESTABLISHED);
	assert_int_equal(p->verdict, DP_DROP);
	assert_int_equal(p->reason, DP_R_STREAM_ERROR);
	p = seg(&n, 1, 0x14, 21, 11, NULL, 0);
	assert_int_equal(dp_stream_state(f), DP_TCP_CLOSED);
	assert_int_equal(p->verdict, DP_FORWARD);
	// the same ports again: another conversation
	f = handshake(&n, 5000, 6000);
	assert_int_equal(n.ended, 1);
	assert_int_equal(n.why, DP_FLOW_END_TCP_REUSE);
	assert_int_equal(dp_stream_state(f), DP_TCP_ESTABLISHED);
	net_close(&n);
}

/* Inline a receiver may have refused the reset: what still comes is judged. */
static void data_behind_a_reset(void **state)
{
	struct reader r = {.n = 0};
	struct net n;
	struct dp_flow *f;
	struct dp_pkt *p;

	(void)state;
	net_open(&n, true);
	f = handshake(&n, 10, 20);
	seg(&n, 0, 0x18, 16, 21, "fghij", 5);
	seg(&n, 0, 0x04, 21, 0, NULL, 0); // the receiver, waiting for byte 11, asks about it
	assert_int_equal(dp_stream_state(f), DP_TCP_CLOSED);
	p = seg(&n, 0, 0x18, 11, 21, "abcde", 5);
	assert_int_equal(p->verdict, DP_FORWARD);
	read_app(&n, f, 0, &r);
	assert_int_equal(r.n, 10);
	assert_memory_equal(r.b, "abcdefghij", 10);
	assert_false(r.eof);
	net_close(&n);
}

/* Inline: what is not data does not pass, nor does what ends the stream twice. */
static void refused_inline(void **state)
{
	static const struct {
		uint32_t seq, ack;
		uint8_t flags, n;
	} bad[] = {
		{11, 0, 0x08, 3},         // no ACK flag
		{11, 22, 0x18, 3},        // acknowledges what the server never sent
		{11, 0x80000000, 0x18, 3}, // or long before the session
		{11, 21, 0x1a, 3},        // SYN
		{0x10000000, 21, 0x18, 3}, // out of window
	};
	struct reader r = {.n = 0};
	struct net n;
	struct dp_flow *f;

	(void)state;
	net_open(&n, true);
	f = handshake(&n, 10, 20);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dp_pkt *p = seg(&n, 0, bad[i].flags, bad[i].seq, bad[i].ack, "bad", bad[i].n);

		assert_int_equal(p->verdict, DP_DROP);
		assert_int_equal(p->reason, DP_R_STREAM_ERROR);
	}
	assert_int_equal(seg(&n, 0, 0x18, 11, 21, "good", 4)->verdict, DP_FORWARD);
	assert_int_equal(seg(&n, 0, 0x11, 13, 21, NULL, 0)->verdict, DP_DROP); // ends before data
	assert_int_equal(seg(&n, 0, 0x11, 20, 21, NULL, 0)->verdict, DP_FORWARD);
	assert_int_equal(seg(&n, 0, 0x18, 19, 21, "xxx", 3)->verdict, DP_DROP); // behind the end
	assert_int_equal(seg(&n, 0, 0x11, 15, 21, "by it", 5)->verdict, DP_FORWARD);
	read_app(&n, f, 0, &r);
	assert_memory_equal(r.b, "goodby it", 9);
	assert_true(r.eof);
	net_close(&n);
}

static void reset_numbers(void **state)
{
	struct net n;
	struct dp_flow *f;
	struct dp_pkt *p;
	struct dp_stream_rst out;

	(void)state;
	net_open(&n, true);
	f = handshake(&n, 100, 500);
	seg(&n, 1, 0x18, 501, 101, "banner", 6);
	p = seg(&n, 0, 0x18, 101, 501, "attack", 6); // will be dropped: the server expects 101
	dp_stream_reset_numbers(f, p, &out);
	assert_int_equal(out.seq_to_server, 101);
	assert_int_equal(out.ack_to_server, 507);
	assert_int_equal(out.seq_to_client, 507);
	assert_int_equal(out.ack_to_client, 101);
	net_close(&n);
}

static void events(void **state)
{
	struct net n;

	(void)state;
	net_open(&n, false);
	assert_true(dp_pkt_event(seg(&n, 0, 0x04, 1, 0, NULL, 0), SIG_SE_RST_BUT_NO_SESSION));
	n.sport++;
	assert_true(dp_pkt_event(seg(&n, 0, 0x11, 1, 1, NULL, 0), SIG_SE_FIN_BUT_NO_SESSION));
	n.sport++;
	seg(&n, 0, 2, 100, 0, NULL, 0);
	assert_true(dp_pkt_event(seg(&n, 1, 0x12, 500, 999, NULL, 0),
		SIG_SE_3WHS_SYNACK_WITH_WRONG_ACK));
	seg(&n, 1, 0x12, 500, 101, NULL, 0);
	assert_true(dp_pkt_event(seg(&n, 1, 0x12, 700, 101, NULL, 0),
		SIG_SE_3WHS_SYNACK_RESEND_WITH_DIFF_SEQ));
	assert_true(dp_pkt_event(seg(&n, 0, 2, 300, 0, NULL, 0),
		SIG_SE_3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV));
	// the client takes the second SYN/ACK
	assert_int_equal(dp_stream_state(seg(&n, 0, 0x10, 101, 701, NULL, 0)->flow),
		DP_TCP_ESTABLISHED);
	assert_true(dp_pkt_event(seg(&n, 0, 0x18, 90000, 701, "x", 1),
		SIG_SE_EST_PACKET_OUT_OF_WINDOW));
	assert_true(dp_pkt_event(seg(&n, 0, 0x10, 101, 90000, NULL, 0), SIG_SE_PKT_INVALID_ACK));
	net_close(&n);
}

/* CVE-2018-6794: the answer and the end come before the client's last packet of the handshake. */
static void early_answer(void **state)
{
	struct net n;
	struct reader r = {.n = 0};
	struct dp_flow *f;

	(void)state;
	for (int inl = 0; inl < 2; inl++) {
		r.n = 0;
		r.eof = false;
		net_open(&n, inl);
		seg(&n, 0, 2, 100, 0, NULL, 0);
		seg(&n, 1, 0x12, 500, 101, NULL, 0);
		f = seg(&n, 1, 0x18, 501, 101, "evil page", 9)->flow;
		assert_int_equal(n.p.verdict, DP_FORWARD);
		seg(&n, 1, 0x11, 510, 101, NULL, 0);
		seg(&n, 0, 0x10, 101, 511, NULL, 0);
		read_app(&n, f, 1, &r);
		assert_int_equal(r.n, 9);
		assert_memory_equal(r.b, "evil page", 9);
		assert_int_equal(r.eof, inl);
		r.n = 0;
		seg(&n, 0, 0x18, 101, 511, "GET /", 5);
		seg(&n, 1, 0x10, 511, 106, NULL, 0);
		read_app(&n, f, 0, &r);
		assert_int_equal(r.n, 5);
		net_close(&n);
	}
}

static void midstream(void **state)
{
	struct net n;
	struct reader r = {.n = 0};
	struct dp_pkt *p;

	(void)state;
	net_open(&n, true);
	p = seg(&n, 0, 0x18, 77, 88, "data", 4);
	assert_null(p->flow->tcp);
	net_close(&n);
	net_open(&n, true);
	n.conf.midstream = true;
	p = seg(&n, 0, 0x18, 77, 88, "data", 4);
	assert_non_null(p->flow->tcp);
	assert_false(p->flow->flags & DP_FF_HANDSHAKE);
	read_app(&n, p->flow, 0, &r);
	assert_int_equal(r.n, 4);
	// the session's SYN/ACK first: its sender is the server
	n.sport++;
	p = seg(&n, 1, 0x12, 500, 101, NULL, 0);
	assert_int_equal(p->dir, SIG_DIR_TO_CLIENT);
	assert_int_equal(p->flow->port[1], 80);
	net_close(&n);
}

static void memory_limit(void **state)
{
	struct net n;
	struct dp_flow *f;
	uint8_t block[1400] = {0};
	bool dropped = false;

	(void)state;
	net_open(&n, true);
	n.conf.pol_reassembly_memcap = DP_POL_DROP_FLOW;
	dp_slab_limit(n.ctx.slab, DP_MEM_REASSEMBLY, 8192);
	f = handshake(&n, 100, 500);
	for (uint32_t i = 0; i < 9 && !dropped; i++) {
		struct dp_pkt *p = seg(&n, 0, 0x18, 101 + i * 1400, 501, block, 1400);

		dropped = p->verdict == DP_DROP && p->reason == DP_R_STREAM_REASSEMBLY;
	}
	assert_true(dropped);
	assert_true(f->flags & DP_FF_DROP);
	assert_true(f->exceptions & DP_EX_REASSEMBLY_MEMCAP);
	net_close(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_way_and_data),
		cmocka_unit_test(inline_on_arrival),
		cmocka_unit_test(conflicting_retransmission),
		cmocka_unit_test(right_checksum_after_rewrite),
		cmocka_unit_test(random_pieces),
		cmocka_unit_test(first_copy_wins),
		cmocka_unit_test(receivers_system),
		cmocka_unit_test(systems_by_address),
		cmocka_unit_test(holes),
		cmocka_unit_test(depth),
		cmocka_unit_test(resets),
		cmocka_unit_test(data_behind_a_reset),
		cmocka_unit_test(refused_inline),
		cmocka_unit_test(reset_numbers),
		cmocka_unit_test(events),
		cmocka_unit_test(early_answer),
		cmocka_unit_test(midstream),
		cmocka_unit_test(memory_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
