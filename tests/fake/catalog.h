/* SPDX-License-Identifier: Apache-2.0 */
/* The service catalog. */
#ifndef FAKE_CATALOG_H
#define FAKE_CATALOG_H

#include <jansson.h>

struct cloud;

/* Gives the catalog with URLs that begin with base. */
json_t *catalog_json(const struct cloud *cl, const char *base, const char *project);

#endif
