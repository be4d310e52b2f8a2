/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <dp/condemned.h>

static struct dp_table *new_table(uint32_t slots)
{
	struct dp_table *t;
	void *mem = mmap(NULL, dp_table_bytes(slots), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_int_equal(dp_table_init(mem, slots, &t), 0);
	assert_ptr_equal(dp_table_at(mem, dp_table_bytes(slots)), t);
	return t;
}

static struct dp_table_entry entry(uint32_t n, enum dp_act act, uint64_t expires)
{
	struct dp_table_entry e = {.act = (uint8_t)act, .expires_ns = expires, .writer = 2, .tag = n};
	uint8_t src[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	uint8_t dst[4] = {192, 0, 2, 1};

	dp_key_flow(&e.key, 4, 6, src, dst, 1234, 80, NULL, 0);
	return e;
}

static void both_directions_are_one_flow(void **state)
{
	uint8_t a[16] = {1}, b[16] = {2};
	uint16_t vlan = 7;
	struct dp_key x, y;

	dp_key_flow(&x, 6, 17, a, b, 53, 999, &vlan, 1);
	dp_key_flow(&y, 6, 17, b, a, 999, 53, &vlan, 1);
	assert_memory_equal(&x, &y, sizeof(x));
	dp_key_flow(&x, 6, 17, a, a, 53, 999, &vlan, 1);
	dp_key_flow(&y, 6, 17, a, a, 999, 53, &vlan, 1);
	assert_memory_equal(&x, &y, sizeof(x));
}

static void put_get_expire_delete(void **state)
{
	struct dp_table *t = new_table(64);
	struct dp_table_entry e = entry(1, DP_ACT_DROP, 100), out;

	assert_true(dp_table_idle(t));
	assert_int_equal(dp_table_check(t, &e.key, 0), DP_ACT_NONE);
	assert_int_equal(dp_table_put(t, &e, 0), 0);
	assert_int_equal(dp_table_check(t, &e.key, 99), DP_ACT_DROP);
	assert_int_equal(dp_table_check(t, &e.key, 100), DP_ACT_NONE);
	e.act = DP_ACT_BYPASS;
	e.expires_ns = UINT64_MAX;
	assert_int_equal(dp_table_put(t, &e, 0), 0);
	assert_int_equal(dp_table_check(t, &e.key, 100), DP_ACT_BYPASS);
	unsigned found = 0;
	for (uint32_t i = 0; i < dp_table_slots(t); i++)
		found += dp_table_entry(t, i, 0, &out);
	assert_int_equal(found, 1);
	assert_int_equal(out.writer, 2);
	assert_int_equal(dp_table_del(t, &e.key), 0);
	assert_int_equal(dp_table_del(t, &e.key), -ENOENT);
	assert_int_equal(dp_table_check(t, &e.key, 0), DP_ACT_NONE);
}

static void hosts_condemn_their_flows(void **state)
{
	struct dp_table *t = new_table(64);
	struct dp_table_entry flow = entry(5, DP_ACT_BYPASS, UINT64_MAX), host = {0};

	assert_int_equal(dp_table_put(t, &flow, 0), 0);
	dp_key_host(&host.key, 4, flow.key.addr[1]);
	host.act = DP_ACT_DROP;
	host.expires_ns = UINT64_MAX;
	assert_int_equal(dp_table_put(t, &host, 0), 0);
	assert_int_equal(dp_table_check(t, &flow.key, 0), DP_ACT_DROP);
	assert_int_equal(dp_table_clear(t, 0), 1);
	assert_int_equal(dp_table_check(t, &flow.key, 0), DP_ACT_BYPASS);
}

static void full_neighbourhood_is_refused(void **state)
{
	struct dp_table *t = new_table(64);
	unsigned put = 0, refused = 0;

	for (uint32_t n = 0; n < 500; n++) {
		struct dp_table_entry e = entry(n, DP_ACT_DROP, 1000);

		int rc = dp_table_put(t, &e, 0);
		put += rc == 0;
		refused += rc == -ENOSPC;
	}
	assert_true(put <= 64 && put >= 48);
	assert_int_equal(put + refused, 500);
	// Expired ones make room again.
	struct dp_table_entry e = entry(9999, DP_ACT_DROP, 5000);
	assert_int_equal(dp_table_put(t, &e, 2000), 0);
	assert_int_equal(dp_table_check(t, &e.key, 2001), DP_ACT_DROP);
}

/** Writers are killed at random while they put; afterwards everything can still be written. */
static void killed_writers_wedge_nothing(void **state)
{
	struct dp_table *t = new_table(256);

	for (unsigned round = 0; round < 60; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (uint32_t n = 0;; n++) {
				struct dp_table_entry e = entry(n % 100, DP_ACT_DROP, UINT64_MAX);

				dp_table_put(t, &e, 0);
				if (n % 7 == 0)
					dp_table_del(t, &e.key);
			}
		}
		usleep(300 + round * 13); // the moment of death is meant to be arbitrary
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		dp_table_sweep(t, 2);
		dp_table_sweep(t, 0);
	}
	dp_table_clear(t, UINT16_MAX);
	for (uint32_t n = 0; n < 100; n++) {
		struct dp_table_entry e = entry(n, DP_ACT_BYPASS, UINT64_MAX);

		assert_int_equal(dp_table_put(t, &e, 0), 0);
		assert_int_equal(dp_table_get(t, &e.key, 0), DP_ACT_BYPASS);
	}
}

static uint32_t build_frame(uint8_t *f, unsigned vlans, bool v6)
{
	uint32_t at = 12;

	memset(f, 0, 200);
	for (unsigned i = 0; i < vlans; i++) {
		f[at] = 0x81;
		f[at + 3] = (uint8_t)(10 + i);
		at += 4;
	}
	f[at] = v6 ? 0x86 : 0x08;
	f[at + 1] = v6 ? 0xdd : 0;
	at += 2;
	if (v6) {
		f[at] = 0x60;
		f[at + 6] = 60; // destination options, then TCP
		f[at + 8] = 1;
		f[at + 24] = 2;
		at += 40;
		f[at] = 6;
		at += 8;
	} else {
		f[at] = 0x45;
		f[at + 9] = 6;
		f[at + 12] = 1;
		f[at + 16] = 2;
		at += 20;
	}
	f[at + 1] = 99;
	f[at + 3] = 80;
	f[at + 12] = 0x50;
	at += 20;
	memcpy(f + at, "payload", 7);
	return at + 7;
}

static void keys_of_frames(void **state)
{
	for (unsigned v = 0; v < 3; v++) {
		for (unsigned six = 0; six < 2; six++) {
			uint8_t f[200], other[200];
			uint32_t len = build_frame(f, v, six), off;
			struct dp_key k;

			assert_int_equal(dp_key_of_frame(&k, f, len, &off), 0);
			assert_int_equal(off, len - 7);
			assert_int_equal(k.ip_ver, six ? 6 : 4);
			assert_int_equal(k.n_vlan, v);
			assert_int_equal(k.port[0], 99);
			assert_int_equal(k.port[1], 80);
			memcpy(other, f, sizeof(other));
			other[len - 27 + 1] = 98; // another source port, the same payload
			assert_int_equal(dp_payload_digest(f, len), dp_payload_digest(other, len));
			for (uint32_t cut = 0; cut < len; cut++) {
				uint8_t *copy = malloc(cut + 1);

				memcpy(copy, f, cut);
				dp_key_of_frame(&k, copy, cut, &off);
				dp_payload_digest(copy, cut);
				free(copy);
			}
		}
	}
}

/* A ping and its answer are one flow, other messages between the same hosts are others. */
static void kinds_of_icmp(void **state)
{
	static const uint8_t types[] = {8, 0, 3, 13, 14, 11};
	struct dp_key k[6], whole;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		uint8_t f[64] = {[12] = 0x08, [14] = 0x45, [23] = 1};
		bool back = types[i] == 0 || types[i] == 14;

		f[back ? 33 : 29] = 1;
		f[back ? 29 : 33] = 2;
		f[34] = types[i];
		assert_int_equal(dp_key_of_frame(&k[i], f, sizeof(f), NULL), 0);
		f[21] = 1; // the same as a later fragment: no message to be seen
		assert_int_equal(dp_key_of_frame(&whole, f, sizeof(f), NULL), 0);
		assert_int_equal(whole.port[0] | whole.port[1], 0);
	}
	assert_memory_equal(&k[0], &k[1], sizeof(k[0]));
	assert_memory_equal(&k[3], &k[4], sizeof(k[0]));
	assert_memory_not_equal(&k[0], &k[2], sizeof(k[0]));
	assert_memory_not_equal(&k[0], &k[3], sizeof(k[0]));
	assert_memory_not_equal(&k[2], &k[5], sizeof(k[0]));
	assert_memory_not_equal(&k[1], &whole, sizeof(k[0]));
	assert_int_equal(dp_icmp_counterpart(58, 135), 136);
	assert_int_equal(dp_icmp_counterpart(58, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_flow),
		cmocka_unit_test(put_get_expire_delete),
		cmocka_unit_test(hosts_condemn_their_flows),
		cmocka_unit_test(full_neighbourhood_is_refused),
		cmocka_unit_test(killed_writers_wedge_nothing),
		cmocka_unit_test(keys_of_frames),
		cmocka_unit_test(kinds_of_icmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
