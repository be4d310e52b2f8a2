/* SPDX-License-Identifier: Apache-2.0 */
/** The trailing words that byte_test, byte_jump, byte_extract and byte_math share. */
#ifndef SIG_KW_BYTE_H
#define SIG_KW_BYTE_H

#include "kw.h"

struct sig_byte_words {
	uint32_t flags;
	uint8_t base;
	bool base_set, endian_set;
	uint32_t multiplier;
	uint16_t align;
	uint64_t bitmask;
	struct sig_value post_offset;
	uint32_t allowed; /**< words this keyword knows, SIG_BW_* */
};
#define SIG_BW_ALIGN 1u   /**< align without argument */
#define SIG_BW_ALIGN_N 2u /**< align 2, align 4 */
#define SIG_BW_MULTIPLIER 4u
#define SIG_BW_FROM 8u /**< from_beginning, from_end, post_offset */

/** One word with its argument. 0 or sig_fail(). */
int sig_byte_word(struct sig_parser *p, struct sig_str t, struct sig_byte_words *w);
/** Combinations, and the protocol that dce implies. */
int sig_byte_words_check(struct sig_parser *p, struct sig_byte_words *w,
	const struct sig_value *nbytes, uint32_t max_binary);

#endif
