/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Decoder and stream events by number and by the name that signatures use:
 * `decode-event:ipv4.trunc_pkt`, `stream-event:3whs_ack_in_wrong_dir`. In anomaly records the same
 * names stand behind "decoder." or "stream.".
 *
 * An event marked 1 makes the packet invalid: what follows the header that raised it was not
 * decoded, so no signature but one on events may look at it. Events marked 0 are remarks.
 */
#ifndef SIG_EVENT_H
#define SIG_EVENT_H

#include <stdbool.h>

/** X(identifier, name, makes the packet invalid). Append only: numbers go into images. */
#define SIG_DECODE_EVENTS(X)                                                                       \
	X(IPV4_PKT_TOO_SMALL, "ipv4.pkt_too_small", 1)                                             \
	X(IPV4_HLEN_TOO_SMALL, "ipv4.hlen_too_small", 1)                                           \
	X(IPV4_IPLEN_SMALLER_THAN_HLEN, "ipv4.iplen_smaller_than_hlen", 1)                         \
	X(IPV4_TRUNC_PKT, "ipv4.trunc_pkt", 1)                                                     \
	X(IPV4_OPT_INVALID, "ipv4.opt_invalid", 1)                                                 \
	X(IPV4_OPT_INVALID_LEN, "ipv4.opt_invalid_len", 1)                                         \
	X(IPV4_OPT_MALFORMED, "ipv4.opt_malformed", 1)                                             \
	X(IPV4_OPT_PAD_REQUIRED, "ipv4.opt_pad_required", 0)                                       \
	X(IPV4_OPT_EOL_REQUIRED, "ipv4.opt_eol_required", 0)                                       \
	X(IPV4_OPT_DUPLICATE, "ipv4.opt_duplicate", 0)                                             \
	X(IPV4_OPT_UNKNOWN, "ipv4.opt_unknown", 0)                                                 \
	X(IPV4_WRONG_IP_VERSION, "ipv4.wrong_ip_version", 1)                                       \
	X(IPV4_ICMPV6, "ipv4.icmpv6", 0)                                                           \
	X(ICMPV4_PKT_TOO_SMALL, "icmpv4.pkt_too_small", 1)                                         \
	X(ICMPV4_UNKNOWN_TYPE, "icmpv4.unknown_type", 0)                                           \
	X(ICMPV4_UNKNOWN_CODE, "icmpv4.unknown_code", 0)                                           \
	X(ICMPV4_IPV4_TRUNC_PKT, "icmpv4.ipv4_trunc_pkt", 1)                                       \
	X(ICMPV4_IPV4_UNKNOWN_VER, "icmpv4.ipv4_unknown_ver", 1)                                   \
	X(ICMPV6_UNKNOWN_TYPE, "icmpv6.unknown_type", 0)                                           \
	X(ICMPV6_UNKNOWN_CODE, "icmpv6.unknown_code", 0)                                           \
	X(ICMPV6_PKT_TOO_SMALL, "icmpv6.pkt_too_small", 1)                                         \
	X(ICMPV6_IPV6_UNKNOWN_VERSION, "icmpv6.ipv6_unknown_version", 1)                           \
	X(ICMPV6_IPV6_TRUNC_PKT, "icmpv6.ipv6_trunc_pkt", 1)                                       \
	X(ICMPV6_MLD_MESSAGE_WITH_INVALID_HL, "icmpv6.mld_message_with_invalid_hl", 0)             \
	X(ICMPV6_UNASSIGNED_TYPE, "icmpv6.unassigned_type", 0)                                     \
	X(ICMPV6_EXPERIMENTATION_TYPE, "icmpv6.experimentation_type", 0)                           \
	X(IGMP_PKT_TOO_SMALL, "igmp.pkt_too_small", 1)                                             \
	X(IPV6_PKT_TOO_SMALL, "ipv6.pkt_too_small", 1)                                             \
	X(IPV6_TRUNC_PKT, "ipv6.trunc_pkt", 1)                                                     \
	X(IPV6_TRUNC_EXTHDR, "ipv6.trunc_exthdr", 1)                                               \
	X(IPV6_EXTHDR_DUPL_FH, "ipv6.exthdr_dupl_fh", 0)                                           \
	X(IPV6_EXTHDR_USELESS_FH, "ipv6.exthdr_useless_fh", 0)                                     \
	X(IPV6_EXTHDR_DUPL_RH, "ipv6.exthdr_dupl_rh", 0)                                           \
	X(IPV6_EXTHDR_DUPL_HH, "ipv6.exthdr_dupl_hh", 0)                                           \
	X(IPV6_EXTHDR_DUPL_DH, "ipv6.exthdr_dupl_dh", 0)                                           \
	X(IPV6_EXTHDR_DUPL_AH, "ipv6.exthdr_dupl_ah", 0)                                           \
	X(IPV6_EXTHDR_DUPL_EH, "ipv6.exthdr_dupl_eh", 0)                                           \
	X(IPV6_EXTHDR_INVALID_OPTLEN, "ipv6.exthdr_invalid_optlen", 1)                             \
	X(IPV6_WRONG_IP_VERSION, "ipv6.wrong_ip_version", 1)                                       \
	X(IPV6_EXTHDR_AH_RES_NOT_NULL, "ipv6.exthdr_ah_res_not_null", 0)                           \
	X(IPV6_HOPOPTS_UNKNOWN_OPT, "ipv6.hopopts_unknown_opt", 0)                                 \
	X(IPV6_HOPOPTS_ONLY_PADDING, "ipv6.hopopts_only_padding", 0)                               \
	X(IPV6_DSTOPTS_UNKNOWN_OPT, "ipv6.dstopts_unknown_opt", 0)                                 \
	X(IPV6_DSTOPTS_ONLY_PADDING, "ipv6.dstopts_only_padding", 0)                               \
	X(IPV6_RH_TYPE_0, "ipv6.rh_type_0", 0)                                                     \
	X(IPV6_ZERO_LEN_PADN, "ipv6.zero_len_padn", 0)                                             \
	X(IPV6_FH_NON_ZERO_RESERVED_FIELD, "ipv6.fh_non_zero_reserved_field", 0)                   \
	X(IPV6_DATA_AFTER_NONE_HEADER, "ipv6.data_after_none_header", 0)                           \
	X(IPV6_UNKNOWN_NEXT_HEADER, "ipv6.unknown_next_header", 0)                                 \
	X(IPV6_ICMPV4, "ipv6.icmpv4", 0)                                                           \
	X(IPV6_FRAG_PKT_TOO_LARGE, "ipv6.frag_pkt_too_large", 0)                                   \
	X(IPV6_FRAG_OVERLAP, "ipv6.frag_overlap", 0)                                               \
	X(IPV6_FRAG_INVALID_LENGTH, "ipv6.frag_invalid_length", 0)                                 \
	X(IPV6_FRAG_IGNORED, "ipv6.frag_ignored", 0)                                               \
	X(IPV6_IPV4_IN_IPV6_TOO_SMALL, "ipv6.ipv4_in_ipv6_too_small", 1)                           \
	X(IPV6_IPV4_IN_IPV6_WRONG_VERSION, "ipv6.ipv4_in_ipv6_wrong_version", 1)                   \
	X(IPV6_IPV6_IN_IPV6_TOO_SMALL, "ipv6.ipv6_in_ipv6_too_small", 1)                           \
	X(IPV6_IPV6_IN_IPV6_WRONG_VERSION, "ipv6.ipv6_in_ipv6_wrong_version", 1)                   \
	X(TCP_PKT_TOO_SMALL, "tcp.pkt_too_small", 1)                                               \
	X(TCP_HLEN_TOO_SMALL, "tcp.hlen_too_small", 1)                                             \
	X(TCP_INVALID_OPTLEN, "tcp.invalid_optlen", 1)                                             \
	X(TCP_OPT_INVALID_LEN, "tcp.opt_invalid_len", 0)                                           \
	X(TCP_OPT_DUPLICATE, "tcp.opt_duplicate", 0)                                               \
	X(UDP_PKT_TOO_SMALL, "udp.pkt_too_small", 1)                                               \
	X(UDP_HLEN_TOO_SMALL, "udp.hlen_too_small", 1)                                             \
	X(UDP_HLEN_INVALID, "udp.hlen_invalid", 1)                                                 \
	X(UDP_LEN_INVALID, "udp.len_invalid", 1)                                                   \
	X(SLL_PKT_TOO_SMALL, "sll.pkt_too_small", 1)                                               \
	X(SLL2_PKT_TOO_SMALL, "sll2.pkt_too_small", 1)                                             \
	X(ETHERNET_PKT_TOO_SMALL, "ethernet.pkt_too_small", 1)                                     \
	X(ETHERNET_UNKNOWN_ETHERTYPE, "ethernet.unknown_ethertype", 0)                             \
	X(PPP_PKT_TOO_SMALL, "ppp.pkt_too_small", 1)                                               \
	X(PPP_VJU_PKT_TOO_SMALL, "ppp.vju_pkt_too_small", 1)                                       \
	X(PPP_IP4_PKT_TOO_SMALL, "ppp.ip4_pkt_too_small", 1)                                       \
	X(PPP_IP6_PKT_TOO_SMALL, "ppp.ip6_pkt_too_small", 1)                                       \
	X(PPP_WRONG_TYPE, "ppp.wrong_type", 1)                                                     \
	X(PPP_UNSUP_PROTO, "ppp.unsup_proto", 0)                                                   \
	X(PPPOE_PKT_TOO_SMALL, "pppoe.pkt_too_small", 1)                                           \
	X(PPPOE_WRONG_CODE, "pppoe.wrong_code", 1)                                                 \
	X(PPPOE_MALFORMED_TAGS, "pppoe.malformed_tags", 0)                                         \
	X(GRE_PKT_TOO_SMALL, "gre.pkt_too_small", 1)                                               \
	X(GRE_WRONG_VERSION, "gre.wrong_version", 1)                                               \
	X(GRE_VERSION0_RECUR, "gre.version0_recur", 1)                                             \
	X(GRE_VERSION0_FLAGS, "gre.version0_flags", 1)                                             \
	X(GRE_VERSION0_HDR_TOO_BIG, "gre.version0_hdr_too_big", 1)                                 \
	X(GRE_VERSION0_MALFORMED_SRE_HDR, "gre.version0_malformed_sre_hdr", 1)                     \
	X(GRE_VERSION1_CHKSUM, "gre.version1_chksum", 1)                                           \
	X(GRE_VERSION1_ROUTE, "gre.version1_route", 1)                                             \
	X(GRE_VERSION1_SSR, "gre.version1_ssr", 1)                                                 \
	X(GRE_VERSION1_RECUR, "gre.version1_recur", 1)                                             \
	X(GRE_VERSION1_FLAGS, "gre.version1_flags", 1)                                             \
	X(GRE_VERSION1_NO_KEY, "gre.version1_no_key", 1)                                           \
	X(GRE_VERSION1_WRONG_PROTOCOL, "gre.version1_wrong_protocol", 1)                           \
	X(GRE_VERSION1_MALFORMED_SRE_HDR, "gre.version1_malformed_sre_hdr", 1)                     \
	X(GRE_VERSION1_HDR_TOO_BIG, "gre.version1_hdr_too_big", 1)                                 \
	X(VLAN_HEADER_TOO_SMALL, "vlan.header_too_small", 1)                                       \
	X(VLAN_UNKNOWN_TYPE, "vlan.unknown_type", 1)                                               \
	X(VLAN_TOO_MANY_LAYERS, "vlan.too_many_layers", 0)                                         \
	X(IEEE8021AH_HEADER_TOO_SMALL, "ieee8021ah.header_too_small", 1)                           \
	X(VNTAG_HEADER_TOO_SMALL, "vntag.header_too_small", 1)                                     \
	X(VNTAG_UNKNOWN_TYPE, "vntag.unknown_type", 1)                                             \
	X(IPRAW_INVALID_IP_VERSION, "ipraw.invalid_ip_version", 1)                                 \
	X(LTNULL_PKT_TOO_SMALL, "ltnull.pkt_too_small", 1)                                         \
	X(LTNULL_UNSUPPORTED_TYPE, "ltnull.unsupported_type", 1)                                   \
	X(SCTP_PKT_TOO_SMALL, "sctp.pkt_too_small", 1)                                             \
	X(ESP_PKT_TOO_SMALL, "esp.pkt_too_small", 1)                                               \
	X(IPV4_FRAG_PKT_TOO_LARGE, "ipv4.frag_pkt_too_large", 0)                                   \
	X(IPV4_FRAG_OVERLAP, "ipv4.frag_overlap", 0)                                               \
	X(IPV4_FRAG_IGNORED, "ipv4.frag_ignored", 0)                                               \
	X(MPLS_HEADER_TOO_SMALL, "mpls.header_too_small", 1)                                       \
	X(MPLS_PKT_TOO_SMALL, "mpls.pkt_too_small", 1)                                             \
	X(MPLS_BAD_LABEL_ROUTER_ALERT, "mpls.bad_label_router_alert", 1)                           \
	X(MPLS_BAD_LABEL_IMPLICIT_NULL, "mpls.bad_label_implicit_null", 1)                         \
	X(MPLS_BAD_LABEL_RESERVED, "mpls.bad_label_reserved", 1)                                   \
	X(MPLS_UNKNOWN_PAYLOAD_TYPE, "mpls.unknown_payload_type", 1)                               \
	X(VXLAN_UNKNOWN_PAYLOAD_TYPE, "vxlan.unknown_payload_type", 0)                             \
	X(GENEVE_UNKNOWN_PAYLOAD_TYPE, "geneve.unknown_payload_type", 0)                           \
	X(ERSPAN_HEADER_TOO_SMALL, "erspan.header_too_small", 1)                                   \
	X(ERSPAN_UNSUPPORTED_VERSION, "erspan.unsupported_version", 1)                             \
	X(ERSPAN_TOO_MANY_VLAN_LAYERS, "erspan.too_many_vlan_layers", 1)                           \
	X(DCE_PKT_TOO_SMALL, "dce.pkt_too_small", 1)                                               \
	X(CHDLC_PKT_TOO_SMALL, "chdlc.pkt_too_small", 1)                                           \
	X(NSH_HEADER_TOO_SMALL, "nsh.header_too_small", 1)                                         \
	X(NSH_UNSUPPORTED_VERSION, "nsh.unsupported_version", 1)                                   \
	X(NSH_BAD_HEADER_LENGTH, "nsh.bad_header_length", 1)                                       \
	X(NSH_RESERVED_TYPE, "nsh.reserved_type", 1)                                               \
	X(NSH_UNSUPPORTED_TYPE, "nsh.unsupported_type", 1)                                         \
	X(NSH_UNKNOWN_PAYLOAD, "nsh.unknown_payload", 1)                                           \
	X(ARP_PKT_TOO_SMALL, "arp.pkt_too_small", 1)                                               \
	X(ARP_UNSUPPORTED_HARDWARE, "arp.unsupported_hardware", 1)                                 \
	X(ARP_UNSUPPORTED_PROTOCOL, "arp.unsupported_protocol", 1)                                 \
	X(ARP_UNSUPPORTED_PKT, "arp.unsupported_pkt", 1)                                           \
	X(ARP_INVALID_HARDWARE_SIZE, "arp.invalid_hardware_size", 1)                               \
	X(ARP_INVALID_PROTOCOL_SIZE, "arp.invalid_protocol_size", 1)                               \
	X(ARP_UNSUPPORTED_OPCODE, "arp.unsupported_opcode", 1)                                     \
	X(TOO_MANY_LAYERS, "too_many_layers", 1)                                                   \
	X(AFP_TRUNC_PKT, "afp.trunc_pkt", 1)

/** X(identifier, name). Append only. */
#define SIG_STREAM_EVENTS(X)                                                                       \
	X(3WHS_ACK_IN_WRONG_DIR, "3whs_ack_in_wrong_dir")                                          \
	X(3WHS_ASYNC_WRONG_SEQ, "3whs_async_wrong_seq")                                            \
	X(3WHS_RIGHT_SEQ_WRONG_ACK_EVASION, "3whs_right_seq_wrong_ack_evasion")                    \
	X(3WHS_SYNACK_IN_WRONG_DIRECTION, "3whs_synack_in_wrong_direction")                        \
	X(3WHS_SYNACK_RESEND_WITH_DIFFERENT_ACK, "3whs_synack_resend_with_different_ack")          \
	X(3WHS_SYNACK_RESEND_WITH_DIFF_SEQ, "3whs_synack_resend_with_diff_seq")                    \
	X(3WHS_SYNACK_TOSERVER_ON_SYN_RECV, "3whs_synack_toserver_on_syn_recv")                    \
	X(3WHS_SYNACK_WITH_WRONG_ACK, "3whs_synack_with_wrong_ack")                                \
	X(3WHS_SYNACK_FLOOD, "3whs_synack_flood")                                                  \
	X(3WHS_SYN_FLOOD, "3whs_syn_flood")                                                        \
	X(3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV, "3whs_syn_resend_diff_seq_on_syn_recv")            \
	X(3WHS_SYN_TOCLIENT_ON_SYN_RECV, "3whs_syn_toclient_on_syn_recv")                          \
	X(3WHS_WRONG_SEQ_WRONG_ACK, "3whs_wrong_seq_wrong_ack")                                    \
	X(3WHS_ACK_DATA_INJECT, "3whs_ack_data_inject")                                            \
	X(3WHS_SYNACK_TFO_DATA_IGNORED, "3whs_synack_tfo_data_ignored")                            \
	X(4WHS_SYNACK_WITH_WRONG_ACK, "4whs_synack_with_wrong_ack")                                \
	X(4WHS_SYNACK_WITH_WRONG_SYN, "4whs_synack_with_wrong_syn")                                \
	X(4WHS_WRONG_SEQ, "4whs_wrong_seq")                                                        \
	X(4WHS_INVALID_ACK, "4whs_invalid_ack")                                                    \
	X(CLOSEWAIT_ACK_OUT_OF_WINDOW, "closewait_ack_out_of_window")                              \
	X(CLOSEWAIT_FIN_OUT_OF_WINDOW, "closewait_fin_out_of_window")                              \
	X(CLOSEWAIT_PKT_BEFORE_LAST_ACK, "closewait_pkt_before_last_ack")                          \
	X(CLOSEWAIT_INVALID_ACK, "closewait_invalid_ack")                                          \
	X(CLOSING_ACK_WRONG_SEQ, "closing_ack_wrong_seq")                                          \
	X(CLOSING_INVALID_ACK, "closing_invalid_ack")                                              \
	X(EST_PACKET_OUT_OF_WINDOW, "est_packet_out_of_window")                                    \
	X(EST_PKT_BEFORE_LAST_ACK, "est_pkt_before_last_ack")                                      \
	X(EST_SYNACK_RESEND, "est_synack_resend")                                                  \
	X(EST_SYNACK_RESEND_WITH_DIFFERENT_ACK, "est_synack_resend_with_different_ack")            \
	X(EST_SYNACK_RESEND_WITH_DIFF_SEQ, "est_synack_resend_with_diff_seq")                      \
	X(EST_SYNACK_TOSERVER, "est_synack_toserver")                                              \
	X(EST_SYN_RESEND, "est_syn_resend")                                                        \
	X(EST_SYN_RESEND_DIFF_SEQ, "est_syn_resend_diff_seq")                                      \
	X(EST_SYN_TOCLIENT, "est_syn_toclient")                                                    \
	X(EST_INVALID_ACK, "est_invalid_ack")                                                      \
	X(FIN_INVALID_ACK, "fin_invalid_ack")                                                      \
	X(FIN1_ACK_WRONG_SEQ, "fin1_ack_wrong_seq")                                                \
	X(FIN1_FIN_WRONG_SEQ, "fin1_fin_wrong_seq")                                                \
	X(FIN1_INVALID_ACK, "fin1_invalid_ack")                                                    \
	X(FIN2_ACK_WRONG_SEQ, "fin2_ack_wrong_seq")                                                \
	X(FIN2_FIN_WRONG_SEQ, "fin2_fin_wrong_seq")                                                \
	X(FIN2_INVALID_ACK, "fin2_invalid_ack")                                                    \
	X(FIN_BUT_NO_SESSION, "fin_but_no_session")                                                \
	X(FIN_OUT_OF_WINDOW, "fin_out_of_window")                                                  \
	X(FIN_SYN, "fin_syn")                                                                      \
	X(LASTACK_ACK_WRONG_SEQ, "lastack_ack_wrong_seq")                                          \
	X(LASTACK_INVALID_ACK, "lastack_invalid_ack")                                              \
	X(RST_BUT_NO_SESSION, "rst_but_no_session")                                                \
	X(TIMEWAIT_ACK_WRONG_SEQ, "timewait_ack_wrong_seq")                                        \
	X(TIMEWAIT_INVALID_ACK, "timewait_invalid_ack")                                            \
	X(SHUTDOWN_SYN_RESEND, "shutdown_syn_resend")                                              \
	X(PKT_INVALID_TIMESTAMP, "pkt_invalid_timestamp")                                          \
	X(PKT_INVALID_ACK, "pkt_invalid_ack")                                                      \
	X(PKT_BROKEN_ACK, "pkt_broken_ack")                                                        \
	X(RST_INVALID_ACK, "rst_invalid_ack")                                                      \
	X(PKT_RETRANSMISSION, "pkt_retransmission")                                                \
	X(PKT_SPURIOUS_RETRANSMISSION, "pkt_spurious_retransmission")                              \
	X(PKT_BAD_WINDOW_UPDATE, "pkt_bad_window_update")                                          \
	X(SUSPECTED_RST_INJECT, "suspected_rst_inject")                                            \
	X(WRONG_THREAD, "wrong_thread")                                                            \
	X(REASSEMBLY_SEGMENT_BEFORE_BASE_SEQ, "reassembly_segment_before_base_seq")                \
	X(REASSEMBLY_NO_SEGMENT, "reassembly_no_segment")                                          \
	X(REASSEMBLY_SEQ_GAP, "reassembly_seq_gap")                                                \
	X(REASSEMBLY_OVERLAP_DIFFERENT_DATA, "reassembly_overlap_different_data")                  \
	X(REASSEMBLY_DEPTH_REACHED, "reassembly_depth_reached")                                    \
	X(REASSEMBLY_INSERT_MEMCAP, "reassembly_insert_memcap")                                    \
	X(REASSEMBLY_INSERT_LIMIT, "reassembly_insert_limit")                                      \
	X(REASSEMBLY_INSERT_INVALID, "reassembly_insert_invalid")                                  \
	X(REASSEMBLY_URGENT_OOB_LIMIT_REACHED, "reassembly_urgent_oob_limit_reached")

/** Identifiers: SIG_DE_IPV4_TRUNC_PKT, SIG_SE_3WHS_ACK_IN_WRONG_DIR. Stream events start at 192 so
 *  that both tables can grow without renumbering. */
enum sig_pkt_event {
#define X(id, name, invalid) SIG_DE_##id,
	SIG_DECODE_EVENTS(X)
#undef X
		SIG_DE__COUNT,
	SIG_SE__FIRST = 192,
	SIG_SE__BEFORE = SIG_SE__FIRST - 1,
#define X(id, name) SIG_SE_##id,
	SIG_STREAM_EVENTS(X)
#undef X
		SIG_SE__END,
	SIG_EVENT__COUNT = 384,
};

struct sig_event_info {
	const char *name; /**< without prefix; NULL: number not in use */
	bool stream;      /**< a stream event, else a decoder event */
	bool invalid;
};

/** Indexed by enum sig_pkt_event, SIG_EVENT__COUNT entries. */
extern const struct sig_event_info sig_event_info[SIG_EVENT__COUNT];

/** Number of a name as it stands after `decode-event:` or `stream-event:`; -1 when unknown. */
int sig_event_by_name(bool stream, const char *name);

#endif
