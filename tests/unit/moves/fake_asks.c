/* SPDX-License-Identifier: Apache-2.0 */
/* The rest of a fake move, for tests that link all rows: it has asked for nothing yet,
 * but for what a test says was accepted. */
#include <string.h>

#include "fake_move.h"

bool move_asked(const struct move *m, enum walk walk, const char *step_id)
{
    (void)walk;
    return m->asked && strcmp(m->asked, step_id) == 0;
}

const char *move_ask_request_id(const struct move *m, enum walk walk, const char *step_id)
{
    (void)m;
    (void)walk;
    (void)step_id;
    return NULL;
}

double move_asked_at(const struct move *m, enum walk walk, const char *step_id, int item)
{
    (void)walk;
    (void)item;
    return m->asked && strcmp(m->asked, step_id) == 0 ? m->asked_at : 0;
}

bool move_is_unanswered(const struct move *m)
{
    (void)m;
    return false;
}

bool move_was_heard(const struct move *m)
{
    return m->heard;
}

void move_set_new_id(struct move *m, const char *id)
{
    (void)m;
    (void)id;
}

void move_set_down(struct move *m, double down_at, double up_at)
{
    (void)m;
    (void)down_at;
    (void)up_at;
}

void move_was_not_down(struct move *m)
{
    (void)m;
}

void move_forget_losses(struct move *m)
{
    json_object_clear(m->lost);
}

void move_forget_loss(struct move *m, const char *name)
{
    json_object_del(m->lost, name);
}

double move_spent(const struct move *m)
{
    return m->spent_s;
}

const json_t *move_left(const struct move *m)
{
    (void)m;
    return NULL;
}
