/* SPDX-License-Identifier: Apache-2.0 */
/** Parse functions of the keyword table, by the file that holds them. */
#ifndef SIG_KW_H
#define SIG_KW_H

#include "parser.h"

#define SIG_KW_FN(name)                                                                            \
	int sig_kw_##name(                                                                         \
		struct sig_parser *p, const struct sig_keyword *kw, const struct sig_arg *arg)

/* kw_meta.c */
SIG_KW_FN(msg);
SIG_KW_FN(sid);
SIG_KW_FN(rev);
SIG_KW_FN(gid);
SIG_KW_FN(priority);
SIG_KW_FN(classtype);
SIG_KW_FN(reference);
SIG_KW_FN(metadata);
SIG_KW_FN(target);
SIG_KW_FN(noalert);
SIG_KW_FN(alert);
SIG_KW_FN(ignored);
/* kw_requires.c */
SIG_KW_FN(requires);
/* kw_content.c, kw_modifier.c */
SIG_KW_FN(content);
SIG_KW_FN(uricontent);
SIG_KW_FN(nocase);
SIG_KW_FN(rawbytes);
SIG_KW_FN(bound);
SIG_KW_FN(startswith);
SIG_KW_FN(endswith);
SIG_KW_FN(fast_pattern);
SIG_KW_FN(replace);
SIG_KW_FN(prefilter);
/* kw_buffer.c */
SIG_KW_FN(sticky);
SIG_KW_FN(sticky_named);
SIG_KW_FN(legacy);
SIG_KW_FN(pkt_data);
SIG_KW_FN(base64_decode);
SIG_KW_FN(frame);
/* kw_transform.c */
SIG_KW_FN(transform);
/* kw_pcre.c */
SIG_KW_FN(pcre);
/* kw_byte.c, kw_byte_var.c */
SIG_KW_FN(byte_test);
SIG_KW_FN(byte_jump);
SIG_KW_FN(byte_extract);
SIG_KW_FN(byte_math);
/* kw_payload.c */
SIG_KW_FN(isdataat);
SIG_KW_FN(bsize);
SIG_KW_FN(absent);
SIG_KW_FN(entropy);
SIG_KW_FN(rpc);
/* kw_number.c */
SIG_KW_FN(number);
SIG_KW_FN(urilen);
SIG_KW_FN(flow_count);
SIG_KW_FN(opnum);
SIG_KW_FN(tls_date);
SIG_KW_FN(icmp);
SIG_KW_FN(ip_proto);
/* kw_packet.c */
SIG_KW_FN(tcp_flags);
SIG_KW_FN(fragbits);
SIG_KW_FN(ipopts);
SIG_KW_FN(sameip);
SIG_KW_FN(csum);
SIG_KW_FN(geoip);
SIG_KW_FN(vlan_id);
SIG_KW_FN(l3_proto);
SIG_KW_FN(stream_size);
SIG_KW_FN(nfq_set_mark);
/* kw_flow.c, kw_bits.c */
SIG_KW_FN(flow);
SIG_KW_FN(flowbits);
SIG_KW_FN(flowint);
SIG_KW_FN(flowvar);
SIG_KW_FN(xbits);
SIG_KW_FN(hostbits);
SIG_KW_FN(bypass);
SIG_KW_FN(text_choice);
SIG_KW_FN(app_protocol);
SIG_KW_FN(event);
SIG_KW_FN(app_state);
/* kw_rate.c */
SIG_KW_FN(threshold);
SIG_KW_FN(detection_filter);
SIG_KW_FN(tag);
SIG_KW_FN(config);
/* kw_list.c */
SIG_KW_FN(iprep);
SIG_KW_FN(dataset);
SIG_KW_FN(datarep);
/* kw_file.c */
SIG_KW_FN(filetext);
SIG_KW_FN(filehash);
SIG_KW_FN(filestore);
/* kw_tls.c */
SIG_KW_FN(tls_text);
SIG_KW_FN(plain);
SIG_KW_FN(ssl_version);
SIG_KW_FN(ssl_state);
/* kw_proto.c, kw_industrial.c */
SIG_KW_FN(dce_iface);
SIG_KW_FN(ticket_encryption);
SIG_KW_FN(http2_settings);
SIG_KW_FN(ike_attribute);
SIG_KW_FN(modbus);
SIG_KW_FN(dnp3_obj);
SIG_KW_FN(cip_service);

#endif
