/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --debug shows of the network, inside net: a request as a curl command line that
 * can be typed again (with a token put in), and a line for the reply.
 */
#ifndef NET_HTTP_LOG_H
#define NET_HTTP_LOG_H

#include "net/request.h"

void http_log_request(const struct request *req, int tries);
void http_log_reply(const struct request *req, const struct reply *reply);

#endif
