/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a signature can look at: byte buffers (sticky buffers) and numbers (integer keywords).
 * Names are the canonical keywords of the language; aliases are the language's business.
 * A buffer or number is offered by the packet itself or by one protocol's parser.
 */
#ifndef SIG_BUFFER_H
#define SIG_BUFFER_H

#include <sig/proto.h>
#include <stdint.h>

#define SIG_BUF_TS 1u    /**< offered in client-to-server direction */
#define SIG_BUF_TC 2u    /**< server-to-client */
#define SIG_BUF_BOTH 3u
#define SIG_BUF_MULTI 4u /**< several instances; naming it again means another instance */
#define SIG_BUF_PKT 8u   /**< comes from the packet, no parser needed */
#define SIG_BUF_GROWS 16u /**< arrives in pieces (bodies, file data): inspected as it grows */

/** X(identifier, keyword, protocol, flags). Append only. */
#define SIG_BUFFERS(X)                                                                             \
	X(PAYLOAD, "pkt_data", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                                \
	X(STREAM, "stream", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH | SIG_BUF_GROWS)                   \
	X(BASE64_DATA, "base64_data", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                         \
	X(IP_SRC, "ip.src", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                                   \
	X(IP_DST, "ip.dst", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                                   \
	X(IPV4_HDR, "ipv4.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                               \
	X(IPV6_HDR, "ipv6.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                               \
	X(TCP_HDR, "tcp.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                                 \
	X(UDP_HDR, "udp.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                                 \
	X(ICMPV4_HDR, "icmpv4.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                           \
	X(ICMPV6_HDR, "icmpv6.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                           \
	X(ETHER_HDR, "ether.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                             \
	X(IGMP_HDR, "igmp.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                               \
	X(SCTP_HDR, "sctp.hdr", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH)                               \
	X(SCTP_CHUNK_DATA, "sctp.chunk_data", UNKNOWN, SIG_BUF_PKT | SIG_BUF_BOTH | SIG_BUF_MULTI) \
	X(FRAME, "frame", UNKNOWN, SIG_BUF_BOTH | SIG_BUF_MULTI)                                   \
	X(HTTP_METHOD, "http.method", HTTP_ANY, SIG_BUF_TS)                                        \
	X(HTTP_URI, "http.uri", HTTP_ANY, SIG_BUF_TS)                                              \
	X(HTTP_URI_RAW, "http.uri.raw", HTTP_ANY, SIG_BUF_TS)                                      \
	X(HTTP_REQUEST_LINE, "http.request_line", HTTP_ANY, SIG_BUF_TS)                            \
	X(HTTP_REQUEST_BODY, "http.request_body", HTTP_ANY, SIG_BUF_TS | SIG_BUF_GROWS)            \
	X(HTTP_REQUEST_HEADER, "http.request_header", HTTP_ANY, SIG_BUF_TS | SIG_BUF_MULTI)        \
	X(HTTP_HEADER, "http.header", HTTP_ANY, SIG_BUF_BOTH)                                      \
	X(HTTP_HEADER_RAW, "http.header.raw", HTTP_ANY, SIG_BUF_BOTH)                              \
	X(HTTP_HEADER_NAMES, "http.header_names", HTTP_ANY, SIG_BUF_BOTH)                          \
	X(HTTP_COOKIE, "http.cookie", HTTP_ANY, SIG_BUF_BOTH)                                      \
	X(HTTP_USER_AGENT, "http.user_agent", HTTP_ANY, SIG_BUF_TS)                                \
	X(HTTP_HOST, "http.host", HTTP_ANY, SIG_BUF_TS)                                            \
	X(HTTP_HOST_RAW, "http.host.raw", HTTP_ANY, SIG_BUF_TS)                                    \
	X(HTTP_ACCEPT, "http.accept", HTTP_ANY, SIG_BUF_TS)                                        \
	X(HTTP_ACCEPT_ENC, "http.accept_enc", HTTP_ANY, SIG_BUF_TS)                                \
	X(HTTP_ACCEPT_LANG, "http.accept_lang", HTTP_ANY, SIG_BUF_TS)                              \
	X(HTTP_REFERER, "http.referer", HTTP_ANY, SIG_BUF_TS)                                      \
	X(HTTP_CONNECTION, "http.connection", HTTP_ANY, SIG_BUF_BOTH)                              \
	X(HTTP_CONTENT_TYPE, "http.content_type", HTTP_ANY, SIG_BUF_BOTH)                          \
	X(HTTP_CONTENT_LEN, "http.content_len", HTTP_ANY, SIG_BUF_BOTH)                            \
	X(HTTP_START, "http.start", HTTP_ANY, SIG_BUF_BOTH)                                        \
	X(HTTP_PROTOCOL, "http.protocol", HTTP_ANY, SIG_BUF_BOTH)                                  \
	X(HTTP_LOCATION, "http.location", HTTP_ANY, SIG_BUF_TC)                                    \
	X(HTTP_SERVER, "http.server", HTTP_ANY, SIG_BUF_TC)                                        \
	X(HTTP_STAT_CODE, "http.stat_code", HTTP_ANY, SIG_BUF_TC)                                  \
	X(HTTP_STAT_MSG, "http.stat_msg", HTTP_ANY, SIG_BUF_TC)                                    \
	X(HTTP_RESPONSE_LINE, "http.response_line", HTTP_ANY, SIG_BUF_TC)                          \
	X(HTTP_RESPONSE_HEADER, "http.response_header", HTTP_ANY, SIG_BUF_TC | SIG_BUF_MULTI)      \
	X(HTTP_RESPONSE_BODY, "http.response_body", HTTP_ANY, SIG_BUF_TC | SIG_BUF_GROWS)          \
	X(HTTP2_HEADER_NAME, "http2.header_name", HTTP2, SIG_BUF_BOTH | SIG_BUF_MULTI)             \
	X(FILE_DATA, "file.data", UNKNOWN, SIG_BUF_BOTH | SIG_BUF_GROWS | SIG_BUF_MULTI)           \
	X(FILE_NAME, "file.name", UNKNOWN, SIG_BUF_BOTH | SIG_BUF_MULTI)                           \
	X(FILE_MAGIC, "file.magic", UNKNOWN, SIG_BUF_BOTH | SIG_BUF_MULTI)                         \
	X(TLS_SNI, "tls.sni", TLS, SIG_BUF_TS)                                                     \
	X(TLS_CERT_SUBJECT, "tls.cert_subject", TLS, SIG_BUF_BOTH)                                 \
	X(TLS_CERT_ISSUER, "tls.cert_issuer", TLS, SIG_BUF_BOTH)                                   \
	X(TLS_CERT_SERIAL, "tls.cert_serial", TLS, SIG_BUF_BOTH)                                   \
	X(TLS_CERT_FINGERPRINT, "tls.cert_fingerprint", TLS, SIG_BUF_BOTH)                         \
	X(TLS_CERTS, "tls.certs", TLS, SIG_BUF_BOTH | SIG_BUF_MULTI)                               \
	X(TLS_SUBJECTALTNAME, "tls.subjectaltname", TLS, SIG_BUF_TC | SIG_BUF_MULTI)               \
	X(TLS_ALPN, "tls.alpn", TLS, SIG_BUF_BOTH | SIG_BUF_MULTI)                                 \
	X(TLS_RANDOM, "tls.random", TLS, SIG_BUF_BOTH)                                             \
	X(TLS_RANDOM_TIME, "tls.random_time", TLS, SIG_BUF_BOTH)                                   \
	X(TLS_RANDOM_BYTES, "tls.random_bytes", TLS, SIG_BUF_BOTH)                                 \
	X(JA3_HASH, "ja3.hash", TLS, SIG_BUF_TS)                                                   \
	X(JA3_STRING, "ja3.string", TLS, SIG_BUF_TS)                                               \
	X(JA3S_HASH, "ja3s.hash", TLS, SIG_BUF_TC)                                                 \
	X(JA3S_STRING, "ja3s.string", TLS, SIG_BUF_TC)                                             \
	X(JA4_HASH, "ja4.hash", TLS, SIG_BUF_TS)                                                   \
	X(QUIC_SNI, "quic.sni", QUIC, SIG_BUF_TS)                                                  \
	X(QUIC_UA, "quic.ua", QUIC, SIG_BUF_TS)                                                    \
	X(QUIC_VERSION, "quic.version", QUIC, SIG_BUF_BOTH)                                        \
	X(QUIC_CYU_HASH, "quic.cyu.hash", QUIC, SIG_BUF_TS | SIG_BUF_MULTI)                        \
	X(QUIC_CYU_STRING, "quic.cyu.string", QUIC, SIG_BUF_TS | SIG_BUF_MULTI)                    \
	X(DNS_QUERY, "dns.query", DNS, SIG_BUF_TS | SIG_BUF_MULTI)                                 \
	X(DNS_QUERY_NAME, "dns.query.name", DNS, SIG_BUF_BOTH | SIG_BUF_MULTI)                     \
	X(DNS_ANSWER_NAME, "dns.answer.name", DNS, SIG_BUF_BOTH | SIG_BUF_MULTI)                   \
	X(DNS_QUERIES_RRNAME, "dns.queries.rrname", DNS, SIG_BUF_BOTH | SIG_BUF_MULTI)             \
	X(DNS_ANSWERS_RRNAME, "dns.answers.rrname", DNS, SIG_BUF_BOTH | SIG_BUF_MULTI)             \
	X(DNS_AUTHORITIES_RRNAME, "dns.authorities.rrname", DNS, SIG_BUF_BOTH | SIG_BUF_MULTI)     \
	X(DNS_ADDITIONALS_RRNAME, "dns.additionals.rrname", DNS, SIG_BUF_BOTH | SIG_BUF_MULTI)     \
	X(DNS_RESPONSE_RRNAME, "dns.response.rrname", DNS, SIG_BUF_TC | SIG_BUF_MULTI)             \
	X(MDNS_QUERIES_RRNAME, "mdns.queries.rrname", MDNS, SIG_BUF_BOTH | SIG_BUF_MULTI)          \
	X(MDNS_ANSWERS_RRNAME, "mdns.answers.rrname", MDNS, SIG_BUF_BOTH | SIG_BUF_MULTI)          \
	X(MDNS_RESPONSE_RRNAME, "mdns.response.rrname", MDNS, SIG_BUF_BOTH | SIG_BUF_MULTI)        \
	X(LLMNR_QUERIES_RRNAME, "llmnr.queries.rrname", LLMNR, SIG_BUF_BOTH | SIG_BUF_MULTI)       \
	X(LLMNR_ANSWERS_RRNAME, "llmnr.answers.rrname", LLMNR, SIG_BUF_BOTH | SIG_BUF_MULTI)       \
	X(SMTP_HELO, "smtp.helo", SMTP, SIG_BUF_TS)                                                \
	X(SMTP_MAIL_FROM, "smtp.mail_from", SMTP, SIG_BUF_TS)                                      \
	X(SMTP_RCPT_TO, "smtp.rcpt_to", SMTP, SIG_BUF_TS | SIG_BUF_MULTI)                          \
	X(EMAIL_FROM, "email.from", SMTP, SIG_BUF_TS)                                              \
	X(EMAIL_TO, "email.to", SMTP, SIG_BUF_TS)                                                  \
	X(EMAIL_CC, "email.cc", SMTP, SIG_BUF_TS)                                                  \
	X(EMAIL_SUBJECT, "email.subject", SMTP, SIG_BUF_TS)                                        \
	X(EMAIL_DATE, "email.date", SMTP, SIG_BUF_TS)                                              \
	X(EMAIL_MESSAGE_ID, "email.message_id", SMTP, SIG_BUF_TS)                                  \
	X(EMAIL_X_MAILER, "email.x_mailer", SMTP, SIG_BUF_TS)                                      \
	X(EMAIL_URL, "email.url", SMTP, SIG_BUF_TS | SIG_BUF_MULTI)                                \
	X(EMAIL_RECEIVED, "email.received", SMTP, SIG_BUF_TS | SIG_BUF_MULTI)                      \
	X(EMAIL_BODY_MD5, "email.body_md5", SMTP, SIG_BUF_TS)                                      \
	X(SSH_PROTO, "ssh.proto", SSH, SIG_BUF_BOTH)                                               \
	X(SSH_SOFTWARE, "ssh.software", SSH, SIG_BUF_BOTH)                                         \
	X(SSH_HASSH, "ssh.hassh", SSH, SIG_BUF_TS)                                                 \
	X(SSH_HASSH_STRING, "ssh.hassh.string", SSH, SIG_BUF_TS)                                   \
	X(SSH_HASSH_SERVER, "ssh.hassh.server", SSH, SIG_BUF_TC)                                   \
	X(SSH_HASSH_SERVER_STRING, "ssh.hassh.server.string", SSH, SIG_BUF_TC)                     \
	X(FTP_COMMAND, "ftp.command", FTP, SIG_BUF_TS)                                             \
	X(FTP_COMMAND_DATA, "ftp.command_data", FTP, SIG_BUF_TS)                                   \
	X(FTP_REPLY, "ftp.reply", FTP, SIG_BUF_TC | SIG_BUF_MULTI)                                 \
	X(FTP_COMPLETION_CODE, "ftp.completion_code", FTP, SIG_BUF_TC | SIG_BUF_MULTI)             \
	X(SMB_NAMED_PIPE, "smb.named_pipe", SMB, SIG_BUF_TS)                                       \
	X(SMB_SHARE, "smb.share", SMB, SIG_BUF_TS)                                                 \
	X(SMB_NTLMSSP_USER, "smb.ntlmssp_user", SMB, SIG_BUF_TS)                                   \
	X(SMB_NTLMSSP_DOMAIN, "smb.ntlmssp_domain", SMB, SIG_BUF_TS)                               \
	X(DCERPC_STUB_DATA, "dcerpc.stub_data", DCERPC, SIG_BUF_BOTH)                              \
	X(KRB5_CNAME, "krb5.cname", KRB5, SIG_BUF_BOTH | SIG_BUF_MULTI)                            \
	X(KRB5_SNAME, "krb5.sname", KRB5, SIG_BUF_BOTH | SIG_BUF_MULTI)                            \
	X(RFB_NAME, "rfb.name", RFB, SIG_BUF_TC)                                                   \
	X(SNMP_COMMUNITY, "snmp.community", SNMP, SIG_BUF_BOTH)                                    \
	X(SNMP_USM, "snmp.usm", SNMP, SIG_BUF_BOTH)                                                \
	X(SIP_METHOD, "sip.method", SIP, SIG_BUF_TS)                                               \
	X(SIP_URI, "sip.uri", SIP, SIG_BUF_TS)                                                     \
	X(SIP_PROTOCOL, "sip.protocol", SIP, SIG_BUF_BOTH)                                         \
	X(SIP_STAT_CODE, "sip.stat_code", SIP, SIG_BUF_TC)                                         \
	X(SIP_STAT_MSG, "sip.stat_msg", SIP, SIG_BUF_TC)                                           \
	X(SIP_REQUEST_LINE, "sip.request_line", SIP, SIG_BUF_TS)                                   \
	X(SIP_RESPONSE_LINE, "sip.response_line", SIP, SIG_BUF_TC)                                 \
	X(SIP_FROM, "sip.from", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                                 \
	X(SIP_TO, "sip.to", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                                     \
	X(SIP_VIA, "sip.via", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                                   \
	X(SIP_USER_AGENT, "sip.user_agent", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                     \
	X(SIP_CONTENT_TYPE, "sip.content_type", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                 \
	X(SIP_CONTENT_LENGTH, "sip.content_length", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)             \
	X(MQTT_CONNECT_CLIENTID, "mqtt.connect.clientid", MQTT, SIG_BUF_TS)                        \
	X(MQTT_CONNECT_USERNAME, "mqtt.connect.username", MQTT, SIG_BUF_TS)                        \
	X(MQTT_CONNECT_PASSWORD, "mqtt.connect.password", MQTT, SIG_BUF_TS)                        \
	X(MQTT_CONNECT_WILLTOPIC, "mqtt.connect.willtopic", MQTT, SIG_BUF_TS)                      \
	X(MQTT_CONNECT_WILLMESSAGE, "mqtt.connect.willmessage", MQTT, SIG_BUF_TS)                  \
	X(MQTT_CONNECT_PROTOCOL_STRING, "mqtt.connect.protocol_string", MQTT, SIG_BUF_TS)          \
	X(MQTT_PUBLISH_TOPIC, "mqtt.publish.topic", MQTT, SIG_BUF_BOTH)                            \
	X(MQTT_PUBLISH_MESSAGE, "mqtt.publish.message", MQTT, SIG_BUF_BOTH)                        \
	X(MQTT_SUBSCRIBE_TOPIC, "mqtt.subscribe.topic", MQTT, SIG_BUF_TS | SIG_BUF_MULTI)          \
	X(MQTT_UNSUBSCRIBE_TOPIC, "mqtt.unsubscribe.topic", MQTT, SIG_BUF_TS | SIG_BUF_MULTI)      \
	X(WEBSOCKET_PAYLOAD, "websocket.payload", WEBSOCKET, SIG_BUF_BOTH)                         \
	X(LDAP_REQUEST_DN, "ldap.request.dn", LDAP, SIG_BUF_TS)                                    \
	X(LDAP_REQUEST_ATTRIBUTE_TYPE, "ldap.request.attribute_type", LDAP,                        \
		SIG_BUF_TS | SIG_BUF_MULTI)                                                        \
	X(LDAP_RESPONSES_DN, "ldap.responses.dn", LDAP, SIG_BUF_TC | SIG_BUF_MULTI)                \
	X(LDAP_RESPONSES_MESSAGE, "ldap.responses.message", LDAP, SIG_BUF_TC | SIG_BUF_MULTI)      \
	X(LDAP_RESPONSES_ATTRIBUTE_TYPE, "ldap.responses.attribute_type", LDAP,                    \
		SIG_BUF_TC | SIG_BUF_MULTI)                                                        \
	X(PGSQL_QUERY, "pgsql.query", PGSQL, SIG_BUF_TS)                                           \
	X(DNP3_DATA, "dnp3.data", DNP3, SIG_BUF_BOTH)                                              \
	X(ENIP_PRODUCT_NAME, "enip.product_name", ENIP, SIG_BUF_TC)                                \
	X(ENIP_SERVICE_NAME, "enip.service_name", ENIP, SIG_BUF_TC)                                \
	X(IKE_INIT_SPI, "ike.init_spi", IKE, SIG_BUF_BOTH)                                         \
	X(IKE_RESP_SPI, "ike.resp_spi", IKE, SIG_BUF_BOTH)                                         \
	X(IKE_VENDOR, "ike.vendor", IKE, SIG_BUF_BOTH | SIG_BUF_MULTI)                             \
	X(IKE_KEY_EXCHANGE_PAYLOAD, "ike.key_exchange_payload", IKE, SIG_BUF_BOTH)                 \
	X(IKE_NONCE_PAYLOAD, "ike.nonce_payload", IKE, SIG_BUF_BOTH)                               \
	X(NTP_REFERENCE_ID, "ntp.reference_id", NTP, SIG_BUF_BOTH)                                 \
	X(SDP_ORIGIN, "sdp.origin", SIP, SIG_BUF_BOTH)                                             \
	X(SDP_SESSION_NAME, "sdp.session_name", SIP, SIG_BUF_BOTH)                                 \
	X(SDP_SESSION_INFO, "sdp.session_info", SIP, SIG_BUF_BOTH)                                 \
	X(SDP_URI, "sdp.uri", SIP, SIG_BUF_BOTH)                                                   \
	X(SDP_EMAIL, "sdp.email", SIP, SIG_BUF_BOTH)                                               \
	X(SDP_PHONE_NUMBER, "sdp.phone_number", SIP, SIG_BUF_BOTH)                                 \
	X(SDP_CONNECTION_DATA, "sdp.connection_data", SIP, SIG_BUF_BOTH)                           \
	X(SDP_BANDWIDTH, "sdp.bandwidth", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                       \
	X(SDP_TIME, "sdp.time", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                                 \
	X(SDP_REPEAT_TIME, "sdp.repeat_time", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                   \
	X(SDP_TIMEZONE, "sdp.timezone", SIP, SIG_BUF_BOTH)                                         \
	X(SDP_ENCRYPTION_KEY, "sdp.encryption_key", SIP, SIG_BUF_BOTH)                             \
	X(SDP_ATTRIBUTE, "sdp.attribute", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                       \
	X(SDP_MEDIA_MEDIA, "sdp.media.media", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)                   \
	X(SDP_MEDIA_INFO, "sdp.media.media_info", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)               \
	X(SDP_MEDIA_CONNECTION, "sdp.media.connection_data", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI)    \
	X(SDP_MEDIA_KEY, "sdp.media.encryption_key", SIP, SIG_BUF_BOTH | SIG_BUF_MULTI) \
	X(MDNS_AUTHORITIES_RRNAME, "mdns.authorities.rrname", MDNS, SIG_BUF_BOTH | SIG_BUF_MULTI) \
	X(MDNS_ADDITIONALS_RRNAME, "mdns.additionals.rrname", MDNS, SIG_BUF_BOTH | SIG_BUF_MULTI)

enum sig_buffer {
#define X(id, name, proto, flags) SIG_BUF_##id,
	SIG_BUFFERS(X)
#undef X
		SIG_BUF__COUNT
};

struct sig_buffer_info {
	const char *name;
	enum sig_proto proto;
	uint8_t flags;
};
/** Indexed by enum sig_buffer. */
extern const struct sig_buffer_info sig_buffer_info[SIG_BUF__COUNT];

/**
 * Numbers a signature can test. X(identifier, keyword, protocol, flags, bits).
 * SIG_BUF_PKT: from packet or flow. SIG_BUF_MULTI: several values, any may match.
 */
#define SIG_NUMBERS(X)                                                                             \
	X(TTL, "ttl", UNKNOWN, SIG_BUF_PKT, 8)                                                     \
	X(TOS, "tos", UNKNOWN, SIG_BUF_PKT, 8)                                                     \
	X(IP_ID, "id", UNKNOWN, SIG_BUF_PKT, 16)                                                   \
	X(IP_PROTO, "ip_proto", UNKNOWN, SIG_BUF_PKT, 8)                                           \
	X(FRAGOFFSET, "fragoffset", UNKNOWN, SIG_BUF_PKT, 16)                                      \
	X(TCP_SEQ, "tcp.seq", UNKNOWN, SIG_BUF_PKT, 32)                                            \
	X(TCP_ACK, "tcp.ack", UNKNOWN, SIG_BUF_PKT, 32)                                            \
	X(TCP_WINDOW, "tcp.window", UNKNOWN, SIG_BUF_PKT, 16)                                      \
	X(TCP_MSS, "tcp.mss", UNKNOWN, SIG_BUF_PKT, 16)                                            \
	X(TCP_WSCALE, "tcp.wscale", UNKNOWN, SIG_BUF_PKT, 8)                                       \
	X(ITYPE, "itype", UNKNOWN, SIG_BUF_PKT, 8)                                                 \
	X(ICODE, "icode", UNKNOWN, SIG_BUF_PKT, 8)                                                 \
	X(ICMP_ID, "icmp_id", UNKNOWN, SIG_BUF_PKT, 16)                                            \
	X(ICMP_SEQ, "icmp_seq", UNKNOWN, SIG_BUF_PKT, 16)                                          \
	X(ICMPV6_MTU, "icmpv6.mtu", UNKNOWN, SIG_BUF_PKT, 32)                                      \
	X(IGMP_TYPE, "igmp.type", UNKNOWN, SIG_BUF_PKT, 8)                                         \
	X(DSIZE, "dsize", UNKNOWN, SIG_BUF_PKT, 16)                                                \
	X(VLAN_LAYERS, "vlan.layers", UNKNOWN, SIG_BUF_PKT, 8)                                     \
	X(FLOW_AGE, "flow.age", UNKNOWN, SIG_BUF_PKT, 32)                                          \
	X(FLOW_PKTS, "flow.pkts", UNKNOWN, SIG_BUF_PKT | SIG_BUF_MULTI, 32)                        \
	X(FLOW_PKTS_TS, "flow.pkts_toserver", UNKNOWN, SIG_BUF_PKT, 32)                            \
	X(FLOW_PKTS_TC, "flow.pkts_toclient", UNKNOWN, SIG_BUF_PKT, 32)                            \
	X(FLOW_BYTES, "flow.bytes", UNKNOWN, SIG_BUF_PKT | SIG_BUF_MULTI, 64)                      \
	X(FLOW_BYTES_TS, "flow.bytes_toserver", UNKNOWN, SIG_BUF_PKT, 64)                          \
	X(FLOW_BYTES_TC, "flow.bytes_toclient", UNKNOWN, SIG_BUF_PKT, 64)                          \
	X(SCTP_CHUNK_TYPE, "sctp.chunk_type", UNKNOWN, SIG_BUF_PKT | SIG_BUF_MULTI, 8)             \
	X(SCTP_CHUNK_CNT, "sctp.chunk_cnt", UNKNOWN, SIG_BUF_PKT, 8)                               \
	X(SCTP_VTAG, "sctp.vtag", UNKNOWN, SIG_BUF_PKT, 32)                                        \
	X(URILEN, "urilen", HTTP_ANY, 0, 16)                                                       \
	X(URILEN_RAW, "urilen,raw", HTTP_ANY, 0, 16)                                               \
	X(HTTP2_FRAMETYPE, "http2.frametype", HTTP2, SIG_BUF_MULTI, 8)                             \
	X(HTTP2_ERRORCODE, "http2.errorcode", HTTP2, SIG_BUF_MULTI, 32)                            \
	X(HTTP2_PRIORITY, "http2.priority", HTTP2, SIG_BUF_MULTI, 8)                               \
	X(HTTP2_WINDOW, "http2.window", HTTP2, SIG_BUF_MULTI, 32)                                  \
	X(HTTP2_SIZE_UPDATE, "http2.size_update", HTTP2, SIG_BUF_MULTI, 64)                        \
	X(FILESIZE, "filesize", UNKNOWN, SIG_BUF_MULTI, 64)                                        \
	X(TLS_CERT_CHAIN_LEN, "tls.cert_chain_len", TLS, 0, 32)                                    \
	X(TLS_VERSION, "tls.version", TLS, 0, 16)                                                  \
	X(TLS_CERT_NOTBEFORE, "tls_cert_notbefore", TLS, 0, 64)                                    \
	X(TLS_CERT_NOTAFTER, "tls_cert_notafter", TLS, 0, 64)                                      \
	X(DNS_OPCODE, "dns.opcode", DNS, 0, 8)                                                     \
	X(DNS_RCODE, "dns.rcode", DNS, 0, 16)                                                      \
	X(DNS_RRTYPE, "dns.rrtype", DNS, SIG_BUF_MULTI, 16)                                        \
	X(FTP_DYNAMIC_PORT, "ftp.dynamic_port", FTP, 0, 16)                                        \
	X(SMB_VERSION, "smb.version", SMB, 0, 8)                                                   \
	X(DCERPC_OPNUM, "dcerpc.opnum", DCERPC, 0, 16)                                             \
	X(KRB5_MSG_TYPE, "krb5_msg_type", KRB5, 0, 8)                                              \
	X(KRB5_ERR_CODE, "krb5_err_code", KRB5, 0, 32)                                             \
	X(NFS_PROCEDURE, "nfs_procedure", NFS, SIG_BUF_MULTI, 32)                                  \
	X(NFS_VERSION, "nfs.version", NFS, 0, 32)                                                  \
	X(RFB_SECTYPE, "rfb.sectype", RFB, 0, 32)                                                  \
	X(RFB_SECRESULT, "rfb.secresult", RFB, 0, 32)                                              \
	X(SNMP_VERSION, "snmp.version", SNMP, 0, 32)                                               \
	X(SNMP_PDU_TYPE, "snmp.pdu_type", SNMP, 0, 32)                                             \
	X(SNMP_TRAP_TYPE, "snmp.trap_type", SNMP, 0, 8)                                            \
	X(MQTT_TYPE, "mqtt.type", MQTT, SIG_BUF_MULTI, 8)                                          \
	X(MQTT_QOS, "mqtt.qos", MQTT, SIG_BUF_MULTI, 8)                                            \
	X(MQTT_REASON_CODE, "mqtt.reason_code", MQTT, SIG_BUF_MULTI, 8)                            \
	X(MQTT_PROTOCOL_VERSION, "mqtt.protocol_version", MQTT, 0, 8)                              \
	X(WEBSOCKET_FLAGS, "websocket.flags", WEBSOCKET, 0, 8)                                     \
	X(WEBSOCKET_MASK, "websocket.mask", WEBSOCKET, 0, 32)                                      \
	X(WEBSOCKET_OPCODE, "websocket.opcode", WEBSOCKET, 0, 8)                                   \
	X(LDAP_REQUEST_OPERATION, "ldap.request.operation", LDAP, 0, 8)                            \
	X(LDAP_RESPONSES_OPERATION, "ldap.responses.operation", LDAP, SIG_BUF_MULTI, 8)            \
	X(LDAP_RESPONSES_COUNT, "ldap.responses.count", LDAP, 0, 32)                               \
	X(LDAP_RESPONSES_RESULT, "ldap.responses.result_code", LDAP, SIG_BUF_MULTI, 32)            \
	X(DHCP_LEASETIME, "dhcp.leasetime", DHCP, 0, 64)                                           \
	X(DHCP_REBINDING_TIME, "dhcp.rebinding_time", DHCP, 0, 64)                                 \
	X(DHCP_RENEWAL_TIME, "dhcp.renewal_time", DHCP, 0, 64)                                     \
	X(NTP_VERSION, "ntp.version", NTP, 0, 8)                                                   \
	X(NTP_MODE, "ntp.mode", NTP, 0, 8)                                                         \
	X(NTP_STRATUM, "ntp.stratum", NTP, 0, 8)                                                   \
	X(DNP3_FUNC, "dnp3_func", DNP3, 0, 8)                                                      \
	X(DNP3_IND, "dnp3_ind", DNP3, 0, 16)                                                       \
	X(IKE_EXCHTYPE, "ike.exchtype", IKE, 0, 8)                                                 \
	X(IKE_KEY_EXCHANGE_LEN, "ike.key_exchange_payload_length", IKE, 0, 32)                     \
	X(IKE_NONCE_LEN, "ike.nonce_payload_length", IKE, 0, 32)                                   \
	X(ENIP_COMMAND, "enip_command", ENIP, 0, 16)                                               \
	X(ENIP_STATUS, "enip.status", ENIP, 0, 32) \
	X(MQTT_FLAGS, "mqtt.flags", MQTT, SIG_BUF_MULTI, 8) \
	X(MQTT_CONNECT_FLAGS, "mqtt.connect.flags", MQTT, SIG_BUF_MULTI, 8) \
	X(MQTT_SESSION_PRESENT, "mqtt.connack.session_present", MQTT, SIG_BUF_MULTI, 8) \
	X(ENIP_STATE, "enip.state", ENIP, 0, 8) \
	X(ENIP_SERIAL, "enip.serial", ENIP, 0, 32) \
	X(ENIP_VENDOR_ID, "enip.vendor_id", ENIP, 0, 16) \
	X(ENIP_PRODUCT_CODE, "enip.product_code", ENIP, 0, 16) \
	X(ENIP_REVISION, "enip.revision", ENIP, 0, 16) \
	X(ENIP_CAPABILITIES, "enip.capabilities", ENIP, 0, 16) \
	X(ENIP_DEVICE_TYPE, "enip.device_type", ENIP, 0, 16) \
	X(ENIP_IDENTITY_STATUS, "enip.identity_status", ENIP, 0, 16) \
	X(ENIP_PROTOCOL_VERSION, "enip.protocol_version", ENIP, 0, 16) \
	X(CIP_ATTRIBUTE, "enip.cip_attribute", ENIP, SIG_BUF_MULTI, 32) \
	X(CIP_CLASS, "enip.cip_class", ENIP, SIG_BUF_MULTI, 32) \
	X(CIP_INSTANCE, "enip.cip_instance", ENIP, SIG_BUF_MULTI, 32) \
	X(CIP_STATUS, "enip.cip_status", ENIP, SIG_BUF_MULTI, 8) \
	X(CIP_EXTENDEDSTATUS, "enip.cip_extendedstatus", ENIP, SIG_BUF_MULTI, 16) \
	X(NFS_PROCEDURE_NAME, "nfs_procedure,name", NFS, SIG_BUF_MULTI, 16) /* enum sig_nfs_procedure */

enum sig_number {
#define X(id, name, proto, flags, bits) SIG_NUM_##id,
	SIG_NUMBERS(X)
#undef X
		SIG_NUM__COUNT
};

struct sig_number_info {
	const char *name;
	enum sig_proto proto;
	uint8_t flags;
	uint8_t bits;
};
extern const struct sig_number_info sig_number_info[SIG_NUM__COUNT];

#endif
