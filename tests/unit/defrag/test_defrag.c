/* SPDX-License-Identifier: Apache-2.0 */
/* Fragments made from a known datagram, sent in every order, cut and overlapped; what comes out is
 * compared with the datagram, or with whose bytes the policy says must win. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dp/decode.h>
#include <dp/defrag.h>
#include <dp/slab.h>
#include <string.h>

static struct dp_counters counters;
static struct dp_conf conf;
static struct dp_ctx ctx = {.conf = &conf, .cnt = &counters};
static struct dp_defrag *defrag;
static uint8_t frame[65535 + 64];

static int setup(void **state)
{
	memset(&counters, 0, sizeof(counters));
	dp_conf_default(&conf);
	ctx.now_ns = 1000000000;
	assert_int_equal(dp_slab_create(64 << 20, &ctx.slab), 0);
	dp_slab_limit(ctx.slab, DP_MEM_DEFRAG, 32 << 20);
	assert_int_equal(dp_defrag_create(&ctx, &defrag), 0);
	return 0;
}

static int teardown(void **state)
{
	dp_defrag_destroy(&ctx, defrag);
	assert_int_equal(dp_slab_used_all(ctx.slab), 0); // nothing left behind
	dp_slab_destroy(ctx.slab);
	return 0;
}

static uint8_t pattern(uint32_t i)
{
	return (uint8_t)(i * 31 + (i >> 8));
}

/** One fragment [off, off+len) of datagram `id`, bytes by pattern() xor `with`. */
static enum dp_defrag_rc send4(uint32_t id, uint32_t off, uint32_t len, bool more, uint8_t with,
	struct dp_span *out, struct dp_pkt *p)
{
	uint8_t *ip = frame + 14;
	uint32_t total = 20 + len;
	uint16_t sum;

	memset(frame, 0, 34);
	frame[12] = 8;
	ip[0] = 0x45;
	ip[2] = (uint8_t)(total >> 8);
	ip[3] = (uint8_t)total;
	ip[4] = (uint8_t)(id >> 8);
	ip[5] = (uint8_t)id;
	ip[6] = (uint8_t)((more ? 0x20 : 0) | (off / 8) >> 8);
	ip[7] = (uint8_t)(off / 8);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
	sum = dp_csum_fold(dp_csum_add(0, ip, 20));
	memcpy(ip + 10, &sum, 2);
	for (uint32_t i = 0; i < len; i++)
		ip[20 + i] = pattern(off + i) ^ with;
	*p = (struct dp_pkt){.data = frame, .len = 14 + total, .wire_len = 14 + total, .linktype = 1};
	dp_decode(&ctx, p);
	assert_true(p->flags & DP_PF_FRAG);
	return dp_defrag_packet(defrag, &ctx, p, out);
}

static void check4(const struct dp_span *d, uint32_t payload)
{
	assert_int_equal(d->n, 20 + payload);
	assert_int_equal(d->p[2] << 8 | d->p[3], d->n);
	assert_int_equal(d->p[6] & 0x3f, 0);
	assert_int_equal(d->p[7], 0);
	for (uint32_t i = 0; i < payload; i++)
		assert_int_equal(d->p[20 + i], pattern(i));
}

static void every_order(void **state)
{
	// 5 pieces of 24 bytes and a last one of 5: all 720 orders.
	for (unsigned n = 0; n < 720; n++) {
		unsigned left[6] = {0, 1, 2, 3, 4, 5}, code = n;
		enum dp_defrag_rc rc = DP_DEFRAG_WAIT;
		struct dp_span d = {0};
		struct dp_pkt p;

		for (unsigned k = 6; k > 0; k--) {
			unsigned pick = code % k, piece = left[pick];

			code /= k;
			left[pick] = left[k - 1];
			rc = send4(n, piece * 24, piece == 5 ? 5 : 24, piece != 5, 0, &d, &p);
			assert_int_equal(rc, k == 1 ? DP_DEFRAG_DONE : DP_DEFRAG_WAIT);
		}
		check4(&d, 125);
		dp_defrag_judged(defrag, &ctx, false);
	}
	assert_int_equal(dp_defrag_count(defrag), 0);
	assert_int_equal(counters.defrag_ipv4_ok, 720);
}

static void the_whole_64k(void **state)
{
	struct dp_span d;
	struct dp_pkt p;
	uint32_t off = 0;

	for (; off + 1480 < 65515; off += 1480)
		assert_int_equal(send4(9, off, 1480, true, 0, &d, &p), DP_DEFRAG_WAIT);
	assert_int_equal(send4(9, off, 65515 - off, false, 0, &d, &p), DP_DEFRAG_DONE);
	check4(&d, 65515);
	dp_defrag_judged(defrag, &ctx, false);
	// One that would end beyond 65,535 is refused and said ("ping of death").
	assert_int_equal(send4(10, 65528, 16, false, 0, &d, &p), DP_DEFRAG_WAIT);
	assert_true(dp_pkt_event(&p, SIG_DE_IPV4_FRAG_PKT_TOO_LARGE));
}

static void inline_overlap_condemns(void **state)
{
	struct dp_span d;
	struct dp_pkt p;

	conf.inline_mode = true;
	assert_int_equal(send4(1, 0, 24, true, 0, &d, &p), DP_DEFRAG_WAIT);
	assert_int_equal(send4(1, 0, 24, true, 0, &d, &p), DP_DEFRAG_WAIT); // repetition is fine
	assert_int_equal(send4(1, 16, 16, true, 0, &d, &p), DP_DEFRAG_DROP);
	assert_int_equal(p.reason, DP_R_DEFRAG_ERROR);
	assert_true(dp_pkt_event(&p, SIG_DE_IPV4_FRAG_OVERLAP));
	assert_int_equal(send4(1, 24, 8, false, 0, &d, &p), DP_DEFRAG_DROP); // shares the fate
	assert_int_equal(send4(2, 0, 24, true, 0, &d, &p), DP_DEFRAG_WAIT);
	assert_int_equal(send4(2, 0, 24, true, 1, &d, &p), DP_DEFRAG_DROP); // same place, other bytes
	ctx.now_ns += UINT64_C(131000000000);
	assert_int_equal(send4(1, 0, 24, true, 0, &d, &p), DP_DEFRAG_WAIT); // forgotten in time
}

static void dropped_stays_dropped(void **state)
{
	struct dp_span d;
	struct dp_pkt p;

	conf.inline_mode = true;
	assert_int_equal(send4(1, 0, 24, true, 0, &d, &p), DP_DEFRAG_WAIT);
	assert_int_equal(send4(1, 24, 8, false, 0, &d, &p), DP_DEFRAG_DONE);
	dp_defrag_judged(defrag, &ctx, true);
	// Sending the missing piece again must not complete it at the receiver.
	assert_int_equal(send4(1, 24, 8, false, 0, &d, &p), DP_DEFRAG_DROP);
	assert_int_equal(dp_defrag_count(defrag), 1);
}

/** Two fragments of 32 bytes that overlap by 16; byte 20 tells who won. */
static uint8_t overlap_winner(uint8_t policy, uint32_t id, bool late_is_before)
{
	struct dp_span d = {0};
	struct dp_pkt p;

	conf.os_default[0] = policy;
	if (late_is_before) { // old [16,48), new [0,32)
		assert_int_equal(send4(id, 16, 32, false, 0, &d, &p), DP_DEFRAG_WAIT);
		assert_int_equal(send4(id, 0, 32, true, 0xff, &d, &p), DP_DEFRAG_DONE);
	} else { // old [0,32), new [16,48)
		assert_int_equal(send4(id, 0, 32, true, 0, &d, &p), DP_DEFRAG_WAIT);
		assert_int_equal(send4(id, 16, 32, false, 0xff, &d, &p), DP_DEFRAG_DONE);
	}
	assert_int_equal(d.n, 20 + 48);
	dp_defrag_judged(defrag, &ctx, false);
	return d.p[20 + 20] == pattern(20) ? 'o' : 'n';
}

static void passive_policies(void **state)
{
	assert_int_equal(overlap_winner(DP_OS_FIRST, 1, true), 'o');
	assert_int_equal(overlap_winner(DP_OS_FIRST, 2, false), 'o');
	assert_int_equal(overlap_winner(DP_OS_LAST, 3, true), 'n');
	assert_int_equal(overlap_winner(DP_OS_LAST, 4, false), 'n');
	assert_int_equal(overlap_winner(DP_OS_BSD, 5, true), 'n');
	assert_int_equal(overlap_winner(DP_OS_BSD, 6, false), 'o');
	assert_int_equal(overlap_winner(DP_OS_WINDOWS, 7, true), 'o');
	assert_int_equal(overlap_winner(DP_OS_WINDOWS, 8, false), 'o');
	assert_int_equal(overlap_winner(DP_OS_LINUX, 9, true), 'n');
	assert_int_equal(overlap_winner(DP_OS_LINUX, 10, false), 'o');
	assert_int_equal(overlap_winner(DP_OS_SOLARIS, 11, true), 'o');
	assert_int_equal(overlap_winner(DP_OS_SOLARIS, 12, false), 'o');
	assert_int_equal(overlap_winner(DP_OS_BSD_RIGHT, 13, true), 'o');
	assert_int_equal(overlap_winner(DP_OS_BSD_RIGHT, 14, false), 'n');
	assert_int_equal(overlap_winner(DP_OS_MACOS, 15, true), 'o');
}

static void ipv6_header_is_mended(void **state)
{
	static const uint8_t head[14] = {[12] = 0x86, [13] = 0xdd};
	struct dp_span d = {0};
	struct dp_pkt p;

	for (unsigned i = 0; i < 2; i++) {
		uint8_t *ip = frame + 14;

		memset(frame, 0, 128);
		memcpy(frame, head, 14);
		ip[0] = 0x60;
		ip[5] = 8 + 8 + 16; // hop-by-hop, fragment header, 16 bytes
		ip[7] = 64;
		ip[8] = 0x20;
		ip[24] = 0x20;
		ip[39] = (uint8_t)1;
		ip[40] = 44; // hop-by-hop: next is the fragment header
		ip[42] = 1;  // PadN of 4
		ip[43] = 4;
		ip[48] = 17;
		ip[51] = i ? 16 : 1; // offset 16, last; or offset 0, more
		ip[55] = 7;
		for (unsigned k = 0; k < 16; k++)
			ip[56 + k] = pattern(i * 16 + k);
		p = (struct dp_pkt){.data = frame, .len = 14 + 72, .wire_len = 14 + 72, .linktype = 1};
		dp_decode(&ctx, &p);
		assert_true(p.flags & DP_PF_FRAG);
		assert_int_equal(dp_defrag_packet(defrag, &ctx, &p, &d),
			i ? DP_DEFRAG_DONE : DP_DEFRAG_WAIT);
	}
	assert_int_equal(d.n, 40 + 8 + 32);
	assert_int_equal(d.p[5], 8 + 32);
	assert_int_equal(d.p[40], 17); // the hop-by-hop header now leads to UDP
	for (unsigned k = 0; k < 32; k++)
		assert_int_equal(d.p[48 + k], pattern(k));
	dp_defrag_judged(defrag, &ctx, false);
}

static void limits_hold(void **state)
{
	struct dp_span d;
	struct dp_pkt p;

	conf.defrag_max_datagrams = 100;
	for (uint32_t id = 0; id < 1000; id++)
		assert_int_equal(send4(id, 0, 24, true, 0, &d, &p), DP_DEFRAG_WAIT);
	assert_int_equal(dp_defrag_count(defrag), 100);
	assert_true(dp_pkt_event(&p, SIG_DE_IPV4_FRAG_IGNORED));
	conf.pol_defrag_memcap = DP_POL_DROP_PACKET;
	conf.simulate_ips = true; // where nothing is inline, nothing is dropped
	assert_int_equal(send4(5000, 0, 24, true, 0, &d, &p), DP_DEFRAG_DROP);
	assert_int_equal(p.reason, DP_R_DEFRAG_MEMCAP);
	ctx.now_ns += UINT64_C(200000000000);
	dp_defrag_expire(defrag, &ctx, 1000);
	assert_int_equal(dp_defrag_count(defrag), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(every_order), T(the_whole_64k), T(inline_overlap_condemns),
		T(dropped_stays_dropped), T(passive_policies), T(ipv6_header_is_mended),
		T(limits_hold),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
