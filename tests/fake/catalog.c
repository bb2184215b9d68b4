/* SPDX-License-Identifier: Apache-2.0 */
/* The service catalog: which service is where. */
#include "catalog.h"

#include <stdlib.h>

#include "cloud.h"
#include "mem.h"

static const struct {
    const char *type, *name, *path;
    bool with_project;
} services[] = {
    {"identity", "keystone", "/identity/v3/", false},
    {"compute", "nova", "/compute/v2.1", false},
    {"image", "glance", "/image", false},
    {"network", "neutron", "/network", false},
    {"volumev3", "cinder", "/volume/v3/", true},
};

json_t *catalog_json(const struct cloud *cl, const char *base, const char *project)
{
    (void)cl;
    static const char *const interfaces[] = {"public", "internal", "admin"};
    json_t *catalog = json_array();
    for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
        json_t *endpoints = json_array();
        for (size_t k = 0; k < 3; k++) {
            char *url = text_new("%s%s%s", base, services[i].path,
                                 services[i].with_project ? project : "");
            json_array_append_new(
                endpoints, json_pack("{s:o, s:s, s:s, s:s, s:s}", "id", uuid_json(),
                                     "interface", interfaces[k], "region_id", "RegionOne",
                                     "region", "RegionOne", "url", url));
            free(url);
        }
        json_array_append_new(catalog,
                              json_pack("{s:o, s:s, s:s, s:o}", "id", uuid_json(), "type",
                                        services[i].type, "name", services[i].name,
                                        "endpoints", endpoints));
    }
    return catalog;
}
