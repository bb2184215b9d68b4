/* SPDX-License-Identifier: Apache-2.0 */
/* Replies for tests of the cloud room: by hand, or from tests/data. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stddef.h>

#include "cloud/session.h"
#include "net/request.h"

#define PROJECT "6f70656e737461636b2070726f6a6563"
#define SERVER  "0f8f3c5a-6b7c-4d9e-8f01-a2b3c4d5e6f7"

/* All give; a file that is missing fails the test. */
char *fixture_text(const char *name, size_t *ret_len); /* "nova/server.json" */
struct reply reply_of(int status, const char *body);
struct reply reply_of_file(int status, const char *name);
void reply_add(struct reply *r, const char *header); /* "Name: value" */

/* A configuration with a password for https://identity.example:5000/v3, RegionOne. */
struct cloud_config config_of_demo(void);
/* Options of the same, ended by NULL; lends. */
const struct cloud_option *options_of_demo(void);
/* 201 with the token "gAAAA-<n>". */
struct reply reply_of_token(int n);
/* Authenticated, with compute 2.<minor>. */
struct session *session_ready(int minor);
/* Lends the header's value, "" when it is missing. */
const char *header_of(const struct request *r, const char *name);

#endif
