/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "readers.h"

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
