/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SSH: version exchange (RFC 4253 section 4.2) and key exchange init (section 7.1) of both sides,
 * and HASSH, the MD5 of "kex;encryption;mac;compression" of one side's offer.
 * One transaction per flow; from NEWKEYS on everything is ciphertext.
 */
#ifndef DP_APP_SSH_H
#define DP_APP_SSH_H

#include "../bytes.h"
#include <dp/app.h>

enum dp_ssh_progress { DP_SSH_START, DP_SSH_BANNER, DP_SSH_KEXINIT, DP_SSH_NEWKEYS };

struct dp_ssh_side {
	struct dp_bytes proto, software, hassh_string;
	char hassh[33];
	bool wait_eol;        /**< rest of an overlong banner line is skipped */
	bool bad_banner;      /**< other lines came before it */
	uint32_t record_left; /**< bytes of a record that are skipped */
};

struct dp_ssh_tx {
	struct dp_tx tx;
	struct dp_ssh_side side[2];
};

extern const struct dp_app_desc dp_app_ssh;

#endif
