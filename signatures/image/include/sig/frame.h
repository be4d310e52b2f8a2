/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Frames: stretches of a protocol's byte stream that its parser names (a record, its header, a
 * command line). Signatures look into them with `frame:NAME`, event records print them.
 *
 * NAME is the one in this table, alone when the signature's header names the protocol
 * (`alert mqtt ... frame:pdu;`), or behind the protocol's rule name and a dot
 * (`frame:http1.request;`), which then also says what protocol the signature is about.
 */
#ifndef SIG_FRAME_H
#define SIG_FRAME_H

#include <sig/proto.h>
#include <stdbool.h>

/** X(identifier, protocol, name). Append only: numbers go into images. STREAM is every protocol's. */
#define SIG_FRAMES(X)                                                                              \
	X(STREAM, UNKNOWN, "stream")                                                               \
	X(HTTP1_REQUEST, HTTP1, "request")                                                         \
	X(HTTP1_RESPONSE, HTTP1, "response")                                                       \
	X(HTTP2_HDR, HTTP2, "hdr")                                                                 \
	X(HTTP2_DATA, HTTP2, "data")                                                               \
	X(HTTP2_PDU, HTTP2, "pdu")                                                                 \
	X(TLS_PDU, TLS, "pdu")                                                                     \
	X(TLS_HDR, TLS, "hdr")                                                                     \
	X(TLS_DATA, TLS, "data")                                                                   \
	X(TLS_ALERT, TLS, "alert")                                                                 \
	X(TLS_HEARTBEAT, TLS, "heartbeat")                                                         \
	X(TLS_SSL2_HDR, TLS, "ssl2.hdr")                                                           \
	X(TLS_SSL2_PDU, TLS, "ssl2.pdu")                                                           \
	X(DNS_PDU, DNS, "pdu")                                                                     \
	X(MDNS_PDU, MDNS, "pdu")                                                                   \
	X(SMTP_COMMAND_LINE, SMTP, "command_line")                                                 \
	X(SMTP_DATA, SMTP, "data")                                                                 \
	X(SMTP_RESPONSE_LINE, SMTP, "response_line")                                               \
	X(SSH_RECORD_HDR, SSH, "record.hdr")                                                       \
	X(SSH_RECORD_DATA, SSH, "record.data")                                                     \
	X(SSH_RECORD_PDU, SSH, "record.pdu")                                                       \
	X(SMB_NBSS_PDU, SMB, "nbss.pdu")                                                           \
	X(SMB_NBSS_HDR, SMB, "nbss.hdr")                                                           \
	X(SMB_NBSS_DATA, SMB, "nbss.data")                                                         \
	X(SMB1_PDU, SMB, "smb1.pdu")                                                               \
	X(SMB1_HDR, SMB, "smb1.hdr")                                                               \
	X(SMB1_DATA, SMB, "smb1.data")                                                             \
	X(SMB2_PDU, SMB, "smb2.pdu")                                                               \
	X(SMB2_HDR, SMB, "smb2.hdr")                                                               \
	X(SMB2_DATA, SMB, "smb2.data")                                                             \
	X(SMB3_PDU, SMB, "smb3.pdu")                                                               \
	X(SMB3_HDR, SMB, "smb3.hdr")                                                               \
	X(SMB3_DATA, SMB, "smb3.data")                                                             \
	X(DCERPC_PDU, DCERPC, "pdu")                                                               \
	X(DCERPC_HDR, DCERPC, "hdr")                                                               \
	X(DCERPC_DATA, DCERPC, "data")                                                             \
	X(MQTT_PDU, MQTT, "pdu")                                                                   \
	X(MQTT_HEADER, MQTT, "header")                                                             \
	X(MQTT_DATA, MQTT, "data")                                                                 \
	X(WEBSOCKET_HEADER, WEBSOCKET, "header")                                                   \
	X(WEBSOCKET_PDU, WEBSOCKET, "pdu")                                                         \
	X(WEBSOCKET_DATA, WEBSOCKET, "data")                                                       \
	X(RFB_PDU, RFB, "pdu")                                                                     \
	X(SIP_PDU, SIP, "pdu")                                                                     \
	X(SIP_REQUEST_LINE, SIP, "request.line")                                                   \
	X(SIP_REQUEST_HEADERS, SIP, "request.headers")                                             \
	X(SIP_REQUEST_BODY, SIP, "request.body")                                                   \
	X(SIP_RESPONSE_LINE, SIP, "response.line")                                                 \
	X(SIP_RESPONSE_HEADERS, SIP, "response.headers")                                           \
	X(SIP_RESPONSE_BODY, SIP, "response.body")                                                 \
	X(NFS_RPC_PDU, NFS, "rpc.pdu")                                                             \
	X(NFS_RPC_HDR, NFS, "rpc.hdr")                                                             \
	X(NFS_RPC_DATA, NFS, "rpc.data")                                                           \
	X(NFS_RPC_CREDS, NFS, "rpc.creds")                                                         \
	X(NFS_PDU, NFS, "nfs.pdu")                                                                 \
	X(NFS_STATUS, NFS, "nfs.status")                                                           \
	X(NFS4_PDU, NFS, "nfs4.pdu")                                                               \
	X(NFS4_HDR, NFS, "nfs4.hdr")                                                               \
	X(NFS4_OPS, NFS, "nfs4.ops")                                                               \
	X(NFS4_STATUS, NFS, "nfs4.status")                                                         \
	X(LDAP_PDU, LDAP, "pdu")                                                                   \
	X(TELNET_PDU, TELNET, "pdu")                                                               \
	X(TELNET_CTL, TELNET, "ctl")                                                               \
	X(TELNET_DATA, TELNET, "data")                                                             \
	X(ENIP_HDR, ENIP, "hdr")                                                                   \
	X(ENIP_DATA, ENIP, "data")                                                                 \
	X(ENIP_PDU, ENIP, "pdu")                                                                   \
	X(ENIP_CIP, ENIP, "cip")                                                                   \
	X(ENIP_ITEM, ENIP, "enip.item")

enum sig_frame {
#define X(id, proto, name) SIG_FRAME_##id,
	SIG_FRAMES(X)
#undef X
		SIG_FRAME__COUNT
};

struct sig_frame_info {
	const char *name;
	enum sig_proto proto;
};
/** Indexed by enum sig_frame. */
extern const struct sig_frame_info sig_frame_info[SIG_FRAME__COUNT];

/**
 * What `text` (NUL-terminated, as in the keyword) names in a signature about `app` (UNKNOWN: the
 * header names no protocol). True: *proto and *frame say it. False: there is no such frame, or
 * the protocol is neither in the text nor in the header.
 */
bool sig_frame_find(enum sig_proto app, const char *text, enum sig_proto *proto,
	enum sig_frame *frame);
/** Does this protocol have frames at all? */
bool sig_frame_any(enum sig_proto proto);

#endif
