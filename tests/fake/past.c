/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of what a service's lists show, for lists that lag behind. */
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "server.h"

struct past {
    bool compute, image;
    struct table servers, images;
    json_t *ports, *fips, *volumes, *snapshots, *networks, *sgs;
};

static char *copy_text(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

static struct server *copy_server(const struct server *s)
{
    struct server *c = xcalloc(1, sizeof(*c));
    *c = *s;
    char **texts[] = {
        &c->name,       &c->hostname,     &c->description, &c->key_name,
        &c->user_data,  &c->config_drive, &c->project_id,  &c->user_id,
        &c->image_ref,  &c->base_image,   &c->locked_by,   &c->locked_reason,
        &c->access4,    &c->boot_roles,   &c->owner_user,  &c->owner_project,
        &c->access6,    &c->disk_config,  &c->root_device, &c->reservation,
        &c->admin_pass, &c->pinned_zone,  &c->host,        &c->zone,
        &c->old_host};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        *texts[i] = copy_text(*texts[i]);
    json_t **docs[] = {&c->flavor, &c->old_flavor,  &c->metadata, &c->tags,
                       &c->hints,  &c->image_props, &c->fault,    &c->trusted,
                       &c->groups, &c->nics,        &c->volumes,  &c->actions};
    for (size_t i = 0; i < sizeof(docs) / sizeof(*docs); i++)
        *docs[i] = *docs[i] ? json_deep_copy(*docs[i]) : NULL;
    c->disk = NULL;
    c->disk_size = 0;
    return c;
}

static void free_server(void *p)
{
    server_free(p);
}

static void free_image(void *p)
{
    struct image *im = p;
    json_decref(im->doc);
    free(im);
}

struct past *past_take(const struct cloud *cl, const char *service)
{
    struct past *p = xcalloc(1, sizeof(*p));
    if (strcmp(service, "compute") == 0) {
        p->compute = true;
        table_init(&p->servers);
        for (struct row *r = cl->servers.oldest; r; r = r->newer)
            table_put(&p->servers, r->id, copy_server(r->data));
    } else if (strcmp(service, "image") == 0) {
        p->image = true;
        table_init(&p->images);
        for (struct row *r = cl->images.oldest; r; r = r->newer) {
            struct image *im = xcalloc(1, sizeof(*im));
            *im = *(const struct image *)r->data;
            im->doc = json_deep_copy(im->doc);
            im->bytes = NULL;
            table_put(&p->images, r->id, im);
        }
    } else if (strcmp(service, "network") == 0) {
        p->ports = json_deep_copy(cl->ports);
        p->fips = json_deep_copy(cl->fips);
        p->networks = json_deep_copy(cl->networks);
        p->sgs = json_deep_copy(cl->sgs);
    } else {
        p->volumes = json_deep_copy(cl->volumes);
        p->snapshots = json_deep_copy(cl->snapshots);
    }
    return p;
}

void past_free(struct past *p)
{
    if (p->compute)
        table_clear(&p->servers, free_server);
    if (p->image)
        table_clear(&p->images, free_image);
    json_t *docs[] = {p->ports, p->fips, p->volumes, p->snapshots, p->networks, p->sgs};
    for (size_t i = 0; i < sizeof(docs) / sizeof(*docs); i++)
        json_decref(docs[i]);
    free(p);
}

static void swap_docs(json_t **a, json_t **b)
{
    json_t *t = *a;
    if (!*b)
        return;
    *a = *b;
    *b = t;
}

static void swap_tables(struct table *a, struct table *b)
{
    struct table t = *a;
    *a = *b;
    *b = t;
}

void past_swap(struct cloud *cl, struct past *p)
{
    if (!p)
        return;
    if (p->compute)
        swap_tables(&cl->servers, &p->servers);
    if (p->image)
        swap_tables(&cl->images, &p->images);
    if (p->ports)
        cl->in_past = !cl->in_past;
    swap_docs(&cl->ports, &p->ports);
    swap_docs(&cl->fips, &p->fips);
    swap_docs(&cl->networks, &p->networks);
    swap_docs(&cl->sgs, &p->sgs);
    swap_docs(&cl->volumes, &p->volumes);
    swap_docs(&cl->snapshots, &p->snapshots);
}
