/* SPDX-License-Identifier: Apache-2.0 */
/* Glance v2: images, and what Nova asks of them. */
#ifndef FAKE_IMAGE_H
#define FAKE_IMAGE_H

#include "cloud.h"
#include "route.h"

/* Serves what lies below /image. */
void image_serve(struct cloud *cl, struct request *rq, struct reply *rp);

/* Makes a queued image and lends it; id NULL: a new one. */
struct image *image_new(struct cloud *cl, const char *name, const char *owner,
                        const char *id);
/* Takes the bytes; the image becomes active. */
void image_fill(struct cloud *cl, struct image *im, char *bytes, size_t size);
/* Takes the image out. */
void image_delete(struct cloud *cl, struct image *im);
/* Lends the image if this project (or admin) may use it. */
struct image *image_get(const struct cloud *cl, const char *id, const char *project,
                        bool admin);
void image_touch(struct cloud *cl, struct image *im);
/* Glance's errors are WebOb's pages. */
void glance_error(struct reply *rp, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same where Glance gives WebOb's usual words and its own as a detail. */
void glance_detail(struct reply *rp, int status, const char *explanation, const char *fmt,
                   ...) __attribute__((format(printf, 4, 5)));
/* Lends the image named by part 1, or NULL with a 404. */
struct image *image_find(struct cloud *cl, struct request *rq, struct reply *rp);
/* Gives the image as the API shows it. */
json_t *image_view(const struct image *im);
/* True for the keys that Glance itself defines. */
bool image_is_base_key(const char *key);
/* The name under which its effects are counted: the name, which carries the mark, or the
 * id. */
const char *image_mark(const struct image *im);

extern const struct route_set image_list_routes, image_patch_routes, image_file_routes;

#endif
