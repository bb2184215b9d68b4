/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions: microversions, and the documents in which a service tells what it speaks.
 *
 * Sources: Nova's and Keystone's version documents ({"version": {}} at the versioned
 * root,
 * {"versions": []} or {"versions": {"values": []}} at the unversioned one, which may come
 * with status 300).
 */
#ifndef CLOUD_VERSIONS_H
#define CLOUD_VERSIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "net/request.h"

struct microversion {
    int major, minor;
};

/* "2.79", "3": nothing before, between or behind; each part at most 9999. */
bool microversion_parse(const char *s, struct microversion *ret);

/* The last part of url's path that is a version ("v2.1", "v3"): its place and length.
 * false: there is none. */
bool url_version(const char *url, size_t *ret_at, size_t *ret_len);
/* Is it an http(s) URL with a host, free of blanks, control characters, user and
 * password, query and fragment? */
bool url_is_good(const char *url);
char *url_trim(const char *url); /* gives a copy without trailing slashes */

/* What compute's versioned or unversioned root says of API 2.1. */
struct compute_versions {
    struct microversion min, max;
    char *path; /* "/v2.1" when the document came from the unversioned root; else NULL */
};
bool versions_compute(const struct reply *reply, struct compute_versions *ret,
                      struct err *err);
/* The address of API v3 from Keystone's unversioned root: its path on our host, because
 * the scheme and host in such documents are often those of an inner network. Gives. */
bool versions_identity(const struct reply *reply, const char *asked_url, char **ret,
                       struct err *err);

#endif
