/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for the tests of TLS.
 */
#ifndef TESTS_NET_CERTIFICATE_H
#define TESTS_NET_CERTIFICATE_H

#include <stdbool.h>

/* Writes a certificate for `name` ("IP:127.0.0.1", "DNS:host") that signs itself, and its
 * key, as two PEM files. */
bool certificate_write(const char *name, const char *cert_path, const char *key_path);

#endif
