/* SPDX-License-Identifier: Apache-2.0 */
/* One frame: two bytes choose the link type, the rest is the frame. */
#include <dp/decode.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dp_counters cnt;
	static struct dp_pkt p, inner[4];
	struct dp_conf conf;
	struct dp_ctx ctx = {.conf = &conf, .cnt = &cnt};
	struct dp_pkt *at = &p;
	uint8_t *copy;

	if (size < 2)
		return 0;
	dp_conf_default(&conf);
	copy = malloc(size - 2 != 0 ? size - 2 : 1);
	if (copy == NULL)
		return 0;
	memcpy(copy, data + 2, size - 2);
	p.data = copy;
	p.len = p.wire_len = (uint32_t)(size - 2);
	p.linktype = (uint16_t)(data[0] << 8 | data[1]);
	dp_decode(&ctx, &p);
	for (unsigned i = 0; i < 4 && at->inner_kind != DP_INNER_NONE; i++) {
		dp_decode_inner(&ctx, at, &inner[i]);
		at = &inner[i];
		(void)dp_pkt_l4_csum_ok(at);
	}
	(void)dp_pkt_ip_csum_ok(&p);
	(void)dp_pkt_l4_csum_ok(&p);
	free(copy);
	return 0;
}
