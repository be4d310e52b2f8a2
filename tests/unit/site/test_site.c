/* SPDX-License-Identifier: Apache-2.0 */
/** A site's configuration: what is applied, what is noted, how settings combine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <ctl/site.h>
#include <sig/proto.h>

static const char text[] =
	"%YAML 1.1\n"
	"---\n"
	"vars:\n"
	"  address-groups:\n"
	"    HOME_NET: \"[10.0.0.0/8]\"\n"
	"stream:\n"
	"  midstream: true\n"
	"  reassembly:\n"
	"    depth: 2 MiB\n"
	"    urgent:\n"
	"      policy: gap\n"
	"  memcap-policy: pass-flow\n"
	"exception-policy: bypass\n"
	"app-layer:\n"
	"  protocols:\n"
	"    smb:\n"
	"      enabled: no\n"
	"    http:\n"
	"      libhtp:\n"
	"        default-config:\n"
	"          request-body-limit: 1kb\n"
	"logging:\n"
	"  default-log-level: notice\n"
	"no-such: 5\n"
	"outputs:\n"
	"  - fast:\n"
	"      enabled: yes\n"
	"  - eve-log:\n"
	"      enabled: yes\n"
	"      filename: one.json\n"
	"      community-id: yes\n"
	"      types:\n"
	"        - alert:\n"
	"            payload: yes\n"
	"            payload-buffer-size: 8kb\n"
	"            metadata:\n"
	"              rule:\n"
	"                raw: yes\n"
	"        - dns\n"
	"        - files\n"
	"        - anomaly:\n"
	"            types:\n"
	"              decode: yes\n"
	"  - eve-log:\n"
	"      enabled: no\n";

static void load(struct ctl_site *s, const char *yaml)
{
	char path[] = "/tmp/ctl-site-XXXXXX", err[200] = "";
	int fd = mkstemp(path);

	assert_int_equal(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
	close(fd);
	assert_int_equal(ctl_site_load(s, path, err, sizeof(err)), 0);
	unlink(path);
}

static void test_load(void **state)
{
	struct ctl_eve_options *o;
	struct ctl_site s;

	ctl_site_init(&s);
	load(&s, text);
	ctl_site_finish(&s);
	assert_true(s.conf.midstream);
	assert_int_equal(s.conf.stream_depth, 2 << 20);
	assert_int_equal(s.conf.urgent_policy, 3);
	assert_int_equal(s.conf.http_request_body_limit, 1024);
	assert_true(s.conf.app_off[0][SIG_PROTO_SMB]);
	assert_false(s.conf.app_off[0][SIG_PROTO_DNS]);
	assert_int_equal(s.conf.pol_stream_memcap, DP_POL_PASS_FLOW);
	assert_int_equal(s.conf.pol_defrag_memcap, DP_POL_BYPASS);
	assert_int_equal(s.eves, 1);
	o = &s.eve[0].opt;
	assert_string_equal(s.eve[0].filename, "one.json");
	assert_true(o->community_id);
	assert_true(o->payload);
	assert_true(o->alert_raw);
	assert_false(o->verdict);
	assert_true(o->anomaly_decode);
	assert_int_equal(o->payload_max, 8192);
	assert_int_equal(s.conf.log_payload_bytes, 8192);
	assert_true(s.conf.log_anomaly_decode);
	assert_false(s.conf.log_flow);
	assert_false(o->types & CTL_EVE_BIT(CTL_EVE_FLOW));
	assert_int_equal(s.notes, 1);
	assert_string_equal(s.note[0].key, "no-such");
	assert_int_equal(s.note[0].line, 24);
	ctl_site_fini(&s);
}

static void test_set(void **state)
{
	char err[200];
	struct ctl_site s;

	ctl_site_init(&s);
	assert_int_equal(ctl_site_set(&s, "stream.inline=true", err, sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "outputs.1.eve-log.types.3.alert.packet=yes", err,
		sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "reputation-files.0=/x", err, sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "vars.address-groups.HOME_NET=any", err, sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "stream.midstream", err, sizeof(err)), -22);
	assert_int_equal(ctl_site_set(&s, "stream.depth=x=y", err, sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "stream.memcap=lots", err, sizeof(err)), 0);
	ctl_site_finish(&s);
	assert_true(s.conf.inline_mode);
	assert_true(s.eve[0].opt.packet);
	assert_true(s.conf.log_packet);
	assert_int_equal(s.rep_files, 1);
	assert_string_equal(s.var[0], "vars.address-groups.HOME_NET=any");
	assert_int_equal(s.notes, 2);
	assert_string_equal(s.note[1].why, "the value does not fit");
	ctl_site_fini(&s);
}

/** Fail-open without a site's configuration; the peer's own default with one. */
static void test_policies(void **state)
{
	struct ctl_site s;

	ctl_site_init(&s);
	s.conf.simulate_ips = true;
	ctl_site_finish(&s);
	assert_true(s.conf.inline_mode);
	assert_int_equal(s.conf.pol_midstream, DP_POL_IGNORE);
	ctl_site_fini(&s);
	ctl_site_init(&s);
	load(&s, "stats:\n  enabled: yes\n");
	s.conf.simulate_ips = true;
	ctl_site_finish(&s);
	assert_int_equal(s.conf.pol_midstream, DP_POL_DROP_FLOW);
	assert_int_equal(s.eves, 1);
	ctl_site_fini(&s);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"100", 100}, {"100kb", 102400}, {"1 MiB", 1 << 20}, {"1.5kb", 1536},
		{"2gb", UINT64_C(2) << 30}, {"0", 0}};
	static const char *const bad[] = {"", "kb", "-1", "5 apples"};
	uint64_t v;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ctl_site_size(good[i].text, &v), 0);
		assert_int_equal(v, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(ctl_site_size(bad[i], &v), 0);
}

/** What bounds the undoing of content codings, and how many requests may wait. */
static void test_http_limits(void **state)
{
	static const struct {
		const char *lzma;
		uint8_t layers;
		uint32_t notes;
	} way[] = {{"no", 0, 0}, {"yes", 1, 0}, {"2", 2, 0}, {"some", 0, 1}};

	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		char yaml[600];
		struct ctl_site s;

		ctl_site_init(&s);
		snprintf(yaml, sizeof(yaml),
			"app-layer:\n  protocols:\n    http:\n      libhtp:\n        default-config:\n"
			"          lzma-enabled: %s\n          lzma-memlimit: 2mb\n"
			"          compression-bomb-limit: 3mb\n          decompression-time-limit: 50000\n"
			"          max-tx: 7\n          response-body-decompress-layer-limit: 3\n", way[i].lzma);
		load(&s, yaml);
		ctl_site_finish(&s);
		assert_int_equal(s.notes, way[i].notes);
		assert_int_equal(s.conf.app.http_lzma_layers, way[i].layers);
		assert_int_equal(s.conf.app.http_lzma_bytes, 2u << 20);
		assert_int_equal(s.conf.app.http_bomb_bytes, 3u << 20);
		assert_int_equal(s.conf.app.http_decode_us, 50000);
		assert_int_equal(s.conf.app.http_tx_max, 7);
		assert_int_equal(s.conf.app.http_layers, 3);
		ctl_site_fini(&s);
	}
}

static void test_not_yaml(void **state)
{
	char path[] = "/tmp/ctl-site-XXXXXX", err[200] = "";
	struct ctl_site s;
	int fd = mkstemp(path);

	assert_int_equal(write(fd, "a: [b\nc: d\n", 11), 11);
	close(fd);
	ctl_site_init(&s);
	assert_int_equal(ctl_site_load(&s, path, err, sizeof(err)), -22);
	assert_non_null(strstr(err, "not YAML"));
	assert_int_equal(ctl_site_load(&s, "/nonexistent.yaml", err, sizeof(err)), -2);
	ctl_site_fini(&s);
	unlink(path);
}

/** YAML, but a text or a list: no settings. A file without anything is one. */
static void test_no_settings(void **state)
{
	static const char *const bad[] = {"root:x:0\n", "- stream\n"};
	static const char *const empty[] = {"", "%YAML 1.1\n---\n"};
	char path[] = "/tmp/ctl-site-XXXXXX", err[200];
	int fd = mkstemp(path);
	struct ctl_site s;

	close(fd);
	for (unsigned i = 0; i < 2; i++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(bad[i], f);
		fclose(f);
		err[0] = 0;
		ctl_site_init(&s);
		assert_int_equal(ctl_site_load(&s, path, err, sizeof(err)), -22);
		assert_non_null(strstr(err, ":1: no settings"));
		ctl_site_fini(&s);
		ctl_site_init(&s);
		load(&s, empty[i]);
		ctl_site_fini(&s);
	}
	unlink(path);
}

/** Only what the file itself includes from beside it is lost to a copy of it. */
static void test_beside(void **state)
{
	char dir[] = "/tmp/ctl-site-XXXXXX", err[200], yaml[200], cmd[64];
	static const char *const part[] = {"a.yaml", "b.yaml"};
	static const char *const says[] = {"include: b.yaml\n", "stream:\n  midstream: true\n"};
	struct ctl_site s;

	assert_non_null(mkdtemp(dir));
	for (unsigned i = 0; i < 2; i++) {
		char path[64];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", dir, part[i]);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(says[i], f);
		fclose(f);
	}
	ctl_site_init(&s);
	snprintf(yaml, sizeof(yaml), "include: %s/a.yaml\n", dir);
	load(&s, yaml);
	assert_true(s.conf.midstream);
	assert_int_equal(ctl_site_alone(&s, "site.yaml", err, sizeof(err)), 0);
	ctl_site_fini(&s);
	ctl_site_init(&s);
	snprintf(yaml, sizeof(yaml), "%s/a.yaml", dir);
	assert_int_equal(ctl_site_load(&s, yaml, err, sizeof(err)), 0);
	assert_int_equal(ctl_site_alone(&s, "site.yaml", err, sizeof(err)), -22);
	assert_non_null(strstr(err, "site.yaml includes b.yaml"));
	ctl_site_fini(&s);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
}

/** A configuration of an inline peer that names no policy: fail-open on a wire, and nothing to follow. */
static void test_wire_file(void **state)
{
	struct ctl_site s;

	ctl_site_init(&s);
	dp_conf_wire(&s.conf);
	load(&s, "stream:\n  midstream: no\n  inline: yes\ngeoip-database: /x\n"
		"host-os-policy:\n  linux: [10.0.0.0/8]\n");
	ctl_site_finish(&s);
	assert_int_equal(s.conf.pol_midstream, DP_POL_IGNORE);
	assert_int_equal(s.conf.pol_flow_memcap, DP_POL_IGNORE);
	assert_int_equal(s.conf.pol_stream_memcap, DP_POL_IGNORE);
	assert_int_equal(s.conf.pol_reassembly_memcap, DP_POL_IGNORE);
	assert_int_equal(s.conf.pol_defrag_memcap, DP_POL_IGNORE);
	assert_int_equal(s.conf.pol_app_error, DP_POL_IGNORE);
	assert_null(s.conf.os_net);
	assert_null(s.conf.geoip_path);
	ctl_site_fini(&s);
}

static void test_wire(void **state)
{
	static const char *const notes[] = {"host-os-policy.linux=10.0.0.0/8", "stream.inline=no",
		"stream.reassembly.urgent.policy=oob", "geoip-database=/x"};
	struct ctl_site s;
	char err[200];

	ctl_site_init(&s);
	dp_conf_wire(&s.conf);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(ctl_site_set(&s, notes[i], err, sizeof(err)), 0);
		assert_int_equal(s.notes, i + 1); // said, not obeyed
	}
	assert_int_equal(ctl_site_set(&s, "stream.inline=auto", err, sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "exception-policy=auto", err, sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "stream.midstream=no", err, sizeof(err)), 0);
	assert_int_equal(ctl_site_set(&s, "defrag.memcap-policy=drop-packet", err, sizeof(err)), 0);
	assert_int_equal(s.notes, 4);
	ctl_site_finish(&s);
	assert_true(s.conf.inline_mode && s.conf.on_wire && !s.conf.simulate_ips && !s.conf.raw_again);
	assert_int_equal(s.conf.urgent_policy, DP_URG_CLEAR);
	assert_false(s.conf.midstream);
	assert_int_equal(s.conf.pol_midstream, DP_POL_IGNORE); // fail-open
	assert_int_equal(s.conf.pol_defrag_memcap, DP_POL_DROP_PACKET);
	ctl_site_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_http_limits),
		cmocka_unit_test(test_not_yaml),
		cmocka_unit_test(test_no_settings),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_wire_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
