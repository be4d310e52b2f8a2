/* SPDX-License-Identifier: Apache-2.0 */
/** SMB 1 commands (MS-CIFS section 2.2.2.1) and body access. Private to smb1*.c. */
#ifndef DP_APP_SMB1_H
#define DP_APP_SMB1_H

#include "smb.h"

enum smb1_cmd {
	SMB1_CLOSE = 0x04,
	SMB1_RENAME = 0x07,
	SMB1_WRITE = 0x0b,
	SMB1_LOCKING_ANDX = 0x24,
	SMB1_TRANS = 0x25,
	SMB1_WRITE_AND_CLOSE = 0x2c,
	SMB1_READ_ANDX = 0x2e,
	SMB1_WRITE_ANDX = 0x2f,
	SMB1_TRANS2 = 0x32,
	SMB1_TRANS2_SECONDARY = 0x33,
	SMB1_TREE_DISCONNECT = 0x71,
	SMB1_NEGOTIATE = 0x72,
	SMB1_SESSION_SETUP_ANDX = 0x73,
	SMB1_LOGOFF_ANDX = 0x74,
	SMB1_TREE_CONNECT_ANDX = 0x75,
	SMB1_NT_CREATE_ANDX = 0xa2,
	SMB1_NT_CANCEL = 0xa4,
};

#define SMB1_ANDX_NONE 0xffu

/** Cursor at the word count of the block at m->body. */
struct dp_cur smb1_body(const struct smb_msg *m);
/** A zero-terminated string of the message's width, aligned to two bytes when that is UTF-16. */
void smb1_string(struct dp_app_ctx *x, const struct smb_msg *m, struct dp_cur *c,
	struct dp_bytes *out);
/** The same, always one byte wide. */
void smb1_ascii(struct dp_app_ctx *x, struct dp_cur *c, struct dp_bytes *out);
/** `len` bytes at `off` from the header; shorter when the message has not fully arrived. */
struct dp_span smb1_at(const struct smb_msg *m, uint32_t off, uint32_t len);
bool smb1_is_andx(uint16_t cmd);
/** The three writes: to a file, or to a pipe. */
void smb1_write(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m);
void smb1_trans(struct dp_app_ctx *x, struct smb_state *s, struct smb_msg *m);

#endif
