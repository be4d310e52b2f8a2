/* SPDX-License-Identifier: Apache-2.0 */
#include <dp/capture.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dp_capture_writer {
	FILE *f;
	int error; /**< first -errno, sticky */
};

int dp_capture_create(const char *path, uint16_t linktype, struct dp_capture_writer **out, char *err,
	size_t err_len)
{
	struct dp_capture_writer *w = calloc(1, sizeof(*w));
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, sigfigs, snaplen, linktype;
	} head = {0xa1b2c3d4, 2, 4, 0, 0, DP_CAPTURE_MAX_LEN, linktype};

	if (!w)
		return -ENOMEM;
	w->f = fopen(path, "wbe");
	if (!w->f) {
		int rc = -errno;

		snprintf(err, err_len, "%s: %s", path, strerror(errno));
		free(w);
		return rc;
	}
	if (fwrite(&head, sizeof(head), 1, w->f) != 1)
		w->error = -errno;
	*out = w;
	return 0;
}

int dp_capture_write(struct dp_capture_writer *w, uint64_t ts_ns, const void *data, uint32_t len,
	uint32_t wire_len)
{
	const uint32_t head[4] = {(uint32_t)(ts_ns / 1000000000u),
		(uint32_t)(ts_ns % 1000000000u / 1000), len, wire_len};

	if (!w->error && (fwrite(head, sizeof(head), 1, w->f) != 1 ||
				 (len && fwrite(data, len, 1, w->f) != 1)))
		w->error = errno ? -errno : -EIO;
	return w->error;
}

int dp_capture_finish(struct dp_capture_writer *w)
{
	int rc;

	if (!w)
		return 0;
	rc = w->error;
	if (fclose(w->f) != 0 && !rc)
		rc = -errno;
	free(w);
	return rc;
}
