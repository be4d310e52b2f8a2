/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every keyword of the table: a rule that must load, one that must not, and one at the boundary of
 * what is allowed (ok) or just beyond it (beyond). Buffers and plain numbers follow from their
 * tables; all others stand in `cases`. A keyword without any of these fails the test.
 */
#include "load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct kw_case {
	const char *keyword, *proto, *good, *bad, *ok, *beyond;
};
#define C "content:\"ab\"; "
#define H "http"
static const struct kw_case cases[] = {
	{"msg", "tcp", "msg:\"a\";", "msg;", "msg:\"\\;\\\"\";", "msg:\"a;\";"},
	{"rev", "tcp", "rev:1;", "rev:x;", "rev:4294967295;", "rev:4294967296;"},
	{"gid", "tcp", "gid:1;", "gid:x;", "gid:4294967295;", "gid:4294967296;"},
	{"classtype", "tcp", "classtype:unknown;", "classtype;", "classtype:not-there;", NULL},
	{"reference", "tcp", "reference:cve,1;", "reference:cve;", "reference:url,a,b;",
		"reference:,b;"},
	{"priority", "tcp", "priority:1;", "priority:0;", "priority:255;", "priority:256;"},
	{"metadata", "tcp", "metadata:a b, c d;", "metadata;", "metadata:a;", NULL},
	{"target", "tcp", "target:src_ip;", "target:x;", "target:dest_ip;", "target:dst_ip;"},
	{"requires", "tcp", "requires:version >= 8;", "requires:version;",
		"requires:version >= 8.0.0 < 9;", "requires:version => 8;"},
	{"noalert", "tcp", "noalert;", "noalert:1;", NULL, "noalert; alert;"},
	{"alert", "tcp", "alert;", "alert:1;", NULL, NULL},
	{"flow", "tcp", "flow:established;", "flow:x;",
		"flow:to_server,established,no_stream,no_frag;", "flow:to_server,from_server;"},
	{"flowbits", "tcp", "flowbits:set,a;", "flowbits:set;", "flowbits:isnotset,a|b;",
		"flowbits:set,a|b;"},
	{"flowint", "tcp", "flowint:a,+,1;", "flowint:a;", "flowint:a,=,4294967295;",
		"flowint:a,=,4294967296;"},
	{"flowvar", "tcp", "flowvar:a,\"b\";", "flowvar:a;", NULL, NULL},
	{"pktvar", "tcp", "pktvar:a,\"b\";", "pktvar:a;", NULL, NULL},
	{"xbits", "tcp", "xbits:set,a,track ip_src;", "xbits:set,a;",
		"xbits:set,a,track tx,expire 1;", "xbits:set,a,track ip_src,expire 0;"},
	{"hostbits", "tcp", "hostbits:set,a;", "hostbits:set;", "hostbits:isset,a,dst;",
		"hostbits:isset,a,up;"},
	{"stream_size", "tcp", "stream_size:server,>,1;", "stream_size:server,1;",
		"stream_size:both,<=,4294967295;", "stream_size:both,<=,4294967296;"},
	{"flow.pkts", "tcp", "flow.pkts:toserver,1;", "flow.pkts:1;", "flow.pkts:both,4294967295;",
		"flow.pkts:both,4294967296;"},
	{"flow.bytes", "tcp", "flow.bytes:either,>1;", "flow.bytes:x,1;",
		"flow.bytes:toclient,>1gb;", "flow.bytes:toclient,>1xb;"},
	{"bypass", "tcp", "bypass;", "bypass:1;", NULL, NULL},
	{"tag", "tcp", "tag:session;", "tag:x;", "tag:host,1,seconds,dst;", "tag:host,1,weeks;"},
	{"app-layer-protocol", "tcp", "app-layer-protocol:http;", "app-layer-protocol:x;",
		"app-layer-protocol:!failed,either;", "app-layer-protocol:http,x;"},
	{"app-layer-event", "tcp", "app-layer-event:http.x;", "app-layer-event:x;",
		"app-layer-event:applayer_x;", "app-layer-event:nosuch.x;"},
	{"app-layer-state", "tcp", "app-layer-state:a;", "app-layer-state;", NULL, NULL},
	{"decode-event", "pkthdr", "decode-event:ipv4.x;", "decode-event;", NULL,
		"decode-event:a b;"},
	{"stream-event", "tcp", "stream-event:x;", "stream-event;", NULL, "stream-event:a b;"},
	{"engine-event", "tcp", "engine-event:stream.x;", "engine-event;", NULL, NULL},
	{"threshold", "tcp", "threshold:type limit,track by_src,count 1,seconds 1;",
		"threshold:type limit;",
		"threshold:type backoff,track by_flow,count 1,multiplier 2;",
		"threshold:type limit,track by_src,count 0,seconds 1;"},
	{"detection_filter", "tcp", "detection_filter:track by_src,count 1,seconds 1;",
		"detection_filter:track by_src;",
		"detection_filter:track by_rule,count 4294967295,seconds 1;",
		"detection_filter:track by_src,count 1,seconds 0;"},
	{"content", "tcp", "content:\"a\";", "content:a;", "content:!\"|00|\";", "content:\"\";"},
	{"uricontent", "tcp", "uricontent:\"a\";", "uricontent:a;", NULL, NULL},
	{"nocase", "tcp", C "nocase;", "nocase;", NULL, C "nocase; nocase;"},
	{"rawbytes", "tcp", C "rawbytes;", "rawbytes;", NULL, NULL},
	{"depth", "tcp", C "depth:5;", "depth:5;", C "depth:2;", C "depth:1;"},
	{"offset", "tcp", C "offset:5;", "offset:5;", C "offset:65535;", C "offset:65536;"},
	{"distance", "tcp", C "distance:5;", "distance:5;", C "distance:-1048576;",
		C "distance:-1048577;"},
	{"within", "tcp", C "within:5;", "within:5;", C "within:2;", C "within:1;"},
	{"startswith", "tcp", C "startswith;", "startswith;", C "startswith; endswith;",
		C "startswith; depth:5;"},
	{"endswith", "tcp", C "endswith;", "endswith;", C "endswith; nocase;",
		C "endswith; endswith;"},
	{"fast_pattern", "tcp", C "fast_pattern;", "fast_pattern;", C "fast_pattern:1,1;",
		C "fast_pattern:1,2;"},
	{"isdataat", "tcp", "isdataat:5;", "isdataat:x;", "isdataat:!65535,relative;",
		"isdataat:65536;"},
	{"absent", H, "http.uri; absent;", "absent;", "http.uri; absent:or_else; content:!\"a\";",
		"http.uri; content:\"a\"; absent;"},
	{"bsize", H, "http.uri; bsize:1;", "bsize:1;", "http.uri; content:\"ab\"; bsize:2;",
		"http.uri; content:\"ab\"; bsize:1;"},
	{"dsize", "tcp", "dsize:1;", "dsize:x;", "dsize:65535;", "dsize:65536;"},
	{"urilen", "tcp", "urilen:1;", "urilen:x;", "urilen:65535,raw;", "urilen:65536;"},
	{"replace", "tcp", C "replace:\"cd\";", "replace:\"cd\";", NULL, C "replace:\"c\";"},
	{"pkt_data", H, "http.uri; content:\"a\"; pkt_data; content:\"b\";", "pkt_data:1;", NULL,
		"http.uri; pkt_data; content:\"b\";"},
	{"subslice", H, "http.uri; subslice:1,2; content:\"a\";", "subslice:1;",
		"http.uri; subslice:-4; content:\"a\";", "http.uri; subslice:x; content:\"a\";"},
	{"entropy", H, "http.uri; entropy:value > 7;", "entropy:7;",
		"http.uri; entropy:value 8,bytes 10;", "http.uri; entropy:value 8.1;"},
	{"pcre", "tcp", "pcre:\"/a/i\";", "pcre:\"a\";", "pcre:!\"/a/Rsm\";", "pcre:\"/(/\";"},
	{"byte_test", "tcp", "byte_test:1,=,1,0;", "byte_test:1,=,1;",
		"byte_test:8,!&,1,-65535,relative;", "byte_test:9,=,1,0;"},
	{"byte_jump", "tcp", "byte_jump:1,0;", "byte_jump:1;",
		"byte_jump:0,0,from_end,post_offset -1;", "byte_jump:9,0;"},
	{"byte_extract", "tcp", "byte_extract:1,0,a;", "byte_extract:1,0;",
		"byte_extract:8,0,a,align 4;", "byte_extract:8,0,a,align 3;"},
	{"byte_math", "tcp", "byte_math:bytes 1,offset 0,oper +,rvalue 1,result a;",
		"byte_math:bytes 1,offset 0,oper +,result a;",
		"byte_math:bytes 4,offset 0,oper <<,rvalue 63,result a;",
		"byte_math:bytes 4,offset 0,oper /,rvalue 0,result a;"},
	{"base64_decode", "tcp", "base64_decode; base64_data; content:\"a\";", "base64_decode:x;",
		"base64_decode:bytes 1,offset 2,relative; base64_data; content:\"a\";",
		"base64_decode; base64_data; base64_decode;"},
	{"base64_data", "tcp", "base64_decode; base64_data; content:\"a\";",
		"base64_data; content:\"a\";", "base64_decode; base64_data; bsize:1;",
		"base64_decode; base64_data; content:\"a\"; fast_pattern;"},
	{"rpc", "tcp", "rpc:1;", "rpc:x;", "rpc:4294967295,*,*;", "rpc:4294967296;"},
	{"prefilter", "tcp", C "prefilter;", "prefilter;", "ttl:1; prefilter;", NULL},
	{"ip_proto", "ip", "ip_proto:tcp;", "ip_proto:x;", "ip_proto:!255;", "ip_proto:256;"},
	{"ipopts", "ip", "ipopts:rr;", "ipopts:x;", "ipopts:any;", NULL},
	{"sameip", "ip", "sameip;", "sameip:1;", NULL, NULL},
	{"fragbits", "ip", "fragbits:M;", "fragbits:X;", "fragbits:!MDR;", "fragbits:;"},
	{"geoip", "ip", "geoip:DE;", "geoip:Germany;", "geoip:both,!DE,FR;", "geoip:src;"},
	{"tcp.flags", "tcp", "tcp.flags:S;", "tcp.flags:X;", "tcp.flags:0;", "tcp.flags:S,CE,A;"},
	{"flags", "tcp", "flags:SA;", "flags:X;", "flags:!FSRPAUEC12,CE;", "flags:S,X;"},
	{"l3_proto", "ip", "l3_proto:ip4;", "l3_proto:x;", "l3_proto:ip6;", NULL},
	{"vlan.id", "ip", "vlan.id:1;", "vlan.id:x;", "vlan.id:4095,-3;", "vlan.id:4096;"},
	{"nfq_set_mark", "ip", "nfq_set_mark:1/2;", "nfq_set_mark:x;", "nfq_set_mark:0xffffffff;",
		"nfq_set_mark:0x100000000;"},
	{"iprep", "ip", "iprep:src,a,>,1;", "iprep:src,a;", "iprep:both,a,=,127;",
		"iprep:any,a,=,128;"},
	{"dataset", "dns", "dns.query; dataset:isset,a,type string;", "dataset:isset,a;",
		"dns.query; dataset:set,a,type md5,memcap 1gb,hashsize 1,state a;",
		"dns.query; dataset:set,a,type string,save /a;"},
	{"datarep", "dns", "dns.query; datarep:a,>,1,load f,type string;", "datarep:a,>,1;",
		"dns.query; datarep:a,=,65535;", "dns.query; datarep:a,=,65536;"},
	{"frame", "smb", "frame:smb2.hdr; content:\"a\";", "frame; content:\"a\";", NULL,
		"frame:a;"},
	{"http2.settings", "http2", "http2.settings:SETTINGS_ENABLE_PUSH=0;", "http2.settings:X;",
		"http2.settings:SETTINGS_MAX_FRAME_SIZE>4294967294;",
		"http2.settings:SETTINGS_MAX_FRAME_SIZE>4294967295;"},
	{"filename", H, "filename:\"a\";", "filename;", "filename:!\"|41|\";", "filename:\"\";"},
	{"fileext", H, "fileext:\"exe\";", "fileext;", "fileext:!\"exe\";", "fileext:\"\";"},
	{"filemagic", H, "filemagic:\"PE\";", "filemagic;", "filemagic:!\"PE\";",
		"filemagic:\"\";"},
	{"filemd5", H, "filemd5:list;", "filemd5;", "filemd5:!list;", "filemd5:!;"},
	{"filesha1", H, "filesha1:list;", "filesha1;", "filesha1:!list;", "filesha1:!;"},
	{"filesha256", H, "filesha256:list;", "filesha256;", "filesha256:!list;", "filesha256:!;"},
	{"filestore", H, "filestore;", "filestore:x;", "filestore:both,flow;",
		"filestore:both,flow,x;"},
	{"tls.subject", "tls", "tls.subject:\"a\";", "tls.subject;", "tls.subject:!\"a\";", NULL},
	{"tls.issuerdn", "tls", "tls.issuerdn:\"a\";", "tls.issuerdn;", "tls.issuerdn:!\"a\";",
		NULL},
	{"tls.fingerprint", "tls", "tls.fingerprint:\"a\";", "tls.fingerprint;",
		"tls.fingerprint:!\"a\";", NULL},
	{"tls.store", "tls", "tls.store;", "tls.store:1;", NULL, NULL},
	{"tls_cert_expired", "tls", "tls_cert_expired;", "tls_cert_expired:1;", NULL, NULL},
	{"tls_cert_valid", "tls", "tls_cert_valid;", "tls_cert_valid:1;", NULL, NULL},
	{"tls_cert_notbefore", "tls", "tls_cert_notbefore:2024;", "tls_cert_notbefore:x;",
		"tls_cert_notbefore:2024-01-01T10:00<>2024-01-02;",
		"tls_cert_notbefore:2024-02<>2024-01;"},
	{"tls_cert_notafter", "tls", "tls_cert_notafter:>2024-01;", "tls_cert_notafter:x;",
		"tls_cert_notafter:<1700000000;", "tls_cert_notafter:2024-13;"},
	{"ssl_version", "tls", "ssl_version:tls1.2;", "ssl_version:x;",
		"ssl_version:!sslv2,tls1.3;", "ssl_version:tls1.2,tls1.2;"},
	{"ssl_state", "tls", "ssl_state:client_hello;", "ssl_state:x;",
		"ssl_state:!unknown|server_keyx;", "ssl_state:client_hello,client_hello;"},
	{"ftpdata_command", "ftp-data", "ftpdata_command:retr;", "ftpdata_command:x;", NULL, NULL},
	{"ftpbounce", "ftp", "ftpbounce;", "ftpbounce:1;", NULL, NULL},
	{"ftp.mode", "ftp", "ftp.mode:active;", "ftp.mode:x;", NULL, NULL},
	{"ftp.reply_received", "ftp", "ftp.reply_received:yes;", "ftp.reply_received:x;", NULL,
		NULL},
	{"krb5.ticket_encryption", "krb5", "krb5.ticket_encryption:weak;",
		"krb5.ticket_encryption:x;", "krb5.ticket_encryption:!rc4-hmac,-128;", NULL},
	{"ike.chosen_sa_attribute", "ike", "ike.chosen_sa_attribute:alg_enc=7;",
		"ike.chosen_sa_attribute:x=7;", "ike.chosen_sa_attribute:alg_dh=4294967295;",
		"ike.chosen_sa_attribute:alg_dh=4294967296;"},
	{"modbus", "modbus", "modbus: function 1;", "modbus: x;", "modbus: unit 255, function all;",
		"modbus: access write input;"},
	{"dnp3_obj", "dnp3", "dnp3_obj:1,2;", "dnp3_obj:1;", "dnp3_obj:255,255;",
		"dnp3_obj:256,0;"},
	{"dnp3_func", "dnp3", "dnp3_func:write;", "dnp3_func:x;", "dnp3_func:255;",
		"dnp3_func:256;"},
	{"dnp3_ind", "dnp3", "dnp3_ind:need_time;", "dnp3_ind:x;",
		"dnp3_ind:need_time,device_restart;", NULL},
	{"cip_service", "enip", "cip_service:1;", "cip_service:x;", "cip_service:255,65535,!65535;",
		"cip_service:256;"},
};
static const struct kw_case more[] = {
	{"sid", "tcp", "", "sid:2;", NULL, NULL},
	{"config", "tcp", NULL, "config: logging disable, type tx, scope tx;", NULL, NULL},
	{"dcerpc.iface", "smb", "dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003;",
		"dcerpc.iface:1;", "dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,!1,any_frag;",
		"dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003,1;"},
	{"dce_iface", "smb", "dce_iface:367abb81-9844-35f1-ad32-98f038001003;", "dce_iface:1;",
		NULL, "dce_iface:367abb81-9844-35f1-ad32-98f03800100g;"},
	{"dcerpc.opnum", "smb", "dcerpc.opnum:1;", "dcerpc.opnum:x;", "dcerpc.opnum:65530-65535,0;",
		"dcerpc.opnum:65536;"},
	{"xor", H, "http.uri; xor:\"0a\"; content:\"a\";", "xor:\"0a\";", NULL,
		"http.uri; xor:\"0\"; content:\"a\";"},
	{"from_base64", H, "http.uri; from_base64; content:\"a\";", "from_base64;",
		"http.uri; from_base64:bytes 1,offset 65535,mode strict; content:\"a\";",
		"http.uri; from_base64:offset 65536; content:\"a\";"},
	{"pcrexform", H, "http.uri; pcrexform:\"(a)\"; content:\"a\";", "pcrexform:\"(a)\";", NULL,
		"http.uri; pcrexform:\"a\"; content:\"a\";"},
	{"gunzip", H, "http.uri; gunzip; content:\"a\";", "gunzip;",
		"http.uri; gunzip:max-size 1; content:\"a\";",
		"http.uri; gunzip:max-size 0; content:\"a\";"},
	{"zlib_deflate", H, "http.uri; zlib_deflate; content:\"a\";", "zlib_deflate;", NULL, NULL},
};

static const struct kw_case *find_case(const char *name)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].keyword, name) == 0)
			return &cases[i];
	}
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (strcmp(more[i].keyword, name) == 0)
			return &more[i];
	}
	return NULL;
}

static int wrong(const char *name, const char *proto, const char *body, int want)
{
	if (!body || body_loads(proto, body) == want)
		return 0;
	print_error("%s: (%s %s) should %sload\n", name, proto, body, want ? "" : "not ");
	return 1;
}

static int check_case(const struct kw_case *c)
{
	return wrong(c->keyword, c->proto, c->good, 1) + wrong(c->keyword, c->proto, c->bad, 0) +
	       wrong(c->keyword, c->proto, c->ok, 1) + wrong(c->keyword, c->proto, c->beyond, 0);
}

static const char *proto_of(enum sig_proto proto)
{
	return proto == SIG_PROTO_UNKNOWN ? "ip" : sig_proto_rule_name[proto];
}

static int check_buffer(const struct sig_keyword *kw)
{
	const char *proto = proto_of(sig_buffer_info[kw->id].proto);
	char body[256];
	int bad = 0;

	snprintf(body, sizeof(body), "%s; content:\"a\";", kw->name);
	bad += wrong(kw->name, proto, body, 1);
	snprintf(body, sizeof(body), "%s;", kw->name);
	bad += wrong(kw->name, proto, body, 0);
	snprintf(body, sizeof(body), "%s; bsize:0;", kw->name);
	bad += wrong(kw->name, proto, body, 1);
	snprintf(body, sizeof(body), "%s:x; content:\"a\";", kw->name);
	return bad + wrong(kw->name, proto, body, 0);
}

static int check_number(const struct sig_keyword *kw, const struct sig_number_info *n)
{
	uint64_t max = n->bits >= 64 ? UINT64_MAX : ((uint64_t)1 << n->bits) - 1;
	const char *proto = proto_of(n->proto);
	char body[256];
	int bad = 0;

	snprintf(body, sizeof(body), "%s:1;", kw->name);
	bad += wrong(kw->name, proto, body, 1);
	snprintf(body, sizeof(body), "%s:xyz;", kw->name);
	bad += wrong(kw->name, proto, body, 0);
	snprintf(body, sizeof(body), "%s:%" PRIu64 ";", kw->name, max);
	bad += wrong(kw->name, proto, body, 1);
	if (n->bits < 64) {
		snprintf(body, sizeof(body), "%s:%" PRIu64 ";", kw->name, max + 1);
		bad += wrong(kw->name, proto, body, 0);
	}
	return bad;
}

/* csum keywords, transforms without argument, legacy modifiers: alike among themselves. */
static int check_family(const struct sig_keyword *kw, int *known)
{
	char body[256];
	int bad = 0;

	*known = 1;
	if (strstr(kw->name, "-csum")) {
		snprintf(body, sizeof(body), "%s:valid;", kw->name);
		bad += wrong(kw->name, "ip", body, 1);
		snprintf(body, sizeof(body), "%s:x;", kw->name);
		return bad + wrong(kw->name, "ip", body, 0);
	}
	if (strncmp(kw->name, "http_", 5) == 0) {
		snprintf(body, sizeof(body), "content:\"a\"; %s;", kw->name);
		bad += wrong(kw->name, "tcp", body, 1);
		snprintf(body, sizeof(body), "%s;", kw->name);
		bad += wrong(kw->name, "tcp", body, 0);
		snprintf(body, sizeof(body), "content:\"a\"; rawbytes; %s;", kw->name);
		return bad + wrong(kw->name, "tcp", body, 0);
	}
	if (strcmp(kw->section, "Transforms") == 0) {
		snprintf(body, sizeof(body), "http.uri; %s; bsize:1;", kw->name);
		bad += wrong(kw->name, "http", body, 1);
		snprintf(body, sizeof(body), "%s; content:\"a\";", kw->name);
		bad += wrong(kw->name, "http", body, 0);
		snprintf(body, sizeof(body), "http.uri; %s:1; bsize:1;", kw->name);
		return bad + wrong(kw->name, "http", body, 0);
	}
	*known = 0;
	return 0;
}

static int check_keyword(const struct sig_keyword *kw)
{
	const struct kw_case *c = find_case(kw->name);
	char body[256];
	int known, bad;

	if (c)
		return check_case(c);
	if (kw->status == SIG_KW_REFUSED) {
		snprintf(body, sizeof(body), "%s:x;", kw->name);
		return wrong(kw->name, "tcp", body, 0);
	}
	if (kw->flags & SIG_KWF_STICKY)
		return check_buffer(kw);
	bad = check_family(kw, &known);
	if (known)
		return bad;
	if (kw->id > 0 || strcmp(kw->name, sig_number_info[0].name) == 0)
		return check_number(kw, &sig_number_info[kw->id]);
	print_error("%s: no test\n", kw->name);
	return 1;
}

static void every_keyword(void **state)
{
	int bad = 0;

	for (size_t i = 0; i < sig_keyword_count; i++)
		bad += check_keyword(&sig_keyword_table[i]);
	assert_int_equal(bad, 0);
}

static void every_alias(void **state)
{
	for (size_t i = 0; i < sig_keyword_count; i++) {
		const struct sig_keyword *kw = &sig_keyword_table[i];
		char copy[128], *save, *word;

		assert_ptr_equal(sig_keyword_find(kw->name, strlen(kw->name)), kw);
		assert_non_null(strchr("EIN", kw->mark));
		assert_true(*kw->doc && *kw->section);
		if (!kw->aliases)
			continue;
		snprintf(copy, sizeof(copy), "%s", kw->aliases);
		for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
			assert_ptr_equal(sig_keyword_find(word, strlen(word)), kw);
	}
}

static void unsupported_keywords_are_skipped_by_name(void **state)
{
	struct sig_ruleset *set = load_text(
		"alert tcp any any -> any any (lua:x.lua; sid:1;)\n", SIG_DIALECT_SURICATA);

	assert_int_equal(set->skipped, 1);
	assert_int_equal(set->refused, 0);
	assert_string_equal(set->error[0].sentence, "keyword not supported");
	assert_string_equal(set->error[0].token, "lua");
	sig_ruleset_destroy(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_keyword),
		cmocka_unit_test(every_alias),
		cmocka_unit_test(unsupported_keywords_are_skipped_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
