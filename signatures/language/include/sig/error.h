/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is wrong with a piece of text that a person wrote, and what to do about it.
 * One record per refused, skipped or doubtful rule. Strings live in the rule set's arena.
 */
#ifndef SIG_ERROR_H
#define SIG_ERROR_H

#include <stdint.h>

enum sig_severity {
	SIG_SEV_WARNING, /**< loaded, but probably not as meant */
	SIG_SEV_SKIPPED, /**< understood and deliberately not loaded (requires not met, keyword not
			      supported, duplicate of a newer revision) */
	SIG_SEV_REFUSED  /**< invalid: not loaded */
};

struct sig_error {
	enum sig_severity severity;
	const char *file;     /**< as given to the loader */
	uint32_t line;        /**< physical line, from 1 */
	uint32_t column;      /**< byte in that line, from 1 */
	uint32_t sid;         /**< 0 when it could not be read */
	const char *token;    /**< the word at fault, may be "" */
	const char *sentence; /**< what is wrong */
	const char *cure;     /**< what to write instead, may be "" */
};

#endif
