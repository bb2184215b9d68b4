/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One server and all that services say of it, for tests to change one thing at a time.
 *
 * A scene starts as an ACTIVE server "web1" in az1 that may be moved, in the shapes of
 * Nova 2022.2. Its documents are plain JSON: change them, then let a row look.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <jansson.h>

#include "base/mem.h"
#include "cloud/json.h"
#include "fake_move.h"
#include "fake_session.h"
#include "flow/step.h"

#define FLAVOR_ID "98a33110-fc90-44f1-8808-76d1b3cfbbce"
#define IMAGE_ID  "3b2b2c44-9a51-4b06-8d5e-6f4f7f0f7b11"
#define NET_A     "c4801938-f49d-46a2-b753-e8ac07621b9d"
#define NET_B     "e7d6cce3-20fb-4dca-a079-e29019fb68b6"
#define PORT_A    "11111111-aaaa-4aaa-8aaa-000000000001"
#define PORT_B    "11111111-aaaa-4aaa-8aaa-000000000002"
#define PORT_C    "11111111-aaaa-4aaa-8aaa-000000000003"
#define GROUP     "22222222-bbbb-4bbb-8bbb-000000000001"

/* Documents by kind and key, as a row would see them. */
struct scene {
    struct move *m;
    json_t *docs;  /* {"<kind>|<key>": doc}; missing: a definite no */
    json_t *asked; /* array of the keys that looks have asked for */
    struct sight sights[WATCH_MAX];
    struct look look;
};

/* Gives; scene_free frees all of it, the move too. */
struct scene *scene_new(int compute);
void scene_free(struct scene *s);

/* A document to change; borrowed. key NULL: "". Fails the test when there is none. */
json_t *scene_doc(struct scene *s, const struct kind *kind, const char *key);
/* Takes doc; NULL: from now on it is a 404, or a 403 for a list. */
void scene_put(struct scene *s, const struct kind *kind, const char *key, json_t *doc);

/* Sets one member of a document, from JSON text ("\"x\"", "null", "[]"). */
void set(json_t *object, const char *key, const char *json);
json_t *parse(const char *json); /* gives; single quotes stand for double ones */

/* Lets the watch name its subjects and gives the look at them; lends until the next. */
const struct look *scene_look(struct scene *s, watch_fn *watch);
enum verdict scene_judge(struct scene *s, watch_fn *watch, seen_fn *seen);
/* Runs the capture to its end; gives its last verdict. */
enum verdict scene_capture(struct scene *s);

/* Adds a NIC to server, ports and interfaces; label is the network's name. */
void scene_add_nic(struct scene *s, const char *port, const char *net, const char *label,
                   const char *mac, const char *ip);
json_t *scene_server(struct scene *s); /* borrowed */
json_t *scene_port(struct scene *s, size_t i);

/* Copies the source's documents to TARGET_ID as a faithful cloud would show the target of
 * this move, and makes it the move's target. Needs a capture. */
void scene_boot(struct scene *s);
json_t *scene_target(struct scene *s);
json_t *scene_target_port(struct scene *s, size_t i);

#endif
