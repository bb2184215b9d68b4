/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of Nova that changes something. */
#include "base/text.h"
#include "cloud/json.h"
#include "cloud/nova.h"
#include "cloud/path.h"

enum {
    LOCK_REASON_SINCE = 73,
    TAG_SINCE = 49,
    WITH_SERVER_SINCE = 79,
    /* createImage snapshots every volume of a server within the call; boot asks Neutron,
     * Glance and Cinder about everything that it was given. */
    LONG_CALL_S = 360
};

static void server_request(const struct session *s, struct request *r, const char *method,
                           const char *id, const char *folder, const char *name)
{
    struct text path = {0};
    text_add(&path, "/servers");
    path_add(&path, id);
    if (folder)
        text_add(&path, folder);
    if (name)
        path_add(&path, name);
    session_request(s, r, SERVICE_COMPUTE, method, text_str(&path), COMPUTE_KNOWN);
    text_clear(&path);
}

/* Takes arguments. */
static void action(const struct session *s, struct request *r, const char *id,
                   const char *name, json_t *arguments)
{
    server_request(s, r, "POST", id, "/action", NULL);
    request_json(r, jpair(name, arguments));
}

void nova_stop(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "os-stop", json_null());
}

void nova_start(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "os-start", json_null());
}

void nova_pause(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "pause", json_null());
}

void nova_unpause(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "unpause", json_null());
}

void nova_suspend(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "suspend", json_null());
}

void nova_resume(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "resume", json_null());
}

void nova_lock(const struct session *s, struct request *r, const char *id,
               const char *reason)
{
    bool with_reason = reason && session_compute(s) >= LOCK_REASON_SINCE;
    action(s, r, id, "lock",
           with_reason ? jpair("locked_reason", jtext(reason)) : json_null());
}

void nova_unlock(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "unlock", json_null());
}

void nova_create_image(const struct session *s, struct request *r, const char *id,
                       const char *name, const char *property, const char *value)
{
    json_t *arguments = jpair("name", jtext(name));
    if (property)
        json_object_set_new(arguments, "metadata", jpair(property, jtext(value)));
    action(s, r, id, "createImage", arguments);
    r->timeout_s = LONG_CALL_S;
}

void nova_boot(const struct session *s, struct request *r, const json_t *body)
{
    session_request(s, r, SERVICE_COMPUTE, "POST", "/servers", COMPUTE_KNOWN);
    request_json(r, json_deep_copy(body));
    r->timeout_s = LONG_CALL_S;
}

void nova_delete(const struct session *s, struct request *r, const char *id)
{
    server_request(s, r, "DELETE", id, NULL, NULL);
}

void nova_force_delete(const struct session *s, struct request *r, const char *id)
{
    action(s, r, id, "forceDelete", json_null());
}

void nova_put_tag(const struct session *s, struct request *r, const char *id,
                  const char *tag)
{
    server_request(s, r, "PUT", id, "/tags", tag);
}

void nova_delete_tag(const struct session *s, struct request *r, const char *id,
                     const char *tag)
{
    server_request(s, r, "DELETE", id, "/tags", tag);
}

void nova_put_metadata(const struct session *s, struct request *r, const char *id,
                       const char *key, const char *value)
{
    server_request(s, r, "PUT", id, "/metadata", key);
    request_json(r, jpair("meta", jpair(key, jtext(value))));
}

void nova_delete_metadata(const struct session *s, struct request *r, const char *id,
                          const char *key)
{
    server_request(s, r, "DELETE", id, "/metadata", key);
}

void nova_rename(const struct session *s, struct request *r, const char *id,
                 const char *name)
{
    server_request(s, r, "PUT", id, NULL, NULL);
    request_json(r, jpair("server", jpair("name", jtext(name))));
}

void nova_unbind_zone(const struct session *s, struct request *r, const char *id)
{
    server_request(s, r, "PUT", id, NULL, NULL);
    request_json(r, jpair("server", jpair("pinned_availability_zone", json_null())));
}

void nova_detach_port(const struct session *s, struct request *r, const char *id,
                      const char *port)
{
    server_request(s, r, "DELETE", id, "/os-interface", port);
}

void nova_attach_port(const struct session *s, struct request *r, const char *id,
                      const char *port, const char *tag)
{
    json_t *arguments = jpair("port_id", jtext(port));
    server_request(s, r, "POST", id, "/os-interface", NULL);
    if (tag && session_compute(s) >= TAG_SINCE)
        json_object_set_new(arguments, "tag", jtext(tag));
    request_json(r, jpair("interfaceAttachment", arguments));
    r->timeout_s = LONG_CALL_S; /* it answers when the host has done it */
}

void nova_detach_volume(const struct session *s, struct request *r, const char *id,
                        const char *volume)
{
    server_request(s, r, "DELETE", id, "/os-volume_attachments", volume);
}

void nova_attach_volume(const struct session *s, struct request *r, const char *id,
                        const char *volume, const char *tag, bool with_server)
{
    json_t *arguments = jpair("volumeId", jtext(volume));
    server_request(s, r, "POST", id, "/os-volume_attachments", NULL);
    if (tag && session_compute(s) >= TAG_SINCE)
        json_object_set_new(arguments, "tag", jtext(tag));
    if (session_compute(s) >= WITH_SERVER_SINCE)
        json_object_set_new(arguments, "delete_on_termination",
                            json_boolean(with_server));
    request_json(r, jpair("volumeAttachment", arguments));
    r->timeout_s = LONG_CALL_S;
}

void nova_delete_with_server(const struct session *s, struct request *r, const char *id,
                             const char *volume)
{
    json_t *arguments = jpair("volumeId", jtext(volume));
    server_request(s, r, "PUT", id, "/os-volume_attachments", volume);
    json_object_set_new(arguments, "delete_on_termination", json_true());
    request_json(r, jpair("volumeAttachment", arguments));
}
