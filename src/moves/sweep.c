/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last row of every walk: looks by mark for servers and images that should not be
 * there and deletes them, so that a request which arrived late leaves nothing behind.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/error.h"
#include "cloud/glance.h"
#include "moves/kinds.h"
#include "moves/marks.h"
#include "moves/steps.h"

static bool keeps_target(const struct move *m)
{
    return move_walk(m) == WALK_FORWARD || move_walk(m) == WALK_COMMIT;
}

static bool keeps_image(const struct move *m)
{
    return move_walk(m) == WALK_FORWARD ||
           (move_walk(m) == WALK_COMMIT && move_fact(m, FACT_KEEP_IMAGE));
}

static void sweep_watch(struct move *m, struct watch *w)
{
    watch_targets_by_mark(m, w, true);
    watch_images_by_mark(m, w);
    copies_sweep_watch(m, w);
}

static enum verdict sweep_images(struct move *m, const struct look *look)
{
    AUTO_JSON json_t *images = NULL;
    AUTO_FREE char *need = NULL;
    const char *keep = keeps_image(m) ? move_fact(m, FACT_IMAGE) : NULL;
    const char *last = move_fact(m, FACT_ACT);
    const json_t *stray = NULL;
    size_t i;
    json_t *image;

    if (!images_by_mark(m, look, &images))
        return RETRY;
    json_array_foreach(images, i, image)
    {
        const char *status = jstr(image, "status", "");

        if (!stray && !text_eq(jstr(image, "id", NULL), keep) &&
            strcmp(status, "deleted") != 0 && strcmp(status, "pending_delete") != 0)
            stray = image;
    }
    if (!stray) {
        if (last) {
            move_set_fact(m, FACT_ACT, NULL);
            return AGAIN;
        }
        return NEXT;
    }
    /* What could not be deleted in its own row is named in left[] already. */
    if (keeps_target(m) == false && json_array_size(move_left(m)) > 0 &&
        text_eq(jstr(stray, "id", NULL), move_fact(m, FACT_IMAGE)))
        return NEXT;
    need = xasprintf(
        "%s %s", jbool(stray, "protected", false) ? "unprotect-image" : "delete-image",
        jstr(stray, "id", ""));
    if (last && strcmp(last, need) != 0) {
        move_set_fact(m, FACT_ACT, need);
        return AGAIN;
    }
    move_set_fact(m, FACT_ACT, need);
    return ABSENT;
}

static enum verdict sweep_seen(struct move *m, const struct look *look)
{
    const char *act = move_fact(m, FACT_ACT);
    enum verdict v = NEXT;

    bool of_copies = act && (strstr(act, "-upload ") || strstr(act, "-volume "));
    if (!act || (!of_copies && !strstr(act, "-image ")))
        v = strays_seen(m, look, keeps_target(m) ? move_target_id(m) : NULL, true);
    if (v == NEXT)
        v = copies_sweep_seen(m, look, keeps_target(m));
    return v == NEXT ? sweep_images(m, look) : v;
}

static bool sweep_ask(struct move *m, struct request *r, struct err *err)
{
    const char *act = move_fact(m, FACT_ACT);
    AUTO_JSON json_t *patch = NULL;

    if (copies_sweep_ask(m, r))
        return true;
    if (text_starts(act, "delete-image ")) {
        glance_delete(session_of(m), r, strchr(act, ' ') + 1);
        return true;
    }
    if (text_starts(act, "unprotect-image ")) {
        patch = json_pack("[{s:s, s:s, s:b}]", "op", "replace", "path", "/protected",
                          "value", 0);
        glance_patch(session_of(m), r, strchr(act, ' ') + 1, patch);
        return true;
    }
    return strays_ask(m, r, err);
}

/* What copies were made from and cannot be deleted is named: nothing else waits for it.
 */
static enum verdict sweep_heard(struct move *m, const struct reply *reply)
{
    if (reply_is_accepted(reply))
        return WAIT;
    if (reply->status == 404)
        return ABSENT;
    if (copies_sweep_refused(m))
        return AGAIN;
    return reply->status == 409 ? RETRY : FAIL;
}

const struct step step_sweep = {
    .id = "sweep",
    .label = "looking for anything left behind",
    .watch = sweep_watch,
    .seen = sweep_seen,
    .ask = sweep_ask,
    .heard = sweep_heard,
    .class = CLASS_GOAL,
    .flags = STEP_LITTER | STEP_AHEAD | STEP_FRESH,
    .first_s = 0.1,
    .every_s = 5,
    .limit_s = 600,
    .at_limit = HOLD,
};
