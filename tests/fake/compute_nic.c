/* SPDX-License-Identifier: Apache-2.0 */
/* Nova: interfaces and security groups of a server. */
#include <string.h>

#include "boot.h"
#include "compute.h"
#include "create.h"
#include "job.h"
#include "network.h"
#include "schema.h"
#include "server.h"

static const char *const states[] = {"active", "paused", "stopped", NULL};

static json_t *view(const struct cloud *cl, const struct request *rq, const json_t *nic)
{
    const json_t *port = json_object_get(cl->ports, str_of(nic, "port_id"));
    const char *status = str_of(port, "status");
    json_t *ips = json_object_get(port, "fixed_ips");
    json_t *doc = json_pack(
        "{s:s, s:O, s:O, s:O, s:o}", "port_state", status ? status : "DOWN", "net_id",
        json_object_get(nic, "net_id"), "port_id", json_object_get(nic, "port_id"),
        "mac_addr", json_object_get(nic, "mac"), "fixed_ips",
        ips ? json_deep_copy(ips) : json_array());
    if (rq->mv >= 70)
        str_into(doc, "tag", str_of(nic, "tag"));
    return doc;
}

static void get_nics(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *list, *nic, *id;
    size_t i;
    if (!s)
        return;
    /* Nova asks Neutron for the ports by device id: one that was freed there is not
     * listed, and the order is not that of the NICs. */
    json_t *order = server_ports_sorted(s);
    list = json_array();
    json_array_foreach(order, i, id)
    {
        const json_t *port = json_object_get(cl->ports, json_string_value(id));
        nic = server_nic(s, json_string_value(id));
        if (text_eq(str_of(port, "device_id"), s->id))
            json_array_append_new(list, view(cl, rq, nic));
    }
    json_decref(order);
    reply_json(rp, 200, json_pack("{s:o}", "interfaceAttachments", list));
}

static void get_nic(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *nic = s ? server_nic(s, rq->part[3]) : NULL;
    const json_t *port = json_object_get(cl->ports, rq->part[3]);
    if (nic && text_eq(str_of(port, "device_id"), s->id))
        reply_json(rp, 200, json_pack("{s:o}", "interfaceAttachment", view(cl, rq, nic)));
    else if (s)
        nova_fault(rp, 404, "Instance %s does not have a port with id %s", s->id,
                   rq->part[3]);
}

static const struct key_rule rules[] = {
    {"net_id", IS_UUID, 0, 0, 0, 0, false},
    {"port_id", IS_UUID, 0, 0, 0, 0, false},
    {"fixed_ips", IS_ARRAY, 0, 0, 1, 1, false},
    {"tag", IS_STRING, 49, 0, 1, 60, false},
};

/* Lends the port to attach: the given one, or one that Nova makes. */
static json_t *port_for(struct cloud *cl, struct request *rq, struct reply *rp,
                        const struct server *s, const json_t *asked)
{
    const char *given = str_of(asked, "port_id"), *net = str_of(asked, "net_id");
    if (given) {
        if (!port_fits(cl, rq, given, s->hostname, rp)) {
            if (!json_object_get(cl->ports, given))
                nova_fault(rp, 404, "Port id %s could not be found.", given);
            return NULL;
        }
        return json_object_get(cl->ports, given);
    }
    const char *id;
    json_t *doc;
    size_t n = 0;
    json_object_foreach(cl->networks, id, doc)
    {
        if (net || true_of(doc, "router:external") ||
            !text_eq(str_of(doc, "project_id"), rq->who.project->id))
            continue;
        if (++n == 1)
            given = id;
    }
    if (!net && n != 1) {
        nova_fault(rp, 400,
                   "More than one possible network found. Specify network ID(s) to "
                   "select which one(s) to connect to.");
        return NULL;
    }
    struct net_error e;
    json_t *body =
        json_pack("{s:s, s:s}", "network_id", net ? net : given, "device_id", s->id);
    if (json_object_get(asked, "fixed_ips"))
        json_object_set(body, "fixed_ips", json_object_get(asked, "fixed_ips"));
    json_t *port = port_create(cl, NULL, s->project_id, body, &e);
    json_decref(body);
    if (!port)
        nova_fault(rp, e.status == 404 ? 404 : 400, "%s", e.message);
    return port;
}

static void post_nic(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *asked = s ? nova_body(rq, rp, "interfaceAttachment") : NULL;
    if (!asked ||
        !keys_check(asked, "interfaceAttachment", rules, sizeof(rules) / sizeof(*rules),
                    rq->mv, rp) ||
        !server_unlocked(s, rq, rp) ||
        !server_in_state(s, states, true, "attach_interface", rp))
        return;
    bool made = !str_of(asked, "port_id");
    double now = cloud_now(cl);
    if (str_of(asked, "port_id") && str_of(asked, "net_id")) {
        nova_fault(rp, 400, "Must not input both network_id and port_id");
        return;
    }
    action_start(cl, rq, s, "attach_interface");
    json_t *port = port_for(cl, rq, rp, s, asked);
    if (!port) {
        if (rp->status != 404)
            action_event(cl, s, rq->id, "compute_attach_interface", now, "not attached");
        return;
    }
    if (rq->twist.fail_job) {
        if (made)
            port_delete(cl, str_of(port, "id"));
        action_event(cl, s, rq->id, "compute_attach_interface", now, "attach failed");
        nova_fault(rp, 500, "Failed to attach network adapter device to %s", s->id);
        return;
    }
    port_bind(cl, port, s);
    nic_add(cl, s, port, str_of(asked, "tag"), made);
    action_event(cl, s, rq->id, "compute_attach_interface", now, NULL);
    effect(cl, rq, "attach", str_of(port, "id"), s->id);
    reply_json(rp, 200,
               json_pack("{s:o}", "interfaceAttachment",
                         view(cl, rq, server_nic(s, str_of(port, "id")))));
}

/* Neutron hears of it first; the server's own memory of the NIC follows. */
static void detach_job(struct cloud *cl, struct server *s, struct job *job)
{
    const char *id = str_of(job->args, "port");
    json_t *port = json_object_get(cl->ports, id);
    if (s->deleted)
        return;
    if (job->fail) {
        json_t *stays = server_nic(s, id);
        if (stays)
            json_object_del(stays, "_leaving");
        action_event(cl, s, job->request_id, "compute_detach_interface", job->began,
                     "the device could not be detached");
        return;
    }
    if (job->stage == 0) {
        const json_t *nic = server_nic(s, id);
        if (!nic) {
            action_event(cl, s, job->request_id, "compute_detach_interface", job->began,
                         "the port is not attached");
            return;
        }
        if (port && text_eq(str_of(port, "device_id"), s->id)) {
            if (true_of(nic, "made"))
                port_delete(cl, id);
            else
                port_unbind(cl, port);
        }
        job_again(job, cl->jobs.detach / 2);
        return;
    }
    nic_drop(cl, s, id);
    server_touch(cl, s);
    action_event(cl, s, job->request_id, "compute_detach_interface", job->began, NULL);
}

static void delete_nic(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    if (!s || !server_unlocked(s, rq, rp) ||
        !server_in_state(s, states, true, "detach_interface", rp))
        return;
    /* The API does not look whether there is such a NIC; only the host does, later. */
    json_t *nic = server_nic(s, rq->part[3]);
    if (nic && !true_of(nic, "_leaving")) /* a second one finds nothing left to do */
        effect(cl, rq, "detach", rq->part[3], s->id);
    if (nic)
        json_object_set_new(nic, "_leaving", json_true());
    action_start(cl, rq, s, "detach_interface");
    job_queue(cl, rq, s, cl->jobs.detach, detach_job,
              json_pack("{s:s}", "port", rq->part[3]));
    reply_json(rp, 202, NULL);
}

static void get_groups(struct cloud *cl, struct request *rq, struct reply *rp)
{
    struct server *s = server_find(cl, rq, rp);
    json_t *nic, *id, *list;
    size_t i, k;
    if (!s)
        return;
    list = json_array();
    json_array_foreach(s->nics, i, nic)
    {
        const json_t *port = json_object_get(cl->ports, str_of(nic, "port_id"));
        json_array_foreach(json_object_get(port, "security_groups"), k, id)
        {
            const json_t *sg = json_object_get(cl->sgs, json_string_value(id));
            if (sg)
                json_array_append_new(
                    list, json_pack("{s:O, s:O, s:O, s:O, s:[]}", "id",
                                    json_object_get(sg, "id"), "name",
                                    json_object_get(sg, "name"), "description",
                                    json_object_get(sg, "description"), "tenant_id",
                                    json_object_get(sg, "tenant_id"), "rules"));
        }
    }
    reply_json(rp, 200, json_pack("{s:o}", "security_groups", list));
}

static const struct route routes[] = {
    {"GET", "servers/*/os-interface", get_nics, 0, 0},
    {"POST", "servers/*/os-interface", post_nic, 0, 0},
    {"GET", "servers/*/os-interface/*", get_nic, 0, 0},
    {"DELETE", "servers/*/os-interface/*", delete_nic, 0, 0},
    {"GET", "servers/*/os-security-groups", get_groups, 0, 0},
};
const struct route_set compute_nic_routes = {routes, sizeof(routes) / sizeof(*routes)};
