/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Private to the compiler: what several contents of one list say together, as an expression that
 * Hyperscan can search. "|00|" at the start, "|ff|SMB" three bytes on and "|5c|PIPE" anywhere behind
 * each occur in every SMB session; in that order at those places they hardly do.
 *
 * An expression says at most what the list demands, never more: bytes it finds no match in cannot
 * match the list either. What it leaves out (negated contents, tests, variables, what comes behind a
 * test that moves the cursor) the signature's program decides as before.
 */
#ifndef SIG_COMPILE_CHAIN_H
#define SIG_COMPILE_CHAIN_H

#include "build.h"

#define CHAIN_TEXT 1024u

struct chain {
	char text[CHAIN_TEXT]; /**< for Hyperscan, with "dot is every byte" */
	double bits;           /**< how rare, as -log2 of the share of looks that it hits */
	uint32_t parts;        /**< contents in it */
	/** Where in the text the rarest piece stands that no open gap divides. */
	uint32_t piece, piece_len;
	/** enum chain_anchor */
	uint8_t anchor;
	/** ANCHOR_COUNTED: where the last bound content ends at the latest, as contents count. */
	uint32_t reach;
};

enum chain_anchor {
	ANCHOR_NONE,
	ANCHOR_COUNTED, /**< offsets and depths: from where contents count, even in a later window */
	ANCHOR_WINDOW,  /**< a distance with nothing before it: from the first byte that is looked at */
};

/** How rare the bytes are, in bits (cost.c). */
double literal_bits(const uint8_t *p, uint32_t n, bool nocase);

/** The rarest expression of a list of s; false: none. bytes: how many one look at its buffer sees. */
bool chain_of(const struct build *b, const struct sig_img_sig *s, const struct sig_img_list *l,
	double bytes, struct chain *best);

/** The expression that is searched for. */
void pick_text(struct build *b, struct pick *q, const char *text);
/** The piece of it, n bytes of text, that stands for it where bytes come in parts and it has no bound. */
void pick_part(struct build *b, struct pick *q, const char *text, uint32_t n);

#endif
