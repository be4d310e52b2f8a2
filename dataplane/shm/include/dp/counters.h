/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Counters of one worker (or of the guard). One writer: their owner, with plain increments; anyone
 * may read at any time, each 64-bit value is whole. Clearing is the reader's business: it keeps
 * the values at the moment of clearing and subtracts.
 */
#ifndef DP_COUNTERS_H
#define DP_COUNTERS_H

#include <dp/verdict.h>
#include <stdint.h>

/** X(field, unit, name, sentence). `name` follows the peer's stats record where it has the same. */
#define DP_COUNTERS(X)                                                                             \
	X(rx_pkts, "packets", "decoder.pkts", "packets received")                                  \
	X(rx_bytes, "bytes", "decoder.bytes", "bytes received")                                    \
	X(invalid, "packets", "decoder.invalid", "packets with at least one decoder event")        \
	X(ipv4, "packets", "decoder.ipv4", "IPv4 packets")                                         \
	X(ipv6, "packets", "decoder.ipv6", "IPv6 packets")                                         \
	X(ethernet, "packets", "decoder.ethernet", "Ethernet frames")                              \
	X(raw, "packets", "decoder.raw", "packets from a raw IP capture")                          \
	X(null_link, "packets", "decoder.null", "packets from a loopback capture")                 \
	X(sll, "packets", "decoder.sll", "packets from a Linux cooked capture")                    \
	X(tcp, "packets", "decoder.tcp", "TCP segments")                                           \
	X(udp, "packets", "decoder.udp", "UDP datagrams")                                          \
	X(sctp, "packets", "decoder.sctp", "SCTP packets")                                         \
	X(icmpv4, "packets", "decoder.icmpv4", "ICMP packets")                                     \
	X(icmpv6, "packets", "decoder.icmpv6", "ICMPv6 packets")                                   \
	X(arp, "packets", "decoder.arp", "ARP packets")                                            \
	X(ppp, "packets", "decoder.ppp", "PPP frames")                                             \
	X(pppoe, "packets", "decoder.pppoe", "PPPoE frames")                                       \
	X(gre, "packets", "decoder.gre", "GRE packets")                                            \
	X(vlan, "packets", "decoder.vlan", "frames with one VLAN tag")                             \
	X(vlan_qinq, "packets", "decoder.vlan_qinq", "frames with two VLAN tags")                  \
	X(vlan_qinqinq, "packets", "decoder.vlan_qinqinq", "frames with three VLAN tags")          \
	X(mpls, "packets", "decoder.mpls", "MPLS packets")                                         \
	X(vxlan, "packets", "decoder.vxlan", "VXLAN packets")                                      \
	X(geneve, "packets", "decoder.geneve", "Geneve packets")                                   \
	X(erspan, "packets", "decoder.erspan", "ERSPAN packets")                                   \
	X(teredo, "packets", "decoder.teredo", "Teredo packets")                                   \
	X(ipv4_in_ipv4, "packets", "decoder.ipv4_in_ipv4", "IPv4 inside IPv4")                     \
	X(ipv6_in_ipv4, "packets", "decoder.ipv6_in_ipv4", "IPv6 inside IPv4")                     \
	X(ipv4_in_ipv6, "packets", "decoder.ipv4_in_ipv6", "IPv4 inside IPv6")                     \
	X(ipv6_in_ipv6, "packets", "decoder.ipv6_in_ipv6", "IPv6 inside IPv6")                     \
	X(unknown_ethertype, "packets", "decoder.unknown_ethertype", "frames that are not IP")     \
	X(max_pkt_size, "bytes", "decoder.max_pkt_size", "largest packet")                         \
	X(defrag_ipv4, "packets", "defrag.ipv4.fragments", "IPv4 fragments")                       \
	X(defrag_ipv4_ok, "packets", "defrag.ipv4.reassembled", "IPv4 datagrams put together")     \
	X(defrag_ipv6, "packets", "defrag.ipv6.fragments", "IPv6 fragments")                       \
	X(defrag_ipv6_ok, "packets", "defrag.ipv6.reassembled", "IPv6 datagrams put together")     \
	X(flow_total, "flows", "flow.total", "flows seen")                                         \
	X(flow_active, "flows", "flow.active", "flows in the table now")                           \
	X(flow_tcp, "flows", "flow.tcp", "TCP flows seen")                                         \
	X(flow_udp, "flows", "flow.udp", "UDP flows seen")                                         \
	X(flow_icmpv4, "flows", "flow.icmpv4", "ICMP flows seen")                                  \
	X(flow_icmpv6, "flows", "flow.icmpv6", "ICMPv6 flows seen")                                \
	X(flow_tcp_reuse, "flows", "flow.tcp_reuse", "TCP flows whose tuple was used again")       \
	X(flow_full, "packets", "flow.memcap", "packets that found the flow table full")           \
	X(flow_evicted, "flows", "flow.emerg_mode_entered", "flows ended early to make room")      \
	X(tcp_sessions, "flows", "tcp.sessions", "TCP sessions tracked")                           \
	X(tcp_syn, "packets", "tcp.syn", "SYN packets")                                            \
	X(tcp_synack, "packets", "tcp.synack", "SYN/ACK packets")                                  \
	X(tcp_rst, "packets", "tcp.rst", "RST packets")                                            \
	X(tcp_midstream, "flows", "tcp.midstream_pickups", "sessions picked up in the middle")     \
	X(tcp_dubious, "packets", "tcp.dubious", "inline: discarded by hosts or by some: dropped") \
	X(tcp_invalid_checksum, "packets", "tcp.invalid_checksum", "segments with a bad checksum") \
	X(tcp_pkt_on_wrong_thread, "packets", "tcp.pkt_on_wrong_thread", "always 0 here")          \
	X(tcp_segment_memcap, "segments", "tcp.segment_memcap_drop", "segments not kept: memory")  \
	X(tcp_ssn_memcap, "flows", "tcp.ssn_memcap_drop", "sessions not tracked: memory")          \
	X(tcp_reassembly_gap, "gaps", "tcp.reassembly_gap", "holes in reassembled data")           \
	X(tcp_overlap, "segments", "tcp.overlap", "segments that overlap earlier ones")            \
	X(tcp_overlap_diff, "segments", "tcp.overlap_diff_data", "overlaps with other bytes")      \
	X(tcp_insert_fail, "segments", "tcp.insert_data_normal_fail", "segments not stored")       \
	X(tcp_depth, "flows", "tcp.stream_depth_reached", "directions past the inspection depth")  \
	X(detect_alerts, "alerts", "detect.alert", "alerts raised")                                \
	X(detect_overflow, "alerts", "detect.alert_queue_overflow", "alerts beyond the limit")     \
	X(detect_suppressed, "alerts", "detect.alerts_suppressed", "alerts thinned by threshold")  \
	X(detect_prefilter, "hits", "detect.prefilter_hits", "literal hits that named candidates") \
	X(detect_candidates, "programs", "detect.candidates", "signature programs run")            \
	X(detect_budget, "programs", "detect.budget_exceeded", "programs cut off by their budget") \
	X(detect_not_kept, "times", "detect.not_kept", "nothing kept of a signature in a transaction: no room") \
	X(resp_rst, "packets", "respond.tcp_reset", "TCP resets sent")                             \
	X(resp_icmp, "packets", "respond.icmp_unreachable", "ICMP unreachables sent")              \
	X(resp_suppressed, "responses", "respond.suppressed", "responses withheld by rule or rate") \
	X(resp_no_buffer, "responses", "respond.no_buffer", "responses not sent: no buffer")       \
	X(ev_lost, "events", "events.lost", "event records that did not fit in the ring")          \
	X(files_spoiled, "files", "files.spoiled", "files not stored: the ring had no room for a part") \
	X(ranges_joined, "files", "files.ranges_joined", "files put together from ranges")         \
	X(ranges_late, "files", "files.ranges_late", "... joined over more than one turn")         \
	X(ranges_cut, "files", "files.ranges_cut", "... whose flow ended before they were joined")   \
	X(ranges_away, "ranges", "files.ranges_away", "parts handed to the worker that joins their file") \
	X(ranges_orphaned, "files", "files.ranges_orphaned", "... whose worker ended before they were whole") \
	X(ranges_dropped, "ranges", "files.ranges_dropped", "parts of files not kept: no room")    \
	X(ranges_forgotten, "files", "files.ranges_forgotten", "files in ranges that never became whole") \
	X(ev_truncated, "events", "events.truncated", "event records cut to fit")                  \
	X(mem_used, "bytes", "memory.used", "bytes of the worker's arena in use")                  \
	X(mem_peak, "bytes", "memory.peak", "most bytes of the arena ever in use")                 \
	X(mem_fail, "requests", "memory.fail", "requests the arena could not serve")               \
	X(chdlc, "packets", "decoder.chdlc", "Cisco HDLC frames")                                  \
	X(sll2, "packets", "decoder.sll2", "packets from a Linux cooked capture, version 2")       \
	X(vntag, "packets", "decoder.vntag", "frames with a VN-Tag")                               \
	X(tcp_urg, "packets", "tcp.urg", "segments with urgent data")                              \
	X(tcp_urgent_oob, "bytes", "tcp.urgent_oob_data", "urgent bytes left out of the stream")   \
	X(bypass_local_pkts, "packets", "flow_bypassed.local_pkts", "packets of bypassed flows")   \
	X(bypass_local_bytes, "bytes", "flow_bypassed.local_bytes", "bytes of bypassed flows")     \
	X(flow_end_new, "flows", "flow.end.state.new", "flows that ended new")                     \
	X(flow_end_est, "flows", "flow.end.state.established", "flows that ended established")     \
	X(flow_end_closed, "flows", "flow.end.state.closed", "flows that ended closed")            \
	X(flow_end_bypassed, "flows", "flow.end.state.local_bypassed", "flows that ended bypassed") \
	X(tcp_end_none, "flows", "flow.end.tcp_state.none", "TCP flows that ended untracked")      \
	X(tcp_end_syn_sent, "flows", "flow.end.tcp_state.syn_sent", "... with a SYN only")         \
	X(tcp_end_syn_recv, "flows", "flow.end.tcp_state.syn_recv", "... with SYN and SYN/ACK")    \
	X(tcp_end_est, "flows", "flow.end.tcp_state.established", "... open")                      \
	X(tcp_end_fin1, "flows", "flow.end.tcp_state.fin_wait1", "... after the server's FIN")     \
	X(tcp_end_fin2, "flows", "flow.end.tcp_state.fin_wait2", "... after its acknowledgement")  \
	X(tcp_end_time_wait, "flows", "flow.end.tcp_state.time_wait", "... waiting after both")    \
	X(tcp_end_last_ack, "flows", "flow.end.tcp_state.last_ack", "... but for the last ACK")    \
	X(tcp_end_close_wait, "flows", "flow.end.tcp_state.close_wait", "... after the client's FIN") \
	X(tcp_end_closing, "flows", "flow.end.tcp_state.closing", "... after FINs that crossed")   \
	X(tcp_end_closed, "flows", "flow.end.tcp_state.closed", "... closed")                      \
	X(mem_flow, "bytes", "flow.memuse", "bytes of the arena used for flows")                   \
	X(mem_tcp, "bytes", "tcp.memuse", "bytes of the arena used for TCP sessions")              \
	X(mem_reassembly, "bytes", "tcp.reassembly_memuse", "bytes used for stream data")          \
	X(mem_defrag, "bytes", "defrag.memuse", "bytes used for fragments")                        \
	X(mem_ftp, "bytes", "ftp.memuse", "bytes used for FTP's commands and answers")             \
	X(mem_http, "bytes", "http.memuse", "bytes used for HTTP/1 transactions")                  \
	X(detect_marks_evicted, "marks", "detect.marks_evicted", "bits, values of sets: others took their place") \
	X(detect_sets_full, "values", "detect.sets_full", "values that rules did not add to a full set") \
	X(app_frames_lost, "frames", "app_layer.frames_lost", "frames beyond the limit per flow")    \
	X(app_error, "flows", "app_layer.error", "flows whose parser gave up")

/** Stages of a packet's way: name, what is done there. */
#define DP_STAGES(X)                                                                               \
	X(DECODE, "decode", "headers, checksums")                                                  \
	X(FLOW, "flow", "look-up and state of the flow, tunnels and fragments")                    \
	X(STREAM, "stream", "order, reassembly")                                                   \
	X(APP, "app", "protocol parsers, files")                                                   \
	X(DETECT, "detect", "signatures")                                                          \
	X(ACT, "act", "verdict, resets, exception policies")                                       \
	X(LOG, "log", "records for the control plane, end of transactions")

enum dp_stage {
#define X(id, name, text) DP_STAGE_##id,
	DP_STAGES(X)
#undef X
	DP_STAGE__COUNT
};

struct dp_counters {
	uint64_t reason_pkts[DP_R__COUNT];
	uint64_t reason_bytes[DP_R__COUNT];
#define X(field, unit, name, text) uint64_t field;
	DP_COUNTERS(X)
#undef X
	/** Application flows and transactions by enum sig_proto. */
	uint64_t app_flow[64], app_tx[64], app_err[64];
	/** Of those, over UDP. */
	uint64_t app_flow_udp[64], app_tx_udp[64], app_err_udp[64];
	/** How often an exception policy was applied: by bit of enum dp_ev_exception, enum dp_policy. */
	uint64_t exception[6][8];
	/** By enum sig_proto: parsers that gave up at a hole in the stream; those without memory. */
	uint64_t app_gap[64], app_alloc[64];
	/** Decoder, then stream events by number (sig/event.h). */
	uint64_t events[384];
	/** Of one packet in 64: ticks of the time stamp counter by enum dp_stage, and how many packets. */
	uint64_t stage_cycles[8];
	uint64_t stage_samples;
};

/** received = forwarded + dropped + held: checks one set of counters, 0 or the difference. */
static inline int64_t dp_counters_balance(const struct dp_counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DP_R__COUNT; i++)
		sum += c->reason_pkts[i];
	// A released packet was counted as held first: the owner decrements HOLD when it releases.
	return (int64_t)(c->rx_pkts - sum);
}

#endif
