/* SPDX-License-Identifier: Apache-2.0 */
#include "../decode/frames.h"
#include <dp/decode.h>
#include <dp/flow.h>
#include <dp/slab.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct dp_conf conf;
static struct dp_counters cnt;
static struct dp_ctx ctx = {.conf = &conf, .cnt = &cnt};
static struct dp_flow_table *table;
static struct dp_pkt p;
static struct frame f;
static unsigned ended[4];

static void on_end(void *arg, struct dp_flow *flow, enum dp_flow_end_reason why)
{
	(void)arg;
	(void)flow;
	ended[why]++;
}

static int setup(void **state)
{
	(void)state;
	dp_conf_default(&conf);
	conf.max_flows = 64;
	conf.memory_bytes = 16 << 20;
	memset(ended, 0, sizeof(ended));
	ctx.now_ns = UINT64_C(1000000000000);
	dp_slab_create(conf.memory_bytes, &ctx.slab);
	return dp_flow_table_create(&ctx, on_end, NULL, &table);
}

static int teardown(void **state)
{
	(void)state;
	dp_flow_table_destroy(table);
	assert_int_equal(dp_slab_used_all(ctx.slab), 0);
	for (unsigned i = 0; i < DP_MEM__COUNT; i++) // what was taken on one account is given back there
		assert_int_equal(dp_slab_used(ctx.slab, (enum dp_mem)i), 0);
	dp_slab_destroy(ctx.slab);
	return 0;
}

static struct dp_flow *look(void)
{
	p.data = f.b;
	p.len = p.wire_len = f.n;
	p.linktype = 1;
	p.ts_ns = ctx.now_ns;
	dp_decode(&ctx, &p);
	dp_flow_lookup(table, &ctx, &p);
	return p.flow;
}

static void turn(void) /* source and destination of the IPv4 packet in f */
{
	uint8_t a[4];

	memcpy(a, f.b + 26, 4);
	memcpy(f.b + 26, f.b + 30, 4);
	memcpy(f.b + 30, a, 4);
}

static struct dp_flow *udp_packet(unsigned sp, unsigned dp, bool back)
{
	f.n = 0;
	eth(&f, 0x0800);
	ipv4(&f, 17, 8 + 4);
	udp(&f, sp, dp, 4);
	put(&f, "data", 4);
	if (back)
		turn();
	return look();
}

static struct dp_flow *icmp_packet(unsigned type, bool back)
{
	f.n = 0;
	eth(&f, 0x0800);
	ipv4(&f, 1, 8);
	put8(&f, type);
	put(&f, "\0\0\0\0\1\0\1", 7);
	if (back)
		turn();
	return look();
}

static void both_directions(void **state)
{
	struct dp_flow *a = udp_packet(1000, 53, false), *b;

	(void)state;
	assert_non_null(a);
	assert_int_equal(p.dir, SIG_DIR_TO_SERVER);
	assert_int_equal(a->state, DP_FLOW_NEW);
	b = udp_packet(53, 1000, true);
	assert_ptr_equal(a, b);
	assert_int_equal(p.dir, SIG_DIR_TO_CLIENT);
	assert_int_equal(a->state, DP_FLOW_ESTABLISHED);
	assert_true(p.flags & DP_PF_EST);
	assert_int_equal(a->pkts[0], 1);
	assert_int_equal(a->pkts[1], 1);
	assert_ptr_not_equal(udp_packet(1001, 53, false), a);
	assert_int_equal(dp_flow_count(table), 2);
}

static void icmp(void **state)
{
	struct dp_flow *a = icmp_packet(8, false), *u;

	(void)state;
	assert_ptr_equal(icmp_packet(0, true), a);
	assert_int_equal(p.dir, SIG_DIR_TO_CLIENT);
	assert_int_equal(a->icmp_type[1], 0);
	// an error about a flow joins it, opens none, and is no answer
	u = udp_packet(1000, 53, false);
	f.n = 0;
	eth(&f, 0x0800);
	ipv4(&f, 1, 8 + 28);
	put(&f, "\3\3\0\0\0\0\0\0", 8);
	ipv4(&f, 17, 8);
	udp(&f, 1000, 53, 0);
	turn();
	assert_ptr_equal(look(), u);
	assert_int_equal(p.dir, SIG_DIR_TO_CLIENT);
	assert_int_equal(u->state, DP_FLOW_NEW);
	f.b[f.n - 7] = 99; // quotes a flow that is not there
	assert_null(look());
	assert_int_equal(dp_flow_count(table), 2);
}

static void vlans_apart(void **state)
{
	struct dp_flow *a = udp_packet(1000, 53, false), *b;
	struct frame tagged = {.n = 0};

	(void)state;
	eth(&tagged, 0x8100);
	put32(&tagged, 0x00070800);
	put(&tagged, f.b + 14, f.n - 14);
	f = tagged;
	b = look();
	assert_ptr_not_equal(a, b);
	assert_int_equal(b->vlan[0], 7);
}

static void timeouts(void **state)
{
	(void)state;
	udp_packet(1000, 53, false);
	ctx.now_ns += UINT64_C(20000000000);
	udp_packet(1001, 53, false);
	udp_packet(53, 1001, true);
	assert_int_equal(dp_flow_expire(table, &ctx, 100), 0);
	ctx.now_ns += UINT64_C(15000000000); // 35 s after the first, 15 s after the second
	dp_flow_expire(table, &ctx, 100);
	assert_int_equal(ended[DP_FLOW_END_TIMEOUT], 1);
	assert_int_equal(dp_flow_count(table), 1);
	ctx.now_ns += UINT64_C(301000000000);
	udp_packet(1001, 53, false); // found too late: another flow
	assert_int_equal(ended[DP_FLOW_END_TIMEOUT], 2);
	assert_int_equal(dp_flow_count(table), 1);
}

static void full_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		udp_packet(2000 + i, 53, false);
		udp_packet(53, 2000 + i, true);
	}
	assert_int_equal(dp_flow_count(table), 64);
	conf.pol_flow_memcap = DP_POL_DROP_PACKET;
	conf.simulate_ips = true;
	assert_null(udp_packet(3000, 53, false)); // live conversations stay
	assert_int_equal(p.verdict, DP_DROP);
	assert_int_equal(p.reason, DP_R_FLOW_MEMCAP);
	conf.pol_flow_memcap = DP_POL_IGNORE;
	assert_null(udp_packet(3000, 53, false));
	assert_int_equal(p.verdict, DP_FORWARD);
	assert_int_equal(p.reason, DP_R_RESOURCE);
	assert_int_equal(ended[DP_FLOW_END_FORCED], 0);
}

static void full_table_evicts_unanswered(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		assert_non_null(udp_packet(2000 + i, 53, false));
	assert_int_equal(dp_flow_count(table), 64);
	assert_int_equal(ended[DP_FLOW_END_FORCED], 136);
}

static void expectations(void **state)
{
	struct dp_flow *parent = udp_packet(1000, 21, false), *child;
	union dp_addr server = parent->addr[1];

	(void)state;
	assert_int_equal(dp_flow_expect(table, &ctx, parent, &server, 5000, SIG_PROTO_FTP_DATA,
		SIG_DIR_TO_CLIENT, "name", 4, 30), 0);
	assert_false(udp_packet(1001, 5001, false)->flags & DP_FF_EXPECTED);
	child = udp_packet(1002, 5000, false);
	assert_true(child->flags & DP_FF_EXPECTED);
	assert_int_equal(child->parent_id, parent->id);
	assert_int_equal(child->expect_proto, SIG_PROTO_FTP_DATA);
	assert_memory_equal(child->expect_token, "name", 4);
	assert_false(udp_packet(1003, 5000, false)->flags & DP_FF_EXPECTED); // met once
	dp_flow_expect(table, &ctx, parent, &server, 6000, SIG_PROTO_FTP_DATA, SIG_DIR_TO_CLIENT,
		NULL, 0, 30);
	ctx.now_ns += UINT64_C(31000000000);
	assert_false(udp_packet(1004, 6000, false)->flags & DP_FF_EXPECTED); // too late
}

static void many_sizes(void **state)
{
	void *block[300];
	size_t size[300];
	uint32_t s = 5;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		s = s * 1664525u + 1013904223u;
		size[i] = 1 + (s >> 8) % (i < 290 ? 5000 : 1 << 20);
		block[i] = dp_slab_alloc(ctx.slab, DP_MEM_APP, size[i]);
		if (block[i] == NULL)
			continue;
		assert_int_equal((uintptr_t)block[i] % 16, 0);
		memset(block[i], (int)i, size[i]);
	}
	for (unsigned i = 0; i < 300; i++) {
		if (block[i] == NULL)
			continue;
		for (size_t k = 0; k < size[i]; k += 97)
			assert_int_equal(((uint8_t *)block[i])[k], (uint8_t)i);
		dp_slab_free(ctx.slab, DP_MEM_APP, block[i], size[i]);
	}
	assert_null(dp_slab_alloc(ctx.slab, DP_MEM_APP, (4 << 20) + 1));
	dp_slab_limit(ctx.slab, DP_MEM_FILE, 100);
	assert_null(dp_slab_alloc(ctx.slab, DP_MEM_FILE, 200));
	assert_int_equal(dp_slab_failures(ctx.slab, DP_MEM_FILE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_directions, setup, teardown),
		cmocka_unit_test_setup_teardown(icmp, setup, teardown),
		cmocka_unit_test_setup_teardown(vlans_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(timeouts, setup, teardown),
		cmocka_unit_test_setup_teardown(full_table, setup, teardown),
		cmocka_unit_test_setup_teardown(full_table_evicts_unanswered, setup, teardown),
		cmocka_unit_test_setup_teardown(expectations, setup, teardown),
		cmocka_unit_test_setup_teardown(many_sizes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
