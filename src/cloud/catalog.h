/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog: which address a service has in our region.
 *
 * Sources: service-types-authority (types and their aliases), keystoneauth (interface
 * names with "URL" behind them; region and region_id exact, case counts; empty addresses
 * do not).
 */
#ifndef CLOUD_CATALOG_H
#define CLOUD_CATALOG_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "cloud/clouds_yaml.h"

/* The address as rezone uses it, without slash at the end: image with /v2, network with
 * /v2.0, compute with /v2.1 unless only the service's root can tell (*ret has no version
 * then). region "": any. Gives. */
bool catalog_endpoint(json_t *catalog, const struct cloud_config *c, enum service service,
                      const char *region, const char *project_id, char **ret,
                      struct err *err);
/* The region asked for, or the only one of the catalog; several and none asked for: an
 * error that names them. Gives ("" when the catalog knows no regions). */
bool catalog_region(json_t *catalog, const struct cloud_config *c, char **ret,
                    struct err *err);

#endif
