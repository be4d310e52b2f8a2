/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"
#include <dp/slab.h>
#include <sig/compile.h>
#include <sig/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA (256u << 20)

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "harness: %s\n", what);
	abort();
}

struct bench *bench_create(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (!b)
		give_up("memory");
	dp_conf_default(&b->conf);
	b->conf.max_alerts = 255;
	b->ctx.conf = &b->conf;
	b->ctx.cnt = &b->cnt;
	b->ctx.now_ns = UINT64_C(1700000000000000000);
	if (dp_slab_create(ARENA, &b->ctx.slab) || dp_detect_create(&b->ctx, &b->d))
		give_up("detection state");
	return b;
}

void bench_destroy(struct bench *b)
{
	struct dp_ruleset *old = NULL;

	dp_detect_adopt(b->d, DP_LAYER_VENDOR, NULL, 0, &old);
	dp_ruleset_close(old);
	dp_detect_destroy(b->d);
	dp_slab_destroy(b->ctx.slab);
	free(b);
}

static int compile(const char *text, uint32_t *bad)
{
	const struct sig_load_options lo = {.data_dir = "."};
	const struct sig_compile_opts co = {.cache_dir = "", .threads = 1};
	struct sig_compile_report rep = {0};
	struct sig_ruleset *set = NULL;
	int fd = memfd_create("rules", MFD_CLOEXEC);

	*bad = 1;
	if (fd < 0 || sig_ruleset_load_text("test", text, strlen(text), &lo, &set) || !set)
		give_up("rules do not load at all");
	if (getenv("SEKISHO_TEST_VERBOSE"))
		for (size_t i = 0; i < set->errors_n; i++)
			fprintf(stderr, "%u:%u '%s': %s\n", set->error[i].line,
				set->error[i].column, set->error[i].token, set->error[i].sentence);
	*bad = set->refused + set->skipped;
	if (sig_compile(set, &co, fd, &rep)) {
		close(fd);
		fd = -1;
	}
	*bad += rep.rejected_n;
	sig_compile_report_fini(&rep);
	sig_ruleset_destroy(set);
	return fd;
}

int bench_image(const char *text)
{
	uint32_t bad;

	return compile(text, &bad);
}

static struct dp_ruleset *opened(const char *text, uint32_t *bad)
{
	struct dp_ruleset *rs = NULL;
	char err[256] = "";
	int fd = compile(text, bad);

	if (fd < 0 || dp_ruleset_open_fd(fd, &rs, err, sizeof(err))) {
		fprintf(stderr, "%s\n", err);
		give_up("image does not open");
	}
	close(fd);
	return rs;
}

struct dp_ruleset *bench_ruleset(const char *text)
{
	uint32_t bad;

	return opened(text, &bad);
}

bool bench_rules(struct bench *b, const char *text)
{
	struct dp_ruleset *rs = opened(text, &b->rejected), *old = NULL;

	if (dp_detect_prepare(b->d, rs))
		give_up("no memory for rules");
	dp_detect_adopt(b->d, DP_LAYER_VENDOR, rs, 1, &old);
	dp_ruleset_close(old);
	b->rs = rs;
	return b->rejected == 0;
}

void bench_udp(struct dp_pkt *p, uint8_t *buf, const void *payload, uint32_t n)
{
	static const uint8_t ip[20] = {0x45, 0, 0, 0, 0x12, 0x34, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 192, 0,
		2, 1};
	const uint16_t total = (uint16_t)(28 + n);

	memset(p, 0, sizeof(*p));
	memcpy(buf, ip, sizeof(ip));
	buf[2] = (uint8_t)(total >> 8);
	buf[3] = (uint8_t)total;
	memset(buf + 20, 0, 8);
	if (n)
		memcpy(buf + 28, payload, n);
	p->data = buf;
	p->len = p->wire_len = total;
	p->linktype = 101;
	p->flags = DP_PF_IPV4;
	p->ip_ver = 4;
	p->ip_proto = 17;
	p->ip_hdr_len = 20;
	p->ip_total_len = total;
	p->ip_id = 0x1234;
	p->ttl = 64;
	p->l4_off = 20;
	p->l4_hdr_len = 8;
	memcpy(p->src.b, ip + 12, 4);
	memcpy(p->dst.b, ip + 16, 4);
	p->sp = 1111;
	p->dp = 53;
	p->payload = (struct dp_span){buf + 28, n};
}

unsigned bench_run(struct bench *b, struct dp_pkt *p)
{
	p->alerts = b->alerts;
	p->n_alerts = 0;
	dp_detect_packet(b->d, NULL, p);
	return p->n_alerts;
}

uint32_t bench_sid(const struct bench *b, const struct dp_pkt *p, unsigned i)
{
	return dp_ruleset_image(b->rs)->sig[p->alerts[i].sig].sid;
}

bool bench_hit(const struct bench *b, const struct dp_pkt *p, uint32_t sid)
{
	for (unsigned i = 0; i < p->n_alerts; i++)
		if (bench_sid(b, p, i) == sid)
			return true;
	return false;
}
