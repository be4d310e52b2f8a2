/* SPDX-License-Identifier: Apache-2.0 */
/** What the operators of integer keywords (enum sig_op) mean. */
#ifndef SIG_COMPARE_H
#define SIG_COMPARE_H

#include <sig/rule_bytes.h>
#include <stdbool.h>
#include <stdint.h>

/** Does `v` satisfy the operator with its operands `a` and `b`? Ranges exclude their ends. False: not an
 *  operator on one number (sets: dp_compare). */
static inline bool sig_op_holds(uint8_t op, uint64_t v, uint64_t a, uint64_t b)
{
	switch (op) {
	case SIG_OP_EQ:
		return v == a;
	case SIG_OP_NE:
		return v != a;
	case SIG_OP_LT:
		return v < a;
	case SIG_OP_LE:
		return v <= a;
	case SIG_OP_GT:
		return v > a;
	case SIG_OP_GE:
		return v >= a;
	case SIG_OP_RANGE:
		return v > a && v < b;
	case SIG_OP_NRANGE:
		return v <= a || v >= b;
	case SIG_OP_MASK:
		return (v & a) == b;
	case SIG_OP_NMASK:
		return (v & a) != b;
	case SIG_OP_ISSET:
		return true;
	default:
		return false;
	}
}

#endif
