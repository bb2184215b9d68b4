/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of thing that rows look at: the request for any key, and its readers over any
 * body. Input: a key and a page that end at 0xFF, then JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/json.h"
#include "cloud_double.h"
#include "fuzz.h"
#include "moves/kinds.h"

static const struct kind *const kinds[] = {
    &kind_server,
    &kind_server_246,
    &kind_servers_by_tag,
    &kind_servers_by_name,
    &kind_servers_all,
    &kind_servers_brief,
    &kind_interfaces,
    &kind_attachments,
    &kind_groups_of,
    &kind_actions,
    &kind_action,
    &kind_flavor,
    &kind_flavor_specs,
    &kind_keypair,
    &kind_limits,
    &kind_zones,
    &kind_server_groups,
    &kind_shares,
    &kind_image,
    &kind_images_by_name,
    &kind_image_usage,
    &kind_ports_of,
    &kind_floating_ips,
    &kind_networks,
    &kind_ports_count,
    &kind_network_quota,
    &kind_server_group,
    &kind_port,
    &kind_ports_by_name,
    &kind_floating_ip,
    &kind_volume,
    &kind_forwardings,
    &kind_volumes_marked,
    &kind_volume_zones,
    &kind_volume_limits,
    &kind_uploads,
    &kind_attachments_if_there,
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void check_request(struct request *r, const char *start)
{
    must(is_good_request(r));
    must(text_starts(r->url, start));
    request_clear(r);
}

/* Whatever the key, the request goes to the collection that is meant. */
static void check_requests(struct world *world, const struct kind *kind, const char *key,
                           const char *page)
{
    static const char *const starts[SERVICE_MAX] = {
        [SERVICE_COMPUTE] = "http://compute/v2.1/",
        [SERVICE_IMAGE] = "http://image/v2/",
        [SERVICE_NETWORK] = "http://network/v2.0/",
        [SERVICE_VOLUME] = "http://volume/v3/",
    };
    const char *const keys[] = {key, DOUBLE_SOURCE};
    struct request r = {0};
    kind->one(world, key, page, &r);
    must(strlen(r.url) < 65536);
    check_request(&r, starts[kind->service]);
    if (!kind->many)
        return;
    kind->many(world, keys, 2, 1763632800, page, &r);
    check_request(&r, starts[kind->service]);
}

static void read_items(const struct kind *kind, json_t *items)
{
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item)
    {
        if (kind->id_of)
            (void)kind->id_of(item);
        if (kind->says_gone)
            (void)kind->says_gone(item);
    }
}

/* As the engine reads a body: only what has the right shape. */
static void check_body(const struct kind *kind, json_t *body)
{
    json_t *items = kind->items ? kind->items(body) : NULL;
    json_t *many = kind->many_items ? kind->many_items(body) : NULL;
    if (json_is_array(items)) {
        if (kind->next_page)
            free(kind->next_page(body));
        read_items(kind, items);
    }
    if (json_is_array(many)) {
        if (kind->many_next)
            free(kind->many_next(body));
        read_items(kind, many);
    }
    if (kind->unwrap)
        (void)kind->unwrap(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    size_t n;
    struct world *world = double_world(size % 2 ? 93 : 1);
    AUTO_FREE char *key = take_part(&in, 159, NULL);
    AUTO_FREE char *page = take_part(&in, 1000, NULL);
    AUTO_FREE char *text = take_part(&in, 1 << 20, &n);
    AUTO_JSON json_t *body = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    for (size_t i = 0; i < KINDS; i++) {
        check_requests(world, kinds[i], key, *page ? page : NULL);
        if (body)
            check_body(kinds[i], body);
    }
    world_free(world);
    return 0;
}
