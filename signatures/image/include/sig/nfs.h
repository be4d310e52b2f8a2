/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Procedures of NFS by name, with their numbers in versions 2 (RFC 1094), 3 (RFC 1813) and 4 (the
 * operations of RFC 7530 and 8881): signatures that name a procedure mean it in every version.
 */
#ifndef SIG_NFS_H
#define SIG_NFS_H

#include <stdint.h>

/** X(name, number in version 2, 3, 4); -1: that version has none. Append only: places go into
 *  images. */
#define SIG_NFS_PROCEDURES(X)                                                                      \
	X(NULL, 0, 0, 0) X(COMPOUND, -1, -1, 1) X(GETATTR, 1, 1, 9) X(SETATTR, 2, 2, 34)           \
	X(ROOT, 3, -1, -1) X(LOOKUP, 4, 3, 15) X(ACCESS, -1, 4, 3) X(READLINK, 5, 5, 27)           \
	X(READ, 6, 6, 25) X(WRITECACHE, 7, -1, -1) X(WRITE, 8, 7, 38) X(CREATE, 9, 8, 6)           \
	X(MKDIR, 14, 9, -1) X(SYMLINK, 13, 10, -1) X(MKNOD, -1, 11, -1) X(REMOVE, 10, 12, 28)      \
	X(RMDIR, 15, 13, -1) X(RENAME, 11, 14, 29) X(LINK, 12, 15, 11) X(READDIR, 16, 16, 26)      \
	X(READDIRPLUS, -1, 17, -1) X(STATFS, 17, -1, -1) X(FSSTAT, -1, 18, -1)                     \
	X(FSINFO, -1, 19, -1) X(PATHCONF, -1, 20, -1) X(COMMIT, -1, 21, 5) X(CLOSE, -1, -1, 4)     \
	X(DELEGPURGE, -1, -1, 7) X(DELEGRETURN, -1, -1, 8) X(GETFH, -1, -1, 10)                    \
	X(LOCK, -1, -1, 12) X(LOCKT, -1, -1, 13) X(LOCKU, -1, -1, 14) X(LOOKUPP, -1, -1, 16)       \
	X(NVERIFY, -1, -1, 17) X(OPEN, -1, -1, 18) X(OPENATTR, -1, -1, 19)                         \
	X(OPEN_CONFIRM, -1, -1, 20) X(OPEN_DOWNGRADE, -1, -1, 21) X(PUTFH, -1, -1, 22)             \
	X(PUTPUBFH, -1, -1, 23) X(PUTROOTFH, -1, -1, 24) X(RENEW, -1, -1, 30)                      \
	X(RESTOREFH, -1, -1, 31) X(SAVEFH, -1, -1, 32) X(SECINFO, -1, -1, 33)                      \
	X(SETCLIENTID, -1, -1, 35) X(SETCLIENTID_CONFIRM, -1, -1, 36) X(VERIFY, -1, -1, 37)        \
	X(RELEASE_LOCKOWNER, -1, -1, 39) X(EXCHANGE_ID, -1, -1, 42) X(CREATE_SESSION, -1, -1, 43)  \
	X(DESTROY_SESSION, -1, -1, 44) X(GETDEVINFO, -1, -1, 47) X(LAYOUTGET, -1, -1, 50)          \
	X(LAYOUTRETURN, -1, -1, 51) X(SECINFO_NO_NAME, -1, -1, 52) X(SEQUENCE, -1, -1, 53)         \
	X(DESTROY_CLIENTID, -1, -1, 57) X(RECLAIM_COMPLETE, -1, -1, 58) X(ILLEGAL, -1, -1, 10044)

enum sig_nfs_procedure {
#define X(name, v2, v3, v4) SIG_NFS_##name,
	SIG_NFS_PROCEDURES(X)
#undef X
		SIG_NFS__COUNT
};

struct sig_nfs_info {
	const char *name;
	int16_t number[3]; /**< of versions 2, 3, 4 */
};

/** By enum sig_nfs_procedure. */
extern const struct sig_nfs_info sig_nfs_info[];
/** Which one `procedure` of `version` is; SIG_NFS__COUNT: none. */
enum sig_nfs_procedure sig_nfs_procedure(unsigned version, uint32_t procedure);

#endif
