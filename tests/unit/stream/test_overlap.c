/* SPDX-License-Identifier: Apache-2.0 */
/* Segments that overlap: whose bytes count, inline and as the receiver's system has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "readers.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_copy_wins),
		cmocka_unit_test(receivers_system),
		cmocka_unit_test(systems_by_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
