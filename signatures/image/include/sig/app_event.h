/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Anomalies that protocol parsers report, by protocol and number: `app-layer-event:PROTO.NAME` in
 * signatures, `anomaly.event` in events. Numbers are private to one build of the image format:
 * append only. Names are spelled as events print them; signatures may use any case.
 */
#ifndef SIG_APP_EVENT_H
#define SIG_APP_EVENT_H

#include <sig/proto.h>

/** Found while the protocol itself was being detected: `app-layer-event:applayer_...`. */
#define SIG_EVENTS_APPLAYER(X)                                                                     \
	X(MISMATCH_BOTH, "APPLAYER_MISMATCH_PROTOCOL_BOTH_DIRECTIONS")                             \
	X(WRONG_DIRECTION, "APPLAYER_WRONG_DIRECTION_FIRST_DATA")                                  \
	X(ONE_DIRECTION, "APPLAYER_DETECT_PROTOCOL_ONLY_ONE_DIRECTION")                            \
	X(DETECTION_SKIPPED, "APPLAYER_PROTO_DETECTION_SKIPPED")                                   \
	X(NO_TLS, "APPLAYER_NO_TLS_AFTER_STARTTLS")                                                \
	X(UNEXPECTED, "APPLAYER_UNEXPECTED_PROTOCOL")

#define SIG_EVENTS_HTTP1(X)                                                                        \
	X(UNKNOWN_ERROR, "UNKNOWN_ERROR")                                                          \
	X(GZIP_FAILED, "GZIP_DECOMPRESSION_FAILED")                                                \
	X(REQ_NO_COLON, "REQUEST_FIELD_MISSING_COLON")                                             \
	X(RES_NO_COLON, "RESPONSE_FIELD_MISSING_COLON")                                            \
	X(REQ_CHUNK_LEN, "INVALID_REQUEST_CHUNK_LEN")                                              \
	X(RES_CHUNK_LEN, "INVALID_RESPONSE_CHUNK_LEN")                                             \
	X(REQ_TE, "INVALID_TRANSFER_ENCODING_VALUE_IN_REQUEST")                                    \
	X(RES_TE, "INVALID_TRANSFER_ENCODING_VALUE_IN_RESPONSE")                                   \
	X(REQ_CL, "INVALID_CONTENT_LENGTH_FIELD_IN_REQUEST")                                       \
	X(RES_CL, "INVALID_CONTENT_LENGTH_FIELD_IN_RESPONSE")                                      \
	X(REQ_DUP_CL, "DUPLICATE_CONTENT_LENGTH_FIELD_IN_REQUEST")                                 \
	X(RES_DUP_CL, "DUPLICATE_CONTENT_LENGTH_FIELD_IN_RESPONSE")                                \
	X(SECOND_100, "100_CONTINUE_ALREADY_SEEN")                                                 \
	X(RES_UNMATCHED, "UNABLE_TO_MATCH_RESPONSE_TO_REQUEST")                                    \
	X(SERVER_PORT, "INVALID_SERVER_PORT_IN_REQUEST")                                           \
	X(AUTHORITY_PORT, "INVALID_AUTHORITY_PORT")                                                \
	X(REQ_HDR_INVALID, "REQUEST_HEADER_INVALID")                                               \
	X(RES_HDR_INVALID, "RESPONSE_HEADER_INVALID")                                              \
	X(NO_HOST, "MISSING_HOST_HEADER")                                                          \
	X(HOST_AMBIGUOUS, "HOST_HEADER_AMBIGUOUS")                                                 \
	X(REQ_FOLDING, "INVALID_REQUEST_FIELD_FOLDING")                                            \
	X(RES_FOLDING, "INVALID_RESPONSE_FIELD_FOLDING")                                           \
	X(REQ_FIELD_LONG, "REQUEST_FIELD_TOO_LONG")                                                \
	X(RES_FIELD_LONG, "RESPONSE_FIELD_TOO_LONG")                                               \
	X(REQ_LINE_INVALID, "REQUEST_LINE_INVALID")                                                \
	X(REQ_BODY_UNEXPECTED, "REQUEST_BODY_UNEXPECTED")                                          \
	X(PORT_MISMATCH, "REQUEST_SERVER_PORT_TCP_PORT_MISMATCH")                                  \
	X(URI_HOST_INVALID, "REQUEST_URI_HOST_INVALID")                                            \
	X(HDR_HOST_INVALID, "REQUEST_HEADER_HOST_INVALID")                                         \
	X(METHOD_DELIM, "METHOD_DELIM_NON_COMPLIANT")                                              \
	X(URI_DELIM, "URI_DELIM_NON_COMPLIANT")                                                    \
	X(REQ_LEADING_WS, "REQUEST_LINE_LEADING_WHITESPACE")                                       \
	X(ENC_LAYERS, "TOO_MANY_ENCODING_LAYERS")                                                  \
	X(CE_ABNORMAL, "ABNORMAL_CE_HEADER")                                                       \
	X(AUTH_UNRECOGNIZED, "REQUEST_AUTH_UNRECOGNIZED")                                          \
	X(REQ_HDR_REPEAT, "REQUEST_HEADER_REPETITION")                                             \
	X(RES_HDR_REPEAT, "RESPONSE_HEADER_REPETITION")                                            \
	X(RES_BYTERANGES, "RESPONSE_MULTIPART_BYTERANGES")                                         \
	X(RES_TE_ABNORMAL, "RESPONSE_ABNORMAL_TRANSFER_ENCODING")                                  \
	X(RES_CHUNKED_OLD, "RESPONSE_CHUNKED_OLD_PROTO")                                           \
	X(RES_PROTOCOL, "RESPONSE_INVALID_PROTOCOL")                                               \
	X(RES_STATUS, "RESPONSE_INVALID_STATUS")                                                   \
	X(REQ_LINE_INCOMPLETE, "REQUEST_LINE_INCOMPLETE")                                          \
	X(DOUBLE_ENCODED, "DOUBLE_ENCODED_URI")                                                    \
	X(REQ_NO_PROTOCOL, "REQUEST_LINE_MISSING_PROTOCOL")                                        \
	X(FILE_NAME_LONG, "FILE_NAME_TOO_LONG")                                                    \
	X(MP_GENERIC, "MULTIPART_GENERIC_ERROR")                                                   \
	X(MP_NO_FILE, "MULTIPART_NO_FILEDATA")                                                     \
	X(MP_HEADER, "MULTIPART_INVALID_HEADER")                                                   \
	X(LZMA_MEMLIMIT, "LZMA_MEMLIMIT_REACHED")                                                  \
	X(BOMB, "COMPRESSION_BOMB")                                                                \
	X(RANGE_INVALID, "RANGE_INVALID")                                                          \
	X(REQ_CHUNK_EXT, "REQUEST_CHUNK_EXTENSION")                                                \
	X(RES_CHUNK_EXT, "RESPONSE_CHUNK_EXTENSION")                                               \
	X(REQ_MANY_HDR, "REQUEST_TOO_MANY_HEADERS")                                                \
	X(RES_MANY_HDR, "RESPONSE_TOO_MANY_HEADERS")                                               \
	X(WARNINGS, "TOO_MANY_WARNINGS")                                                           \
	X(FAILED_CHANGE, "FAILED_PROTOCOL_CHANGE")                                                 \
	X(BOMB_LIMIT, "COMPRESSION_BOMB_LIMIT_REACHED")                                            \
	X(METHOD_BAD_PROTO, "REQUEST_LINE_UNKNOWN_METHOD_INVALID_PROTOCOL")                        \
	X(METHOD_NO_PROTO, "REQUEST_LINE_UNKNOWN_METHOD_NO_PROTOCOL")                              \
	X(METHOD_UNKNOWN, "REQUEST_LINE_UNKNOWN_METHOD")                                           \
	X(RES_BODY_UNEXPECTED, "RESPONSE_BODY_UNEXPECTED")                                         \
	X(CL_EXTRA_START, "CONTENT_LENGTH_EXTRA_DATA_START")                                       \
	X(CL_EXTRA_END, "CONTENT_LENGTH_EXTRA_DATA_END")                                           \
	X(RES_LINE_PROTOCOL, "RESPONSE_LINE_INVALID_PROTOCOL")                                     \
	X(RES_LINE_STATUS, "RESPONSE_LINE_INVALID_RESPONSE_STATUS")                                \
	X(INVALID_GAP, "INVALID_GAP")                                                              \
	X(SWITCHING, "SWITCHING_PROTO_WITH_CONTENT_LENGTH")                                        \
	X(DEFORMED_EOL, "DEFORMED_EOL")                                                            \
	X(REQ_LINE_NO_PROTO, "REQUEST_LINE_NO_PROTOCOL")                                           \
	X(LZMA_DISABLED, "LZMA_DECOMPRESSION_DISABLED")                                            \
	X(REQ_CL_MANY, "REQUEST_INVALID_T_E")                                                      \
	X(CHUNK_CL, "BOTH_CONTENT_LENGTH_AND_CHUNKED")

#define SIG_EVENTS_HTTP2(X)                                                                        \
	X(FRAME_HEADER, "invalid_frame_header")                                                    \
	X(CLIENT_MAGIC, "invalid_client_magic")                                                    \
	X(FRAME_DATA, "invalid_frame_data")                                                        \
	X(HEADER, "invalid_header")                                                                \
	X(FRAME_LENGTH, "invalid_frame_length")                                                    \
	X(EXTRA_HEADER, "extra_header_data")                                                       \
	X(LONG_FRAME, "long_frame_data")                                                           \
	X(ID_REUSE, "stream_id_reuse")                                                             \
	X(HTTP1_SETTINGS, "invalid_http1_settings")                                                \
	X(DECOMPRESSION, "failed_decompression")                                                   \
	X(RANGE, "invalid_range")                                                                  \
	X(INT_OVERFLOW, "header_integer_overflow")                                                 \
	X(MANY_STREAMS, "too_many_streams")                                                        \
	X(AUTHORITY_HOST, "authority_host_mismatch")                                               \
	X(USERINFO, "userinfo_in_uri")                                                             \
	X(REASSEMBLY, "reassembly_limit_reached")                                                  \
	X(DNS_REQUEST_LONG, "dns_request_too_long")                                                \
	X(DNS_RESPONSE_LONG, "dns_response_too_long")                                              \
	X(DATA_STREAM_ZERO, "data_stream_zero")                                                    \
	X(BOMB, "compression_bomb")

#define SIG_EVENTS_TLS(X)                                                                          \
	X(SSLV2_HEADER, "INVALID_SSLV2_HEADER")                                                    \
	X(TLS_HEADER, "INVALID_TLS_HEADER")                                                        \
	X(RECORD_VERSION, "INVALID_RECORD_VERSION")                                                \
	X(RECORD_TYPE, "INVALID_RECORD_TYPE")                                                      \
	X(RECORD_LENGTH, "INVALID_RECORD_LENGTH")                                                  \
	X(HANDSHAKE, "INVALID_HANDSHAKE_MESSAGE")                                                  \
	X(HEARTBEAT, "HEARTBEAT_MESSAGE")                                                          \
	X(HEARTBEAT_INVALID, "INVALID_HEARTBEAT_MESSAGE")                                          \
	X(HEARTBEAT_OVERFLOW, "OVERFLOW_HEARTBEAT_MESSAGE")                                        \
	X(HEARTBEAT_LEAK, "DATALEAK_HEARTBEAT_MISMATCH")                                           \
	X(HANDSHAKE_LENGTH, "HANDSHAKE_INVALID_LENGTH")                                            \
	X(SNI_MANY, "MULTIPLE_SNI_EXTENSIONS")                                                     \
	X(SNI_TYPE, "INVALID_SNI_TYPE")                                                            \
	X(SNI_LENGTH, "INVALID_SNI_LENGTH")                                                        \
	X(MANY_RECORDS, "TOO_MANY_RECORDS_IN_PACKET")                                              \
	X(ALERT, "INVALID_ALERT_MESSAGE")                                                          \
	X(CERT, "INVALID_CERTIFICATE")                                                             \
	X(CERT_MISSING, "CERTIFICATE_MISSING_ELEMENT")                                             \
	X(CERT_UNKNOWN, "CERTIFICATE_UNKNOWN_ELEMENT")                                             \
	X(CERT_LENGTH, "CERTIFICATE_INVALID_LENGTH")                                               \
	X(CERT_VERSION, "CERTIFICATE_INVALID_VERSION")                                             \
	X(CERT_SERIAL, "CERTIFICATE_INVALID_SERIAL")                                               \
	X(CERT_ALGORITHM, "CERTIFICATE_INVALID_ALGORITHMIDENTIFIER")                               \
	X(CERT_X509NAME, "CERTIFICATE_INVALID_X509NAME")                                           \
	X(CERT_DATE, "CERTIFICATE_INVALID_DATE")                                                   \
	X(CERT_EXTENSIONS, "CERTIFICATE_INVALID_EXTENSIONS")                                       \
	X(CERT_DER, "CERTIFICATE_INVALID_DER")                                                     \
	X(CERT_SUBJECT, "CERTIFICATE_INVALID_SUBJECT")                                             \
	X(CERT_ISSUER, "CERTIFICATE_INVALID_ISSUER")                                               \
	X(CERT_VALIDITY, "CERTIFICATE_INVALID_VALIDITY")                                           \
	X(CERT_STRING, "CERTIFICATE_INVALID_STRING")                                               \
	X(ERROR_MESSAGE, "ERROR_MESSAGE_ENCOUNTERED")                                              \
	X(SSL_RECORD, "INVALID_SSL_RECORD")

#define SIG_EVENTS_DNS(X)                                                                          \
	X(MALFORMED, "malformed_data")                                                             \
	X(NOT_REQUEST, "not_a_request")                                                            \
	X(NOT_RESPONSE, "not_a_response")                                                          \
	X(Z_FLAG, "z_flag_set")                                                                    \
	X(OPCODE, "invalid_opcode")                                                                \
	X(NAME_LONG, "name_too_long")                                                              \
	X(LOOP, "infinite_loop")                                                                   \
	X(LABELS, "too_many_labels")                                                               \
	X(ADDITIONALS, "invalid_additionals")                                                      \
	X(AUTHORITIES, "invalid_authorities")                                                      \
	X(NOT_MDNS_RESPONSE, "not_response")

#define SIG_EVENTS_SMTP(X)                                                                         \
	X(INVALID_REPLY, "INVALID_REPLY")                                                          \
	X(UNMATCHED_REPLY, "UNABLE_TO_MATCH_REPLY_WITH_REQUEST")                                   \
	X(COMMAND_LONG, "MAX_COMMAND_LINE_LEN_EXCEEDED")                                           \
	X(REPLY_LONG, "MAX_REPLY_LINE_LEN_EXCEEDED")                                               \
	X(PIPELINE, "INVALID_PIPELINED_SEQUENCE")                                                  \
	X(BDAT_LONG, "BDAT_CHUNK_LEN_EXCEEDED")                                                    \
	X(NO_WELCOME, "NO_SERVER_WELCOME_MESSAGE")                                                 \
	X(TLS_REJECTED, "TLS_REJECTED")                                                            \
	X(DATA_REJECTED, "DATA_COMMAND_REJECTED")                                                  \
	X(FAILED_CHANGE, "FAILED_PROTOCOL_CHANGE")                                                 \
	X(MIME_FAILED, "MIME_PARSE_FAILED")                                                        \
	X(MIME_MALFORMED, "MIME_MALFORMED_MSG")                                                    \
	X(MIME_BASE64, "MIME_INVALID_BASE64")                                                      \
	X(MIME_QP, "MIME_INVALID_QP")                                                              \
	X(MIME_LINE, "MIME_LONG_LINE")                                                             \
	X(MIME_ENC_LINE, "MIME_LONG_ENC_LINE")                                                     \
	X(MIME_HDR_NAME, "MIME_LONG_HEADER_NAME")                                                  \
	X(MIME_HDR_VALUE, "MIME_LONG_HEADER_VALUE")                                                \
	X(MIME_BOUNDARY, "MIME_LONG_BOUNDARY")                                                     \
	X(MIME_FILENAME, "MIME_LONG_FILENAME")                                                     \
	X(DUPLICATE, "DUPLICATE_FIELDS")                                                           \
	X(UNPARSABLE, "UNPARSABLE_CONTENT")                                                        \
	X(TRUNCATED_LINE, "TRUNCATED_LINE")                                                        \
	X(INVALID_BDAT, "INVALID_BDAT")

#define SIG_EVENTS_FTP(X)                                                                          \
	X(REQUEST_LONG, "request_command_too_long")                                                \
	X(RESPONSE_LONG, "response_command_too_long")                                              \
	X(FILE_BEFORE_PORT, "file_before_port")                                                    \
	X(FILE_NO_NAME, "file_without_name")                                                       \
	X(MANY_TX, "too_many_transactions")

#define SIG_EVENTS_SSH(X)                                                                          \
	X(BANNER, "invalid_banner")                                                                \
	X(LONG_BANNER, "long_banner")                                                              \
	X(RECORD, "invalid_record")                                                                \
	X(LONG_KEX, "long_kex_record")

#define SIG_EVENTS_SMB(X)                                                                          \
	X(INTERNAL, "internal_error")                                                              \
	X(MALFORMED, "malformed_data")                                                             \
	X(RECORD_OVERFLOW, "record_overflow")                                                      \
	X(NTLMSSP, "malformed_ntlmssp_request")                                                    \
	X(DUP_NEGOTIATE, "duplicate_negotiate")                                                    \
	X(DIALECTS, "negotiate_malformed_dialects")                                                \
	X(FILE_OVERLAP, "file_overlap")                                                            \
	X(REQ_TO_CLIENT, "request_to_client")                                                      \
	X(RES_TO_SERVER, "response_to_server")                                                     \
	X(MAX_READ, "negotiate_max_read_size_too_large")                                           \
	X(MAX_WRITE, "negotiate_max_write_size_too_large")                                         \
	X(READ_REQ_LARGE, "read_request_too_large")                                                \
	X(READ_RES_LARGE, "read_response_too_large")                                               \
	X(READ_QUEUE_SIZE, "read_queue_size_exceeded")                                             \
	X(READ_QUEUE_CNT, "read_queue_cnt_exceeded")                                               \
	X(WRITE_REQ_LARGE, "write_request_too_large")                                              \
	X(WRITE_QUEUE_SIZE, "write_queue_size_exceeded")                                           \
	X(WRITE_QUEUE_CNT, "write_queue_cnt_exceeded")                                             \
	X(MANY_TX, "too_many_transactions")

#define SIG_EVENTS_QUIC(X)                                                                         \
	X(FAILED_DECRYPT, "failed_decrypt")                                                        \
	X(ERROR_ON_DATA, "error_on_data")                                                          \
	X(CRYPTO_LONG, "crypto_frag_too_long")

#define SIG_EVENTS_MODBUS(X)                                                                       \
	X(PROTOCOL_ID, "invalid_protocol_id")                                                      \
	X(UNSOLICITED, "unsolicited_response")                                                     \
	X(LENGTH, "invalid_length")                                                                \
	X(UNIT, "invalid_unit_identifier")                                                         \
	X(FUNCTION, "invalid_function_code")                                                       \
	X(VALUE, "invalid_value")                                                                  \
	X(EXCEPTION, "invalid_exception_code")                                                     \
	X(MISMATCH, "value_mismatch")                                                              \
	X(FLOODED, "flooded")

#define SIG_EVENTS_KRB5(X) X(MALFORMED, "malformed_data") X(WEAK, "weak_encryption")
#define SIG_EVENTS_SNMP(X)                                                                         \
	X(MALFORMED, "malformed_data") X(UNKNOWN_SEC, "unknown_security_model")                    \
	X(VERSION, "version_mismatch")
#define SIG_EVENTS_NTP(X)                                                                          \
	X(UNSOLICITED, "unsolicited_response") X(MALFORMED, "malformed_data")                      \
	X(NOT_REQUEST, "not_request") X(NOT_RESPONSE, "not_response")
#define SIG_EVENTS_SIP(X)                                                                          \
	X(INCOMPLETE, "incomplete_data") X(INVALID, "invalid_data")
#define SIG_EVENTS_DHCP(X)                                                                         \
	X(TRUNCATED, "truncated_options") X(MALFORMED, "malformed_options")
#define SIG_EVENTS_MQTT(X)                                                                         \
	X(NO_CONNECT, "missing_connect") X(NO_PUBLISH, "missing_publish")                          \
	X(NO_SUBSCRIBE, "missing_subscribe") X(NO_UNSUBSCRIBE, "missing_unsubscribe")              \
	X(DOUBLE_CONNECT, "double_connect") X(UNINTRODUCED, "unintroduced_message")                \
	X(QOS, "invalid_qos_level") X(MSG_ID, "missing_msg_id")                                    \
	X(UNASSIGNED, "unassigned_msg_type") X(MANY_TX, "too_many_transactions")                   \
	X(MALFORMED, "malformed_traffic") X(MANY_MSG, "too_many_messages")
#define SIG_EVENTS_RFB(X)                                                                          \
	X(UNIMPLEMENTED, "unimplemented_security_type") X(RESULT, "unknown_security_result")       \
	X(MALFORMED, "malformed_message") X(CONFUSED, "confused_state")
#define SIG_EVENTS_NFS(X)                                                                          \
	X(MALFORMED, "malformed_data") X(NONEXIST, "non_existing_version")                         \
	X(UNSUPPORTED, "unsupported_version") X(MANY_TX, "too_many_transactions")
#define SIG_EVENTS_IKE(X)                                                                          \
	X(MALFORMED, "malformed_data") X(NO_ENC, "no_encryption") X(WEAK_ENC, "weak_crypto_enc")   \
	X(WEAK_PRF, "weak_crypto_prf") X(WEAK_DH, "weak_crypto_dh")                                \
	X(WEAK_AUTH, "weak_crypto_auth") X(NO_DH, "weak_crypto_no_dh")                             \
	X(NO_AUTH, "weak_crypto_no_auth") X(PROPOSAL, "invalid_proposal")                          \
	X(UNKNOWN_PROPOSAL, "unknown_proposal") X(PAYLOAD, "payload_extra_data")                   \
	X(MANY_PROPOSALS, "multiple_server_proposal") X(NODH, "weak_crypto_nodh")                  \
	X(NOAUTH, "weak_crypto_noauth")
#define SIG_EVENTS_POP3(X)                                                                         \
	X(MANY_TX, "too_many_transactions") X(REQUEST_LONG, "request_too_long")                    \
	X(ARGS, "incorrect_argument_count") X(COMMAND, "unknown_command")                          \
	X(RESPONSE_LONG, "response_too_long")
#define SIG_EVENTS_WEBSOCKET(X)                                                                    \
	X(SKIP, "skip_end_of_payload") X(REASSEMBLY, "reassembly_limit_reached")
#define SIG_EVENTS_PGSQL(X)                                                                        \
	X(LENGTH, "invalid_length") X(REQUEST, "malformed_request")                                \
	X(RESPONSE, "malformed_response") X(MANY_TX, "too_many_transactions")
#define SIG_EVENTS_LDAP(X)                                                                         \
	X(MANY_TX, "too_many_transactions") X(INVALID, "invalid_data")                             \
	X(NO_REQUEST, "request_not_found") X(INCOMPLETE, "incomplete_data")                        \
	X(MANY_RESPONSES, "too_many_responses") X(UNKNOWN_OP, "unknown_operation")
#define SIG_EVENTS_DNP3(X)                                                                         \
	X(FLOODED, "flooded") X(LEN_SMALL, "len_too_small") X(LINK_CRC, "bad_link_crc")            \
	X(TRANSPORT_CRC, "bad_transport_crc") X(OBJECT, "unknown_object")                          \
	X(MANY_POINTS, "too_many_points") X(MANY_OBJECTS, "too_many_objects")                      \
	X(REASSEMBLY, "too_long_reassembly")
#define SIG_EVENTS_ENIP(X) X(MANY_TX, "too_many_transactions") X(PDU, "invalid_pdu")
#define SIG_EVENTS_BITTORRENT_DHT(X) X(MALFORMED, "malformed_packet")

/* SIG_EV_<protocol>_<event>, counted from 0 in each protocol. */
enum sig_ev_applayer {
#define X(id, name) SIG_EV_APPLAYER_##id,
	SIG_EVENTS_APPLAYER(X)
#undef X
		SIG_EV_APPLAYER__COUNT
};
#define X(id, name) SIG_EV_HTTP1_##id,
enum sig_ev_http1 { SIG_EVENTS_HTTP1(X) SIG_EV_HTTP1__COUNT };
#undef X
#define X(id, name) SIG_EV_HTTP2_##id,
enum sig_ev_http2 { SIG_EVENTS_HTTP2(X) SIG_EV_HTTP2__COUNT };
#undef X
#define X(id, name) SIG_EV_TLS_##id,
enum sig_ev_tls { SIG_EVENTS_TLS(X) SIG_EV_TLS__COUNT };
#undef X
#define X(id, name) SIG_EV_DNS_##id,
enum sig_ev_dns { SIG_EVENTS_DNS(X) SIG_EV_DNS__COUNT };
#undef X
#define X(id, name) SIG_EV_SMTP_##id,
enum sig_ev_smtp { SIG_EVENTS_SMTP(X) SIG_EV_SMTP__COUNT };
#undef X
#define X(id, name) SIG_EV_FTP_##id,
enum sig_ev_ftp { SIG_EVENTS_FTP(X) SIG_EV_FTP__COUNT };
#undef X
#define X(id, name) SIG_EV_SSH_##id,
enum sig_ev_ssh { SIG_EVENTS_SSH(X) SIG_EV_SSH__COUNT };
#undef X
#define X(id, name) SIG_EV_SMB_##id,
enum sig_ev_smb { SIG_EVENTS_SMB(X) SIG_EV_SMB__COUNT };
#undef X
#define X(id, name) SIG_EV_QUIC_##id,
enum sig_ev_quic { SIG_EVENTS_QUIC(X) SIG_EV_QUIC__COUNT };
#undef X
#define X(id, name) SIG_EV_SIP_##id,
enum sig_ev_sip { SIG_EVENTS_SIP(X) SIG_EV_SIP__COUNT };
#undef X
#define X(id, name) SIG_EV_LDAP_##id,
enum sig_ev_ldap { SIG_EVENTS_LDAP(X) SIG_EV_LDAP__COUNT };
#undef X
#define X(id, name) SIG_EV_SNMP_##id,
enum sig_ev_snmp { SIG_EVENTS_SNMP(X) SIG_EV_SNMP__COUNT };
#undef X
#define X(id, name) SIG_EV_KRB5_##id,
enum sig_ev_krb5 { SIG_EVENTS_KRB5(X) SIG_EV_KRB5__COUNT };
#undef X
#define X(id, name) SIG_EV_PGSQL_##id,
enum sig_ev_pgsql { SIG_EVENTS_PGSQL(X) SIG_EV_PGSQL__COUNT };
#undef X
#define X(id, name) SIG_EV_DNP3_##id,
enum sig_ev_dnp3 { SIG_EVENTS_DNP3(X) SIG_EV_DNP3__COUNT };
#undef X
#define X(id, name) SIG_EV_DHCP_##id,
enum sig_ev_dhcp { SIG_EVENTS_DHCP(X) SIG_EV_DHCP__COUNT };
#undef X
#define X(id, name) SIG_EV_IKE_##id,
enum sig_ev_ike { SIG_EVENTS_IKE(X) SIG_EV_IKE__COUNT };
#undef X
#define X(id, name) SIG_EV_MQTT_##id,
enum sig_ev_mqtt { SIG_EVENTS_MQTT(X) SIG_EV_MQTT__COUNT };
#undef X
#define X(id, name) SIG_EV_RFB_##id,
enum sig_ev_rfb { SIG_EVENTS_RFB(X) SIG_EV_RFB__COUNT };
#undef X
#define X(id, name) SIG_EV_WEBSOCKET_##id,
enum sig_ev_websocket { SIG_EVENTS_WEBSOCKET(X) SIG_EV_WEBSOCKET__COUNT };
#undef X
#define X(id, name) SIG_EV_POP3_##id,
enum sig_ev_pop3 { SIG_EVENTS_POP3(X) SIG_EV_POP3__COUNT };
#undef X
#define X(id, name) SIG_EV_NFS_##id,
enum sig_ev_nfs { SIG_EVENTS_NFS(X) SIG_EV_NFS__COUNT };
#undef X
#define X(id, name) SIG_EV_MODBUS_##id,
enum sig_ev_modbus { SIG_EVENTS_MODBUS(X) SIG_EV_MODBUS__COUNT };
#undef X
#define X(id, name) SIG_EV_ENIP_##id,
enum sig_ev_enip { SIG_EVENTS_ENIP(X) SIG_EV_ENIP__COUNT };
#undef X
#define X(id, name) SIG_EV_NTP_##id,
enum sig_ev_ntp { SIG_EVENTS_NTP(X) SIG_EV_NTP__COUNT };
#undef X
#define X(id, name) SIG_EV_BITTORRENT_DHT_##id,
enum sig_ev_bittorrent_dht { SIG_EVENTS_BITTORRENT_DHT(X) SIG_EV_BITTORRENT_DHT__COUNT };
#undef X

/** Number of `name` (any case) in `proto`, -1 when there is none. HTTP_ANY tries HTTP1. */
int sig_app_event_find(enum sig_proto proto, const char *name);
/** Name as events print it, NULL when there is none. */
const char *sig_app_event_name(enum sig_proto proto, unsigned event);
/** The same for detection anomalies ("applayer_..."). */
int sig_applayer_event_find(const char *name);
const char *sig_applayer_event_name(unsigned event);

#endif
