/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Application protocols and signature actions by number and name.
 * Names are the ones signatures use in the header and events use in app_proto.
 */
#ifndef SIG_PROTO_H
#define SIG_PROTO_H

#include <stdint.h>

/** X(identifier, name in rules, name in events). Append only: numbers go into images. */
#define SIG_PROTOS(X)                                                                              \
	X(UNKNOWN, "unknown", "unknown")                                                           \
	X(FAILED, "failed", "failed")                                                              \
	X(HTTP1, "http1", "http")                                                                  \
	X(HTTP2, "http2", "http2")                                                                 \
	X(HTTP_ANY, "http", "http")                                                                \
	X(TLS, "tls", "tls")                                                                       \
	X(DNS, "dns", "dns")                                                                       \
	X(SMTP, "smtp", "smtp")                                                                    \
	X(FTP, "ftp", "ftp")                                                                       \
	X(FTP_DATA, "ftp-data", "ftp-data")                                                        \
	X(SSH, "ssh", "ssh")                                                                       \
	X(SMB, "smb", "smb")                                                                       \
	X(DCERPC, "dcerpc", "dcerpc")                                                              \
	X(QUIC, "quic", "quic")                                                                    \
	X(KRB5, "krb5", "krb5")                                                                    \
	X(SNMP, "snmp", "snmp")                                                                    \
	X(SIP, "sip", "sip")                                                                       \
	X(MQTT, "mqtt", "mqtt")                                                                    \
	X(RDP, "rdp", "rdp")                                                                       \
	X(RFB, "rfb", "rfb")                                                                       \
	X(NFS, "nfs", "nfs")                                                                       \
	X(TFTP, "tftp", "tftp")                                                                    \
	X(DHCP, "dhcp", "dhcp")                                                                    \
	X(NTP, "ntp", "ntp")                                                                       \
	X(IKE, "ike", "ike")                                                                       \
	X(POP3, "pop3", "pop3")                                                                    \
	X(IMAP, "imap", "imap")                                                                    \
	X(WEBSOCKET, "websocket", "websocket")                                                     \
	X(PGSQL, "pgsql", "pgsql")                                                                 \
	X(LDAP, "ldap", "ldap")                                                                    \
	X(MODBUS, "modbus", "modbus")                                                              \
	X(DNP3, "dnp3", "dnp3")                                                                    \
	X(ENIP, "enip", "enip")                                                                    \
	X(TELNET, "telnet", "telnet")                                                              \
	X(BITTORRENT_DHT, "bittorrent-dht", "bittorrent-dht")                                      \
	X(DOH2, "doh2", "doh2")                                                                    \
	X(MDNS, "mdns", "mdns")                                                                    \
	X(LLMNR, "llmnr", "llmnr")                                                                 \
	X(SDP, "sdp", "sdp")                                                                       \
	X(RPC, "rpc", "rpc")                                                                       \
	X(IRC, "irc", "irc")                                                                       \
	X(JABBER, "jabber", "jabber")

enum sig_proto {
#define X(id, rule, eve) SIG_PROTO_##id,
	SIG_PROTOS(X)
#undef X
		SIG_PROTO__COUNT
};

/** Indexed by enum sig_proto. */
extern const char *const sig_proto_rule_name[SIG_PROTO__COUNT];
extern const char *const sig_proto_event_name[SIG_PROTO__COUNT];

enum sig_action {
	SIG_ACT_ALERT,
	SIG_ACT_PASS,
	SIG_ACT_DROP,
	SIG_ACT_REJECT, /**< reset the sender of the matching packet (same as REJECT_SRC) */
	SIG_ACT_REJECT_SRC,
	SIG_ACT_REJECT_DST,
	SIG_ACT_REJECT_BOTH,
	SIG_ACT_CONFIG,
	SIG_ACT__COUNT
};
extern const char *const sig_action_name[SIG_ACT__COUNT];

/** Direction of a flow as seen by the client that opened it. */
enum sig_dir { SIG_DIR_TO_SERVER = 0, SIG_DIR_TO_CLIENT = 1 };

#endif
