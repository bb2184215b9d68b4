/* SPDX-License-Identifier: Apache-2.0 */
/* MD5 and SHA-512, which Glance shows for an image's bytes. */
#ifndef FAKE_DIGEST_H
#define FAKE_DIGEST_H

#include <stddef.h>

void digest_md5(const void *bytes, size_t size, char out[33]);
void digest_sha512(const void *bytes, size_t size, char out[129]);

#endif
