/* SPDX-License-Identifier: Apache-2.0 */
/* Responses, byte by byte: every envelope, both directions, and everything that must stay silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dp/flow.h>
#include <dp/respond.h>
#include <dp/slab.h>
#include <string.h>

/* ---- surroundings ---- */

struct sent {
	uint8_t bytes[1024];
	uint32_t len;
	uint8_t side;
};

static struct sent sent[8];
static unsigned n_sent;
static uint8_t slot[1024];
static bool out_of_buffers;

static void *fake_alloc(void *ctx, uint8_t wire, uint32_t len, uint8_t **data)
{
	assert_true(len <= sizeof(slot));
	*data = slot;
	return out_of_buffers ? NULL : slot;
}

static void fake_free(void *ctx, void *buf)
{
	assert_ptr_equal(buf, slot);
}

static int fake_send(void *ctx, uint8_t wire, uint8_t side, void *buf, uint32_t len)
{
	struct sent *s = &sent[n_sent++ % 8];

	assert_int_equal(wire, 3);
	memcpy(s->bytes, buf, len);
	s->len = len;
	s->side = side;
	return 0;
}

void dp_stream_reset_numbers(const struct dp_flow *f, const struct dp_pkt *p,
	struct dp_stream_rst *out)
{
	*out = (struct dp_stream_rst){.seq_to_server = 0xfffffff0, .ack_to_server = 0x01020304,
		.seq_to_client = 0x0a0b0c0d, .ack_to_client = 7};
}

static struct dp_io io = {.alloc = fake_alloc, .free = fake_free, .send = fake_send};
static struct dp_counters counters;
static struct dp_conf conf = {.max_resets_per_s = 1000};
static struct dp_ctx ctx = {.conf = &conf, .cnt = &counters, .io = &io, .now_ns = 1000000000};
static struct dp_respond *respond;

static int setup(void **state)
{
	n_sent = 0;
	out_of_buffers = false;
	memset(&counters, 0, sizeof(counters));
	assert_int_equal(dp_slab_create(16 << 20, &ctx.slab), 0);
	assert_int_equal(dp_respond_create(&ctx, &respond), 0);
	return 0;
}

static int teardown(void **state)
{
	dp_respond_destroy(&ctx, respond);
	dp_slab_destroy(ctx.slab);
	return 0;
}

/* ---- frames ---- */

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xa}, mac_b[6] = {2, 0, 0, 0, 0, 0xb};

/** An envelope in hexadecimal-like array, then an IPv4 or IPv6 header and 20 bytes of TCP. */
struct conversation {
	uint8_t frame[256];
	struct dp_flow flow;
	struct dp_pkt pkt;
};

static void talk(struct conversation *c, const uint8_t *env, uint32_t env_len, unsigned ip_ver)
{
	uint32_t ip_len = ip_ver == 4 ? 20 : 40;
	struct dp_pkt *p = &c->pkt;

	memset(c, 0, sizeof(*c));
	memcpy(c->frame, env, env_len);
	*p = (struct dp_pkt){.data = c->frame, .len = env_len + ip_len + 20, .linktype = 1, .wire = 3,
		.side = 1, .ip_ver = (uint8_t)ip_ver, .ip_off = (uint16_t)env_len, .ip_proto = 6,
		.ttl = 57, .tos = 0x28, .sp = 40000, .dp = 80, .flow = &c->flow,
		.dir = SIG_DIR_TO_SERVER, .reject = DP_RESPOND_SENDER | DP_RESPOND_RECEIVER};
	p->src.b[0] = 10;
	p->src.b[3] = 1;
	p->dst.b[0] = 10;
	p->dst.b[3] = 2;
	c->flow.flags = DP_FF_HANDSHAKE;
	c->flow.pkts[0] = 1;
	c->flow.ip_ver = (uint8_t)ip_ver;
	dp_respond_learn(p);
}

static uint32_t ones_sum(uint32_t sum, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t rd(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/** The TCP reset that starts at ip[0] has these numbers and right checksums. */
static void check_rst(const uint8_t *ip, unsigned ver, uint32_t seq, uint32_t ack, uint32_t sport)
{
	uint32_t al = ver == 4 ? 4 : 16, hl = ver == 4 ? 20 : 40;
	const uint8_t *src = ip + (ver == 4 ? 12 : 8), *t = ip + hl;
	uint32_t sum;

	assert_int_equal(ip[0] >> 4, ver);
	assert_int_equal(rd(t, 2), sport);
	assert_int_equal(rd(t + 4, 4), seq);
	assert_int_equal(rd(t + 8, 4), ack);
	assert_int_equal(t[12], 0x50);
	assert_int_equal(t[13], 0x14);
	assert_int_equal(rd(t + 14, 2), 0);
	sum = ones_sum(0, src, 2 * al) + 6 + 20;
	assert_int_equal(ones_sum(sum, t, 20), 0xffff);
	if (ver == 4) {
		assert_int_equal(ones_sum(0, ip, 20), 0xffff);
		assert_int_equal(rd(ip + 2, 2), 40);
	} else {
		assert_int_equal(rd(ip + 4, 2), 20);
	}
}

static uint32_t ether(uint8_t *b, const uint8_t *dst, const uint8_t *src, uint32_t type)
{
	memcpy(b, dst, 6);
	memcpy(b + 6, src, 6);
	b[12] = (uint8_t)(type >> 8);
	b[13] = (uint8_t)type;
	return 14;
}

static uint32_t tag(uint8_t *b, uint32_t at, uint32_t tci, uint32_t type)
{
	b[at] = (uint8_t)(tci >> 8);
	b[at + 1] = (uint8_t)tci;
	b[at + 2] = (uint8_t)(type >> 8);
	b[at + 3] = (uint8_t)type;
	return at + 4;
}

static uint32_t outer_ip4(uint8_t *b, uint32_t at, uint8_t proto)
{
	memset(b + at, 0, 20);
	b[at] = 0x45;
	b[at + 8] = 64;
	b[at + 9] = proto;
	memcpy(b + at + 12, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
	return at + 20;
}

/* ---- tests ---- */

static void both_sides_ipv4(void **state)
{
	struct conversation c;
	uint8_t env[96];

	talk(&c, env, ether(env, mac_b, mac_a, 0x0800), 4);
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(n_sent, 2);
	// To the sender: back out of the port it came in by, as if from the server.
	assert_int_equal(sent[0].side, 1);
	assert_memory_equal(sent[0].bytes, mac_a, 6);
	assert_memory_equal(sent[0].bytes + 6, mac_b, 6);
	check_rst(sent[0].bytes + 14, 4, 0x0a0b0c0d, 7, 80);
	assert_memory_equal(sent[0].bytes + 26, "\x0a\0\0\x02\x0a\0\0\x01", 8);
	// To the receiver: onward, as if from the client, with the client's TTL and TOS.
	assert_int_equal(sent[1].side, 0);
	assert_memory_equal(sent[1].bytes, mac_b, 6);
	check_rst(sent[1].bytes + 14, 4, 0xfffffff0, 0x01020304, 40000);
	assert_int_equal(sent[1].bytes[14 + 8], 57);
	assert_int_equal(sent[1].bytes[14 + 1], 0x28);
	assert_int_equal(sent[1].len, 60); // padded to the shortest Ethernet frame
	assert_int_equal(counters.resp_rst, 2);
}

static void both_sides_ipv6(void **state)
{
	struct conversation c;
	uint8_t env[96];

	talk(&c, env, ether(env, mac_b, mac_a, 0x86dd), 6);
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(n_sent, 2);
	check_rst(sent[0].bytes + 14, 6, 0x0a0b0c0d, 7, 80);
	check_rst(sent[1].bytes + 14, 6, 0xfffffff0, 0x01020304, 40000);
	assert_int_equal(sent[1].len, 74);
}

static void qinq_keeps_tags_of_each_direction(void **state)
{
	struct conversation c;
	uint8_t env[96], back[96];
	uint32_t n = ether(env, mac_b, mac_a, 0x88a8);

	n = tag(env, n, 0x2064, 0x8100);
	n = tag(env, n, 0x00c8, 0x0800);
	talk(&c, env, n, 4);
	// The other direction carries one tag only, another priority: what was seen there counts.
	n = tag(back, ether(back, mac_a, mac_b, 0x8100), 0xe0c8, 0x0800);
	memcpy(c.flow.env[1], back, n);
	c.flow.env_len[1] = (uint8_t)n;
	c.flow.pkts[1] = 1;
	c.flow.last_ttl[1] = 33;
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_memory_equal(sent[0].bytes, back, n);
	check_rst(sent[0].bytes + n, 4, 0x0a0b0c0d, 7, 80);
	assert_int_equal(sent[0].bytes[n + 8], 33);
	assert_memory_equal(sent[1].bytes, env, 22);
	check_rst(sent[1].bytes + 22, 4, 0xfffffff0, 0x01020304, 40000);
}

static void pppoe_length_fits(void **state)
{
	struct conversation c;
	uint8_t env[96];
	uint32_t n = ether(env, mac_b, mac_a, 0x8864);

	memcpy(env + n, "\x11\x00\x12\x34\x00\x00\x00\x21", 8);
	talk(&c, env, n + 8, 4);
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(rd(sent[0].bytes + 18, 2), 42);
	check_rst(sent[0].bytes + 22, 4, 0x0a0b0c0d, 7, 80);
}

static void gre_and_outer_ip_are_mended(void **state)
{
	struct conversation c;
	uint8_t env[96];
	uint32_t n = outer_ip4(env, ether(env, mac_b, mac_a, 0x0800), 47);

	memcpy(env + n, "\x80\x00\x08\x00\x00\x00\x00\x00", 8); // with checksum
	talk(&c, env, n + 8, 4);
	dp_respond_packet(respond, &ctx, &c.pkt);
	// Mirrored: outer addresses exchanged, length and checksums right.
	assert_memory_equal(sent[0].bytes + 26, "\xc0\x00\x02\x02\xc0\x00\x02\x01", 8);
	assert_int_equal(rd(sent[0].bytes + 16, 2), 20 + 8 + 40);
	assert_int_equal(ones_sum(0, sent[0].bytes + 14, 20), 0xffff);
	assert_int_equal(ones_sum(0, sent[0].bytes + 34, 48), 0xffff);
	check_rst(sent[0].bytes + 42, 4, 0x0a0b0c0d, 7, 80);
}

static void vxlan_inner_frame(void **state)
{
	struct conversation c;
	uint8_t env[96];
	uint32_t n = outer_ip4(env, ether(env, mac_b, mac_a, 0x0800), 17);

	memcpy(env + n, "\xd0\x00\x12\xb5\x00\x00\xab\xcd\x08\x00\x00\x00\x00\x00\x2a\x00", 16);
	n += 16;
	n += ether(env + n, mac_a, mac_b, 0x0800);
	talk(&c, env, n, 4);
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(rd(sent[0].bytes + 38, 2), 8 + 8 + 14 + 40); // UDP length
	assert_int_equal(rd(sent[0].bytes + 40, 2), 0);               // UDP checksum: none
	assert_memory_equal(sent[0].bytes + 50, mac_b, 6);            // inner MACs exchanged
	check_rst(sent[0].bytes + n, 4, 0x0a0b0c0d, 7, 80);
}

static void stays_silent(void **state)
{
	struct conversation c;
	uint8_t env[96];
	uint32_t n = ether(env, mac_b, mac_a, 0x0800);

	talk(&c, env, n, 4);
	c.pkt.tcp.flags = 0x04; // never answer a reset
	dp_respond_packet(respond, &ctx, &c.pkt);
	talk(&c, env, n, 4);
	c.flow.flags = 0; // handshake not seen
	dp_respond_packet(respond, &ctx, &c.pkt);
	talk(&c, env, n, 4);
	c.flow.flags |= DP_FF_MIDSTREAM;
	dp_respond_packet(respond, &ctx, &c.pkt);
	talk(&c, env, n, 4);
	c.pkt.flow = NULL;
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(n_sent, 0);
	assert_int_equal(counters.resp_suppressed, 4);
	talk(&c, env, n, 4);
	c.pkt.reject = 0;
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(n_sent, 0);
	assert_int_equal(counters.resp_suppressed, 4);
}

static void no_buffer_is_counted(void **state)
{
	struct conversation c;
	uint8_t env[96];

	talk(&c, env, ether(env, mac_b, mac_a, 0x0800), 4);
	out_of_buffers = true;
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(counters.resp_no_buffer, 2);
	assert_int_equal(counters.resp_rst, 0);
}

static void rate_is_limited(void **state)
{
	struct conversation c;
	uint8_t env[96];

	talk(&c, env, ether(env, mac_b, mac_a, 0x0800), 4);
	c.pkt.reject = DP_RESPOND_SENDER;
	for (unsigned i = 0; i < 1000; i++)
		dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(counters.resp_rst, 2 * DP_RESPOND_PER_HOST);
	assert_int_equal(counters.resp_suppressed, 1000 - 2 * DP_RESPOND_PER_HOST);
	ctx.now_ns += 1000000000;
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(counters.resp_rst, 2 * DP_RESPOND_PER_HOST + 1);
}

static void udp_gets_one_unreachable(void **state)
{
	struct conversation c;
	uint8_t env[96];
	uint32_t n = ether(env, mac_b, mac_a, 0x0800);
	const uint8_t *ip;

	talk(&c, env, n, 4);
	c.pkt.ip_proto = 17;
	c.pkt.ip_total_len = 28;
	memset(c.frame + n, 0xee, 28);
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(n_sent, 1);
	assert_int_equal(sent[0].side, 1);
	ip = sent[0].bytes + 14;
	assert_int_equal(rd(ip + 2, 2), 20 + 8 + 28);
	assert_int_equal(ip[9], 1);
	assert_int_equal(ip[20], 3);
	assert_int_equal(ip[21], 3);
	assert_int_equal(ones_sum(0, ip + 20, 36), 0xffff);
	assert_memory_equal(ip + 28, c.frame + n, 28);
	assert_int_equal(counters.resp_icmp, 1);
	// An ICMP error and a multicast datagram are not answered.
	c.pkt.ip_proto = 1;
	c.pkt.icmp_type = 3;
	dp_respond_packet(respond, &ctx, &c.pkt);
	c.pkt.ip_proto = 17;
	c.pkt.dst.b[0] = 239;
	dp_respond_packet(respond, &ctx, &c.pkt);
	assert_int_equal(n_sent, 1);
	assert_int_equal(counters.resp_suppressed, 2);
}

static void hostile_envelopes_are_refused(void **state)
{
	struct conversation c;
	uint8_t env[96];

	// Every length and every value of one byte: either a right frame or none at all, no crash.
	for (uint32_t len = 0; len <= sizeof(env); len++) {
		for (unsigned v = 0; v < 256; v++) {
			memset(env, (int)v, sizeof(env));
			ether(env, mac_b, mac_a, v & 1 ? 0x0800 : 0x8847);
			talk(&c, env, len, 4);
			ctx.now_ns += 1000000000;
			dp_respond_packet(respond, &ctx, &c.pkt);
		}
	}
	assert_int_equal(counters.resp_rst + counters.resp_suppressed, 97 * 256 * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(both_sides_ipv4), T(both_sides_ipv6), T(qinq_keeps_tags_of_each_direction),
		T(pppoe_length_fits), T(gre_and_outer_ip_are_mended), T(vxlan_inner_frame),
		T(stays_silent), T(no_buffer_is_counted), T(rate_is_limited),
		T(udp_gets_one_unreachable), T(hostile_envelopes_are_refused),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
