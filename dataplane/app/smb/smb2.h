/* SPDX-License-Identifier: Apache-2.0 */
/** SMB 2 commands and body access. Private to smb2.c and smb2_answer.c. */
#ifndef DP_APP_SMB2_H
#define DP_APP_SMB2_H

#include "smb.h"

enum smb2_cmd {
	SMB2_NEGOTIATE,
	SMB2_SESSION_SETUP,
	SMB2_LOGOFF,
	SMB2_TREE_CONNECT,
	SMB2_TREE_DISCONNECT,
	SMB2_CREATE,
	SMB2_CLOSE,
	SMB2_FLUSH,
	SMB2_READ,
	SMB2_WRITE,
	SMB2_LOCK,
	SMB2_IOCTL,
	SMB2_CANCEL,
	SMB2_KEEPALIVE,
	SMB2_FIND,
	SMB2_NOTIFY,
	SMB2_GET_INFO,
	SMB2_SET_INFO,
	SMB2_OPLOCK,
};

#define SMB2_INFO_RENAME 0x0a
#define SMB2_INFO_DISPOSITION 0x0d
#define SMB2_FSCTL_PIPE_TRANSCEIVE 0x0011c017u

/** Cursor at the body; offsets of the message stay valid for smb2_at. */
struct dp_cur smb2_body(const struct smb_msg *m);
/** `len` bytes at `off` from the header. Clears *ok when they are not all there. */
struct dp_span smb2_at(const struct smb_msg *m, uint32_t off, uint32_t len, bool *ok);

#endif
