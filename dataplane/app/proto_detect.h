/* SPDX-License-Identifier: Apache-2.0 */
/** Which protocol a flow speaks, from the first bytes of each direction. Private to the room. */
#ifndef DP_APP_PROTO_DETECT_H
#define DP_APP_PROTO_DETECT_H

#include <dp/app.h>

/** Bytes in which every pattern must lie: with that many and no match patterns are done. Equals
 *  the longest of the peer's patterns, so that silence is declared at the same byte. */
#define DP_APP_PM_WINDOW 24u
/** A direction that ends before it has said as much is of no protocol, and nothing is amiss: the
 *  peer's answers on the shared captures lie between 9 and 11 bytes. */
#define DP_APP_WORD 10u
/** One-sided flows are given up after this many bytes (the peer's limit). */
#define DP_APP_BAIL_BYTES 100000u

/**
 * Try patterns, then probes, on all bytes seen so far of in->dir. UNKNOWN: not (yet) recognised;
 * a->pm_done and a->pp_done of that direction say whether more bytes could help.
 * *reverse: the bytes are those of the opposite role (midstream, answer seen first).
 */
enum sig_proto dp_app_recognise(struct dp_app_ctx *x, const struct dp_app_in *in, bool *reverse);
/** Is one of the flow's ports the protocol's: as configured, or `usual` where nothing is? */
bool dp_app_on_port(const struct dp_app_ctx *x, enum sig_proto proto, uint16_t usual);

#endif
