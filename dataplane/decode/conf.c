/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/ctx.h>
#include <string.h>

const char *const dp_policy_name[DP_POL_PASS_PACKET + 1] = {
	[DP_POL_IGNORE] = "ignore",
	[DP_POL_DROP_FLOW] = "drop-flow",
	[DP_POL_DROP_PACKET] = "drop-packet",
	[DP_POL_REJECT] = "reject",
	[DP_POL_REJECT_BOTH] = "rejectboth",
	[DP_POL_BYPASS] = "bypass",
	[DP_POL_PASS_FLOW] = "pass-flow",
	[DP_POL_PASS_PACKET] = "pass-packet",
};

#define MIB (UINT64_C(1) << 20)

/* The peer's stock suricata.yaml: flow-timeouts, by tcp, udp, icmp, other. */
static const uint32_t to_new[4] = {60, 30, 30, 30};
static const uint32_t to_est[4] = {600, 300, 300, 300};
static const uint32_t to_closed[4] = {60, 0, 0, 0};
static const uint32_t to_bypassed[4] = {100, 100, 100, 100};

static void set_ports(uint16_t *list, const uint16_t *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		list[i] = from[i];
}

void dp_app_conf_default(struct dp_app_conf *c)
{
	*c = (struct dp_app_conf){
		.http_layers = 2,
		.http_bomb_bytes = 1 * MIB,
		.http_lzma_bytes = 1 * MIB,
		.http_field_max = 18000,
		.http_headers_max = 1024,
		.http_tx_max = 512,
		.range_bytes = 100 * MIB,
		.range_timeout_s = 60,
		.mail_decode = true,
		.mail_base64 = true,
		.mail_qp = true,
		.mail_urls = true,
		.mail_schemes = {"http://"},
		.ftp_tx_max = 1024,
		.ftp_line_max = 4096,
	};
}

void dp_conf_default(struct dp_conf *c)
{
	memset(c, 0, sizeof(*c));
	c->checksum_check = true;
	c->vxlan = c->geneve = c->teredo = c->erspan1 = true;
	set_ports(c->vxlan_ports, (uint16_t[]){4789}, 1);
	set_ports(c->geneve_ports, (uint16_t[]){6081}, 1);
	set_ports(c->teredo_ports, (uint16_t[]){3544}, 1);
	c->decode_max_layers = DP_PKT_MAX_LAYERS;
	c->vlan_use_for_tracking = true;
	c->recursion_use_for_tracking = true;
	c->max_alerts = 15;
	for (uint8_t i = 0; i < 4; i++)
		c->action_rank[i] = i;
	c->max_flows = 1000000;
	c->memory_bytes = 8192 * MIB;
	c->stream_memcap = 64 * MIB;
	c->reassembly_memcap = 256 * MIB;
	c->defrag_memcap = 32 * MIB;
	c->flow_memcap = 512 * MIB;
	c->stream_depth = 1 * MIB;
	// Files and long commands: no limit (SMB, FTP data by their parsers, Modbus).
	c->app_depth_set[SIG_PROTO_MODBUS] = c->app_depth_set[SIG_PROTO_SMB] = true;
	c->chunk_ts = c->chunk_tc = 2560;
	c->max_synack_queued = 5;
	c->max_syn_queued = 10;
	c->stream_drop_invalid = true;
	c->http_request_body_limit = c->http_response_body_limit = 100 * 1024;
	c->http_request_inspect_min = 32 * 1024;
	c->http_request_inspect_window = 4 * 1024;
	c->http_response_inspect_min = 40 * 1024;
	c->http_response_inspect_window = 16 * 1024;
	memcpy(c->to_new_s, to_new, sizeof(to_new));
	memcpy(c->to_est_s, to_est, sizeof(to_est));
	memcpy(c->to_closed_s, to_closed, sizeof(to_closed));
	memcpy(c->to_bypassed_s, to_bypassed, sizeof(to_bypassed));
	for (unsigned i = 0; i < DP_LAYER__COUNT; i++)
		c->mode[i] = DP_MODE_PREVENT;
	c->guess_tx_max = UINT8_MAX;
	c->app_want = DP_APP_WANT_JA3 | DP_APP_WANT_JA4; // operators look for them
	c->pcre_match_limit = 3500;
	c->pcre_recursion_limit = 1500;
	c->log_payload_bytes = 0;
	c->log_frame_bytes = 4095;
	c->max_resets_per_s = 1000;
	c->defrag_timeout_s = 60;
	c->defrag_max_datagrams = 65536;
	c->log_flow = c->log_drop = c->log_drop_all = c->log_app = true;
	c->retransmission_replace = true;
	c->os_default[0] = DP_OS_WINDOWS;
	c->os_default[1] = DP_OS_BSD;
	c->replay_seed = 0x5e1c150;
	c->mqtt_max_msg_bytes = 1 * MIB;
	c->mqtt_max_tx = 1024;
	c->mqtt_log_bytes = 1024;
	c->nfs_max_tx = 1024;
	c->ws_max_payload_bytes = 65535;
	c->expect_max = 4096;
	dp_app_conf_default(&c->app);
}

void dp_conf_wire(struct dp_conf *c)
{
	c->inline_mode = true;
	c->on_wire = true;
	c->log_drop_all = false; // a condemned flow may retransmit for minutes
	c->simulate_ips = false;
	c->midstream = true; // connections that were open before we were
	c->raw_window_bytes = 2560;
	c->urgent_policy = DP_URG_CLEAR;
	// Room for a million sessions, and for their data; pages cost only once touched.
	c->stream_memcap = 1024 * MIB;
	c->reassembly_memcap = 2048 * MIB;
	c->flow_memcap = 1024 * MIB;
	c->replay_seed = 0;
	// Fail-open: what cannot be tracked is forwarded uninspected (and counted).
	c->pol_stream_memcap = c->pol_reassembly_memcap = DP_POL_IGNORE;
	c->pol_midstream = c->pol_flow_memcap = DP_POL_IGNORE;
	c->pol_defrag_memcap = c->pol_app_error = DP_POL_IGNORE;
}
