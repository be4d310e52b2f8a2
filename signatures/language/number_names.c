/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: RFC 1035, 6895 (DNS), 6455 (WebSocket), MQTT 5.0, 9113 (HTTP/2), 3416 (SNMP),
 * 4511 (LDAP), 6143 (RFB), 1813 (NFSv3), IEEE 1815 (DNP3), IANA registries. */
#include "number_names.h"

#include <sig/nfs.h>

#include <stddef.h>

static const struct sig_word_value dns_rrtype[] = {{"A", 1}, {"NS", 2}, {"MD", 3}, {"MF", 4},
	{"CNAME", 5}, {"SOA", 6}, {"MB", 7}, {"MG", 8}, {"MR", 9}, {"NULL", 10}, {"WKS", 11},
	{"PTR", 12}, {"HINFO", 13}, {"MINFO", 14}, {"MX", 15}, {"TXT", 16}, {"RP", 17},
	{"AFSDB", 18}, {"X25", 19}, {"ISDN", 20}, {"RT", 21}, {"NSAP", 22}, {"NSAPPTR", 23},
	{"SIG", 24}, {"KEY", 25}, {"PX", 26}, {"GPOS", 27}, {"AAAA", 28}, {"LOC", 29}, {"NXT", 30},
	{"SRV", 33}, {"ATMA", 34}, {"NAPTR", 35}, {"KX", 36}, {"CERT", 37}, {"A6", 38},
	{"DNAME", 39}, {"OPT", 41}, {"APL", 42}, {"DS", 43}, {"SSHFP", 44}, {"IPSECKEY", 45},
	{"RRSIG", 46}, {"NSEC", 47}, {"DNSKEY", 48}, {"DHCID", 49}, {"NSEC3", 50},
	{"NSEC3PARAM", 51}, {"TLSA", 52}, {"SMIMEA", 53}, {"HIP", 55}, {"CDS", 59}, {"CDNSKEY", 60},
	{"OPENPGPKEY", 61}, {"CSYNC", 62}, {"ZONEMD", 63}, {"SVCB", 64}, {"HTTPS", 65}, {"SPF", 99},
	{"TKEY", 249}, {"TSIG", 250}, {"MAILA", 254}, {"ANY", 255}, {"URI", 256}, {"CAA", 257},
	{NULL, 0}};
static const struct sig_word_value dns_rcode[] = {{"NOERROR", 0}, {"FORMERR", 1}, {"SERVFAIL", 2},
	{"NXDOMAIN", 3}, {"NOTIMP", 4}, {"REFUSED", 5}, {"YXDOMAIN", 6}, {"YXRRSET", 7},
	{"NXRRSET", 8}, {"NOTAUTH", 9}, {"NOTZONE", 10}, {"BADVERS", 16}, {"BADSIG", 16},
	{"BADKEY", 17}, {"BADTIME", 18}, {"BADMODE", 19}, {"BADNAME", 20}, {"BADALG", 21},
	{"BADTRUNC", 22}, {NULL, 0}};
static const struct sig_word_value dns_opcode[] = {{"QUERY", 0}, {"IQUERY", 1}, {"STATUS", 2},
	{"NOTIFY", 4}, {"UPDATE", 5}, {"DSO", 6}, {NULL, 0}};
static const struct sig_word_value ws_opcode[] = {{"continuation", 0}, {"text", 1}, {"binary", 2},
	{"close", 8}, {"connection_close", 8}, {"ping", 9}, {"pong", 10}, {NULL, 0}};
static const struct sig_word_value ws_flags[] = {{"fin", 0x80}, {"comp", 0x40}, {NULL, 0}};
static const struct sig_word_value mqtt_type[] = {{"UNASSIGNED", 0}, {"CONNECT", 1}, {"CONNACK", 2},
	{"PUBLISH", 3}, {"PUBACK", 4}, {"PUBREC", 5}, {"PUBREL", 6}, {"PUBCOMP", 7},
	{"SUBSCRIBE", 8}, {"SUBACK", 9}, {"UNSUBSCRIBE", 10}, {"UNSUBACK", 11}, {"PINGREQ", 12},
	{"PINGRESP", 13}, {"DISCONNECT", 14}, {"AUTH", 15}, {NULL, 0}};
static const struct sig_word_value mqtt_flags[] = {{"dup", 0x08}, {"retain", 0x01}, {NULL, 0}};
static const struct sig_word_value mqtt_connect_flags[] = {{"username", 0x80}, {"password", 0x40},
	{"will_retain", 0x20}, {"will", 0x04}, {"clean_session", 0x02}, {NULL, 0}};
static const struct sig_word_value mqtt_bool[] = {
	{"yes", 1}, {"true", 1}, {"no", 0}, {"false", 0}, {NULL, 0}};
static const struct sig_word_value h2_frame[] = {{"DATA", 0}, {"HEADERS", 1}, {"PRIORITY", 2},
	{"RSTSTREAM", 3}, {"RST_STREAM", 3}, {"SETTINGS", 4}, {"PUSHPROMISE", 5},
	{"PUSH_PROMISE", 5}, {"PING", 6}, {"GOAWAY", 7}, {"WINDOWUPDATE", 8}, {"WINDOW_UPDATE", 8},
	{"CONTINUATION", 9}, {NULL, 0}};
static const struct sig_word_value h2_error[] = {{"NO_ERROR", 0}, {"NOERROR", 0},
	{"PROTOCOL_ERROR", 1}, {"INTERNAL_ERROR", 2}, {"FLOW_CONTROL_ERROR", 3},
	{"SETTINGS_TIMEOUT", 4}, {"STREAM_CLOSED", 5}, {"FRAME_SIZE_ERROR", 6},
	{"REFUSED_STREAM", 7}, {"CANCEL", 8}, {"COMPRESSION_ERROR", 9}, {"CONNECT_ERROR", 10},
	{"ENHANCE_YOUR_CALM", 11}, {"INADEQUATE_SECURITY", 12}, {"HTTP_1_1_REQUIRED", 13},
	{NULL, 0}};
const struct sig_word_value sig_http2_settings[] = {{"SETTINGS_HEADER_TABLE_SIZE", 1},
	{"SETTINGS_ENABLE_PUSH", 2}, {"SETTINGS_MAX_CONCURRENT_STREAMS", 3},
	{"SETTINGS_INITIAL_WINDOW_SIZE", 4}, {"SETTINGS_MAX_FRAME_SIZE", 5},
	{"SETTINGS_MAX_HEADER_LIST_SIZE", 6}, {NULL, 0}};
static const struct sig_word_value snmp_pdu[] = {{"get_request", 0}, {"get_next_request", 1},
	{"response", 2}, {"set_request", 3}, {"trap_v1", 4}, {"get_bulk_request", 5},
	{"inform_request", 6}, {"trap_v2", 7}, {"report", 8}, {NULL, 0}};
static const struct sig_word_value snmp_trap[] = {{"coldstart", 0}, {"warmstart", 1},
	{"linkdown", 2}, {"linkup", 3}, {"authenticationfailure", 4}, {"egpneighborloss", 5},
	{"enterprisespecific", 6}, {NULL, 0}};
static const struct sig_word_value ldap_op[] = {{"bind_request", 0}, {"bind_response", 1},
	{"unbind_request", 2}, {"search_request", 3}, {"search_result_entry", 4},
	{"search_result_done", 5}, {"modify_request", 6}, {"modify_response", 7},
	{"add_request", 8}, {"add_response", 9}, {"del_request", 10}, {"del_response", 11},
	{"mod_dn_request", 12}, {"mod_dn_response", 13}, {"compare_request", 14},
	{"compare_response", 15}, {"abandon_request", 16}, {"search_result_reference", 19},
	{"extended_request", 23}, {"extended_response", 24}, {"intermediate_response", 25},
	{NULL, 0}};
static const struct sig_word_value ldap_result[] = {{"success", 0}, {"operations_error", 1},
	{"protocol_error", 2}, {"time_limit_exceeded", 3}, {"size_limit_exceeded", 4},
	{"compare_false", 5}, {"compare_true", 6}, {"auth_method_not_supported", 7},
	{"stronger_auth_required", 8}, {"referral", 10}, {"admin_limit_exceeded", 11},
	{"unavailable_critical_extension", 12}, {"confidentiality_required", 13},
	{"sasl_bind_in_progress", 14}, {"no_such_attribute", 16}, {"undefined_attribute_type", 17},
	{"inappropriate_matching", 18}, {"constraint_violation", 19},
	{"attribute_or_value_exists", 20}, {"invalid_attribute_syntax", 21}, {"no_such_object", 32},
	{"alias_problem", 33}, {"invalid_dns_syntax", 34}, {"invalid_dn_syntax", 34},
	{"is_leaf", 35}, {"alias_dereferencing_problem", 36}, {"inappropriate_authentication", 48},
	{"invalid_credentials", 49}, {"insufficient_access_rights", 50}, {"busy", 51},
	{"unavailable", 52}, {"unwilling_to_perform", 53}, {"loop_detect", 54},
	{"naming_violation", 64}, {"object_class_violation", 65}, {"not_allowed_on_non_leaf", 66},
	{"not_allowed_on_rdn", 67}, {"entry_already_exists", 68},
	{"object_class_mods_prohibited", 69}, {"affects_multiple_dsas", 71}, {"other", 80},
	{NULL, 0}};
static const struct sig_word_value rfb_result[] = {
	{"ok", 0}, {"fail", 1}, {"toomany", 2}, {NULL, 0}};
#define X(name, v2, v3, v4) {#name, SIG_NFS_##name},
static const struct sig_word_value nfs_proc[] = {SIG_NFS_PROCEDURES(X) {NULL, 0}};
#undef X
static const struct sig_word_value tls_version[] = {
	{"1.0", 0x0301}, {"1.1", 0x0302}, {"1.2", 0x0303}, {"1.3", 0x0304}, {NULL, 0}};
static const struct sig_word_value dnp3_func[] = {{"confirm", 0}, {"read", 1}, {"write", 2},
	{"select", 3}, {"operate", 4}, {"direct_operate", 5}, {"direct_operate_nr", 6},
	{"immed_freeze", 7}, {"immed_freeze_nr", 8}, {"freeze_clear", 9}, {"freeze_clear_nr", 10},
	{"freeze_at_time", 11}, {"freeze_at_time_nr", 12}, {"cold_restart", 13},
	{"warm_restart", 14}, {"initialize_data", 15}, {"initialize_appl", 16}, {"start_appl", 17},
	{"stop_appl", 18}, {"save_config", 19}, {"enable_unsolicited", 20},
	{"disable_unsolicited", 21}, {"assign_class", 22}, {"delay_measure", 23},
	{"record_current_time", 24}, {"open_file", 25}, {"close_file", 26}, {"delete_file", 27},
	{"get_file_info", 28}, {"authenticate_file", 29}, {"abort_file", 30},
	{"activate_config", 31}, {"authenticate_req", 32}, {"authenticate_err", 33},
	{"response", 129}, {"unsolicited_response", 130}, {"authenticate_resp", 131}, {NULL, 0}};
static const struct sig_word_value dnp3_ind[] = {{"all_stations", 0x0100},
	{"class_1_events", 0x0200}, {"class_2_events", 0x0400}, {"class_3_events", 0x0800},
	{"need_time", 0x1000}, {"local_control", 0x2000}, {"device_trouble", 0x4000},
	{"device_restart", 0x8000}, {"no_func_code_support", 0x0001}, {"object_unknown", 0x0002},
	{"parameter_error", 0x0004}, {"event_buffer_overflow", 0x0008},
	{"already_executing", 0x0010}, {"config_corrupt", 0x0020}, {"reserved_2", 0x0040},
	{"reserved_1", 0x0080}, {NULL, 0}};
static const struct sig_word_value enip_command[] = {{"nop", 0}, {"list_services", 4},
	{"list_identity", 0x63}, {"list_interfaces", 0x64}, {"register_session", 0x65},
	{"unregister_session", 0x66}, {"send_rr_data", 0x6f},
	{"send_r_r_data", 0x6f}, {"send_unit_data", 0x70},
	{"indicate_status", 0x72}, {"cancel", 0x73}, {NULL, 0}};
static const struct sig_word_value enip_status[] = {{"success", 0}, {"invalid_cmd", 1},
	{"no_resources", 2}, {"incorrect_data", 3}, {"invalid_session", 0x64},
	{"invalid_length", 0x65}, {"unsupported_prot_rev", 0x69}, {"encap_header_error", 0x6a},
	{NULL, 0}};

static const struct {
	enum sig_number number;
	const struct sig_word_value *names;
	bool bits;
} tables[] = {
	{SIG_NUM_DNS_RRTYPE, dns_rrtype, false},
	{SIG_NUM_DNS_RCODE, dns_rcode, false},
	{SIG_NUM_DNS_OPCODE, dns_opcode, false},
	{SIG_NUM_WEBSOCKET_OPCODE, ws_opcode, false},
	{SIG_NUM_WEBSOCKET_FLAGS, ws_flags, true},
	{SIG_NUM_MQTT_TYPE, mqtt_type, false},
	{SIG_NUM_MQTT_FLAGS, mqtt_flags, true},
	{SIG_NUM_MQTT_CONNECT_FLAGS, mqtt_connect_flags, true},
	{SIG_NUM_MQTT_SESSION_PRESENT, mqtt_bool, false},
	{SIG_NUM_HTTP2_FRAMETYPE, h2_frame, false},
	{SIG_NUM_HTTP2_ERRORCODE, h2_error, false},
	{SIG_NUM_SNMP_PDU_TYPE, snmp_pdu, false},
	{SIG_NUM_SNMP_TRAP_TYPE, snmp_trap, false},
	{SIG_NUM_LDAP_REQUEST_OPERATION, ldap_op, false},
	{SIG_NUM_LDAP_RESPONSES_OPERATION, ldap_op, false},
	{SIG_NUM_LDAP_RESPONSES_RESULT, ldap_result, false},
	{SIG_NUM_RFB_SECRESULT, rfb_result, false},
	{SIG_NUM_NFS_PROCEDURE_NAME, nfs_proc, false},
	{SIG_NUM_TLS_VERSION, tls_version, false},
	{SIG_NUM_DNP3_FUNC, dnp3_func, false},
	{SIG_NUM_DNP3_IND, dnp3_ind, true},
	{SIG_NUM_ENIP_COMMAND, enip_command, false},
	{SIG_NUM_ENIP_STATUS, enip_status, false},
};

const struct sig_word_value *sig_number_names(enum sig_number number, bool *bits)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (tables[i].number == number) {
			*bits = tables[i].bits;
			return tables[i].names;
		}
	}
	*bits = false;
	return NULL;
}

const struct sig_word_value sig_ip_protocols[] = {{"ip", 0}, {"hopopt", 0}, {"icmp", 1},
	{"igmp", 2}, {"ggp", 3}, {"ipencap", 4}, {"ip-encap", 4}, {"ipip", 94}, {"st", 5},
	{"tcp", 6}, {"egp", 8}, {"igp", 9}, {"pup", 12}, {"udp", 17}, {"hmp", 20}, {"xns-idp", 22},
	{"rdp", 27}, {"iso-tp4", 29}, {"dccp", 33}, {"xtp", 36}, {"ddp", 37}, {"idpr-cmtp", 38},
	{"ipv6", 41}, {"ipv6-route", 43}, {"ipv6-frag", 44}, {"idrp", 45}, {"rsvp", 46},
	{"gre", 47}, {"esp", 50}, {"ipsec-esp", 50}, {"ah", 51}, {"ipsec-ah", 51}, {"skip", 57},
	{"ipv6-icmp", 58}, {"icmpv6", 58}, {"ipv6-nonxt", 59}, {"ipv6-opts", 60}, {"rspf", 73},
	{"vmtp", 81}, {"eigrp", 88}, {"ospf", 89}, {"ospfigp", 89}, {"ax.25", 93}, {"etherip", 97},
	{"encap", 98}, {"pim", 103}, {"ipcomp", 108}, {"vrrp", 112}, {"l2tp", 115}, {"isis", 124},
	{"sctp", 132}, {"fc", 133}, {"mobility-header", 135}, {"udplite", 136}, {"mpls-in-ip", 137},
	{"manet", 138}, {"hip", 139}, {"shim6", 140}, {"wesp", 141}, {"rohc", 142}, {NULL, 0}};

const struct sig_word_value sig_krb5_types[] = {{"des-cbc-crc", 1}, {"des-cbc-md4", 2},
	{"des-cbc-md5", 3}, {"des3-cbc-md5", 5}, {"des3-cbc-sha1", 7}, {"dsawithsha1-cmsoid", 9},
	{"md5withrsaencryption-cmsoid", 10}, {"sha1withrsaencryption-cmsoid", 11},
	{"rc2cbc-envoid", 12}, {"rsaencryption-envoid", 13}, {"rsaes-oaep-env-oid", 14},
	{"des-ede3-cbc-env-oid", 15}, {"des3-cbc-sha1-kd", 16}, {"aes128-cts-hmac-sha1-96", 17},
	{"aes256-cts-hmac-sha1-96", 18}, {"aes128-cts-hmac-sha256-128", 19},
	{"aes256-cts-hmac-sha384-192", 20}, {"rc4-hmac", 23}, {"rc4-hmac-exp", 24},
	{"camellia128-cts-cmac", 25}, {"camellia256-cts-cmac", 26}, {NULL, 0}};
