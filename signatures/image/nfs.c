/* SPDX-License-Identifier: Apache-2.0 */
#include <sig/nfs.h>

const struct sig_nfs_info sig_nfs_info[] = {
#define X(name, v2, v3, v4) {#name, {v2, v3, v4}},
	SIG_NFS_PROCEDURES(X)
#undef X
};

enum sig_nfs_procedure sig_nfs_procedure(unsigned version, uint32_t procedure)
{
	unsigned i = 0;

	if (version < 2 || version > 4 || procedure > INT16_MAX)
		return SIG_NFS__COUNT;
	while (i < SIG_NFS__COUNT && sig_nfs_info[i].number[version - 2] != (int16_t)procedure)
		i++;
	return (enum sig_nfs_procedure)i;
}
