/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the tables of all strategies: what every row must have, and the golden
 * files of ids, classes, flags and facts, which a released table never changes.
 *
 * REZONE_WRITE_TABLES=1 writes the golden files instead of comparing with them: only for
 * a table that no release has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/fsx.h"
#include "base/text.h"
#include "fixture.h"
#include "moves/kinds.h"
#include "moves/registry.h"
#include "moves/steps.h"

#define FLAGS 7
static const struct flag {
    unsigned bit;
    const char *name;
} flags[FLAGS] = {
    {STEP_NO_RETURN, "NO_RETURN"}, {STEP_LITTER, "LITTER"}, {STEP_TOGGLE, "TOGGLE"},
    {STEP_CHANGES, "CHANGES"},     {STEP_FRESH, "FRESH"},   {STEP_AHEAD, "AHEAD"},
    {STEP_COSMETIC, "COSMETIC"},
};
static const char *const classes[] = {
    [CLASS_LOOK] = "LOOK", [CLASS_GOAL] = "GOAL",     [CLASS_GUARDED] = "GUARDED",
    [CLASS_CAS] = "CAS",   [CLASS_MARKED] = "MARKED", [CLASS_BLIND] = "BLIND",
};

enum place { FORWARD, UNDO, COMMIT, SWEEP };
typedef void row_fn(const struct strategy *s, const struct step *row, enum place place);

static void each_row_of(const struct strategy *s, row_fn *f)
{
    for (size_t i = 0; i < s->n_steps; i++) {
        f(s, &s->steps[i], FORWARD);
        if (s->steps[i].undo)
            f(s, s->steps[i].undo, UNDO);
    }
    for (size_t i = 0; i < s->n_commit_steps; i++)
        f(s, &s->commit_steps[i], COMMIT);
    if (s->sweep)
        f(s, s->sweep, SWEEP);
}

static void each_row(row_fn *f)
{
    for (size_t i = 0; strategies[i]; i++)
        each_row_of(strategies[i], f);
}

__attribute__((format(printf, 2, 3))) static void wrong(const struct step *row,
                                                        const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    AUTO_FREE char *text = xvasprintf(fmt, ap);
    va_end(ap);
    fail_msg("row %s: %s", row->id ? row->id : "?", text);
}

/* ---- what every row must have ---- */

static void check_whole(const struct strategy *s, const struct step *row,
                        enum place place)
{
    (void)s;
    if (!row->id || !row->id[0] || !row->label || !row->label[0])
        wrong(row, "id or label is missing");
    if (!row->seen || row->limit_s <= 0 || row->every_s <= 0)
        wrong(row, "nothing judges it, or it has no limit or pause");
    if (row->at_limit != FAIL && row->at_limit != HOLD)
        wrong(row, "at_limit must be FAIL or HOLD");
    if ((row->class == CLASS_LOOK) != (row->ask == NULL))
        wrong(row, "class %s %s an ask", classes[row->class],
              row->ask ? "with" : "without");
    if (row->ask && !row->watch && row->class != CLASS_BLIND)
        wrong(row, "asks without looking");
    if (!row->ask &&
        (row->undo || row->heard || (row->flags & (STEP_TOGGLE | STEP_CHANGES))))
        wrong(row, "asks for nothing, and yet");
    if (place != FORWARD && row->at_limit != HOLD)
        wrong(row, "no way back from there: at_limit must be HOLD");
    if (place != FORWARD && row->undo)
        wrong(row, "nothing undoes an undo or a commit");
    if (place == UNDO && !row->ask)
        wrong(row, "an undo that asks for nothing");
}

static void every_row_is_whole(void **state)
{
    (void)state;
    each_row(check_whole);
}

static struct strv seen_ids;

static void check_unique(const struct strategy *s, const struct step *row,
                         enum place place)
{
    AUTO_FREE char *id = xasprintf("%s %d %s", s->name, s->version, row->id);

    (void)place;
    if (strv_has(&seen_ids, id))
        wrong(row, "its id is used twice");
    strv_add(&seen_ids, id);
}

static void ids_are_unique_in_all_walks(void **state)
{
    (void)state;
    each_row(check_unique);
    assert_true(seen_ids.len > 10);
    strv_clear(&seen_ids);
}

static void the_order_of_flags_makes_sense(void **state)
{
    (void)state;
    for (size_t k = 0; strategies[k]; k++) {
        const struct strategy *s = strategies[k];
        bool changes = false, past = false;

        for (size_t i = 0; i < s->n_steps; i++) {
            const struct step *row = &s->steps[i];

            if (row->ask && !changes && !(row->flags & STEP_CHANGES))
                wrong(row, "asks before the row with STEP_CHANGES: no prompt came");
            if (changes && (row->flags & STEP_CHANGES))
                wrong(row, "a second STEP_CHANGES");
            if (past && row->at_limit != HOLD)
                wrong(row, "after the point of no return: at_limit must be HOLD");
            if (!past && (row->flags & STEP_COSMETIC))
                wrong(row, "cosmetic before the goal is reached");
            if ((row->flags & STEP_LITTER))
                wrong(row, "litter is of undo, commit and sweep");
            changes = changes || (row->flags & STEP_CHANGES);
            past = past || (row->flags & STEP_NO_RETURN);
        }
        assert_true(changes && past);
        assert_true(s->sweep && (s->sweep->flags & STEP_LITTER));
        assert_true(s->sweep->flags & STEP_FRESH);
    }
}

static void there_is_no_return_from_boot_and_from_deleting(void **state)
{
    struct strv found = {0};
    AUTO_FREE char *all = NULL;

    (void)state;
    for (size_t i = 0; i < strategy_snapshot.n_steps; i++)
        if (strategy_snapshot.steps[i].flags & STEP_NO_RETURN)
            strv_add(&found, strategy_snapshot.steps[i].id);
    for (size_t i = 0; i < strategy_snapshot.n_commit_steps; i++)
        if (strategy_snapshot.commit_steps[i].flags & STEP_NO_RETURN)
            strv_add(&found, strategy_snapshot.commit_steps[i].id);
    all = strv_join(&found, " ");
    strv_clear(&found);
    assert_string_equal(all, "boot commit-delete");
}

/* A look from before the target was deleted shows its ports and volumes still on it. */
static void what_the_target_had_is_looked_at_anew(void **state)
{
    static const struct step *const rows[] = {&undo_free, &undo_free_volumes, &undo_copy,
                                              &undo_clone};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!(rows[i]->flags & STEP_FRESH))
            fail_msg("%s takes an old look", rows[i]->id);
}

/* ---- MARKED rows ---- */

static bool looks_by_mark(const struct watch *w)
{
    static const struct kind *const kinds[] = {
        &kind_servers_by_tag, &kind_servers_by_name, &kind_servers_all,
        &kind_images_by_name, &kind_volumes_marked,  &kind_uploads};

    for (size_t i = 0; i < w->n; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            if (w->at[i].kind == kinds[k])
                return true;
    return false;
}

static struct scene *scene;

static void check_marked(const struct strategy *s, const struct step *row,
                         enum place place)
{
    struct watch forward = {0}, back = {0};

    (void)s;
    (void)place;
    if (row->class != CLASS_MARKED)
        return;
    if (row->settle_s <= 0)
        wrong(row, "a create that does not settle");
    if (!row->undo)
        wrong(row, "a create without an undo");
    row->watch(scene->m, &forward);
    row->undo->watch(scene->m, &back);
    if (!looks_by_mark(&forward))
        wrong(row, "does not look for what it made by mark");
    if (!looks_by_mark(&back))
        wrong(row, "its undo does not look by mark");
    /* Also when an id is known: more than one may have been made. */
    move_set_fact(scene->m, FACT_IMAGE, IMAGE_ID);
    move_set_target(scene->m, TARGET_ID);
    back.n = 0;
    row->undo->watch(scene->m, &back);
    if (!looks_by_mark(&back))
        wrong(row, "its undo trusts the id alone");
    move_set_fact(scene->m, FACT_IMAGE, NULL);
    move_set_target(scene->m, NULL);
}

/* Rows of copies look at nothing where there is nothing to copy. */
static void give_a_volume_to_copy(void)
{
    json_t *capture = scene->m->capture;

    json_object_set_new(scene->m->options, "volumes", json_string("copy"));
    json_object_set_new(capture, "attachments", json_pack("[{s:s}]", "volumeId", "v-1"));
    json_object_set_new(capture, "volumes",
                        json_pack("[{s:s, s:s, s:i}]", "id", "v-1", "availability_zone",
                                  "az1", "size", 1));
    move_set_fact(scene->m, FACT_COPY_ZONE, "az2");
}

static void creates_are_found_by_mark(void **state)
{
    (void)state;
    for (int compute = 1; compute <= 93; compute += 23) {
        scene = scene_new(compute);
        (void)scene_capture(scene);
        give_a_volume_to_copy();
        each_row(check_marked);
        scene_free(scene);
    }
}

/* ---- toggles ---- */

static bool is_toggle(const struct request *r)
{
    static const char *const all[] = {"os-start", "os-stop", "\"lock\"",  "\"unlock\"",
                                      "suspend",  "resume",  "\"pause\"", "unpause"};

    for (size_t i = 0; r->body && i < sizeof all / sizeof all[0]; i++)
        if (strstr(r->body, all[i]))
            return true;
    return false;
}

static int toggles;

static void check_toggle(const struct strategy *s, const struct step *row,
                         enum place place)
{
    struct request r = {0};
    struct err err = {0};

    (void)s;
    if (!row->ask || place == SWEEP)
        return;
    if (row->ask(scene->m, &r, &err) && is_toggle(&r)) {
        toggles++;
        if (!(row->flags & STEP_TOGGLE))
            wrong(row, "it has an opposite, and no STEP_TOGGLE: %s", r.body);
    }
    request_clear(&r);
}

static void what_has_an_opposite_says_so(void **state)
{
    (void)state;
    scene = scene_new(93);
    assert_int_equal(scene_capture(scene), NEXT);
    scene_boot(scene);
    move_set_fact(scene->m, FACT_IMAGE, IMAGE_ID);
    toggles = 0;
    each_row(check_toggle);
    assert_true(toggles >= 8);
    scene_free(scene);
}

/* ---- golden files ---- */

static char *in_source(const char *path)
{
    const char *top = getenv("srcdir");

    return xasprintf("%s/%s", top ? top : ".", path);
}

static void add_row(struct text *out, const char *indent, const struct step *row)
{
    text_addf(out, "%s%s %s", indent, row->id, classes[row->class]);
    for (int i = 0; i < FLAGS; i++)
        if (row->flags & flags[i].bit)
            text_addf(out, " %s", flags[i].name);
    text_add(out, "\n");
}

/* The text between the first two quotes, or NULL. Gives. */
static char *quoted(const char *s)
{
    const char *from = strchr(s, '"');
    const char *to = from ? strchr(from + 1, '"') : NULL;

    return to ? xstrndup(from + 1, (size_t)(to - from - 1)) : NULL;
}

static char *value_of_macro(const struct text *source, const char *name)
{
    AUTO_FREE char *define = xasprintf("#define %s ", name);
    const char *at = strstr(text_str(source), define);

    return at ? quoted(at) : NULL;
}

/* Names of facts as the sources of the rows spell them: text or macro. */
static void facts_of(const struct text *source, struct strv *names)
{
    static const char call[] = "move_set_fact(m, ";
    const char *at = text_str(source);

    while ((at = strstr(at, call))) {
        AUTO_FREE char *word = NULL;
        char *name;

        at += strlen(call);
        word = xstrndup(at, strcspn(at, ",)"));
        name = word[0] == '"' ? quoted(word) : value_of_macro(source, word);
        if (!name)
            fail_msg("the name of a fact cannot be read: %s", word);
        if (!strv_has(names, name))
            strv_add(names, name);
        free(name);
    }
}

static void read_source(struct text *out, const char *path)
{
    AUTO_FREE char *text = NULL;
    struct err err = {0};

    if (!fsx_read(path, 4 << 20, &text, NULL, NULL, &err))
        fail_msg("%s", err.text);
    text_add(out, text);
}

static void read_sources(struct text *out)
{
    AUTO_FREE char *engine = in_source("src/flow/move.h"); /* names a fact too */
    AUTO_FREE char *folder = in_source("src/moves");
    DIR *dir = opendir(folder);
    const struct dirent *one;
    struct strv files = {0};

    if (!dir)
        fail_msg("no %s: run it from the source folder or set srcdir", folder);
    while ((one = readdir(dir)))
        if (text_ends(one->d_name, ".c") || text_ends(one->d_name, ".h"))
            strv_add(&files, one->d_name);
    (void)closedir(dir);
    for (size_t i = 0; i < files.len; i++) {
        AUTO_FREE char *path = xasprintf("%s/%s", folder, files.at[i]);

        read_source(out, path);
    }
    read_source(out, engine);
    strv_clear(&files);
}

static char *describe(const struct strategy *s)
{
    struct text out, source;
    struct strv facts = {0};

    text_init(&out, 0);
    text_init(&source, 0);
    text_addf(&out, "strategy %s %d\n\nforward, and back\n", s->name, s->version);
    for (size_t i = 0; i < s->n_steps; i++) {
        add_row(&out, "  ", &s->steps[i]);
        if (s->steps[i].undo)
            add_row(&out, "    undo ", s->steps[i].undo);
    }
    text_add(&out, "\ncommit\n");
    for (size_t i = 0; i < s->n_commit_steps; i++)
        add_row(&out, "  ", &s->commit_steps[i]);
    text_add(&out, "\nsweep\n");
    if (s->sweep)
        add_row(&out, "  ", s->sweep);
    text_add(&out, "\nfacts\n");
    read_sources(&source);
    facts_of(&source, &facts);
    strv_sort(&facts);
    for (size_t i = 0; i < facts.len; i++)
        text_addf(&out, "  %s\n", facts.at[i]);
    strv_clear(&facts);
    text_clear(&source);
    return text_steal(&out);
}

static void released_tables_do_not_change(void **state)
{
    (void)state;
    for (size_t i = 0; strategies[i]; i++) {
        AUTO_FREE char *name = xasprintf("tests/data/tables/%s-%d.txt",
                                         strategies[i]->name, strategies[i]->version);
        AUTO_FREE char *path = in_source(name);
        AUTO_FREE char *now = describe(strategies[i]);
        AUTO_FREE char *golden = NULL;
        struct err err = {0};

        if (getenv("REZONE_WRITE_TABLES")) {
            if (!fsx_write_atomic(path, now, strlen(now), 0644, &err))
                fail_msg("%s", err.text);
            continue;
        }
        if (!fsx_read(path, 1 << 20, &golden, NULL, NULL, &err))
            fail_msg("%s", err.text);
        if (strcmp(golden, now) != 0)
            fail_msg("%s differs from the table, which now is:\n%s", name, now);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(ids_are_unique_in_all_walks),
        cmocka_unit_test(the_order_of_flags_makes_sense),
        cmocka_unit_test(there_is_no_return_from_boot_and_from_deleting),
        cmocka_unit_test(what_the_target_had_is_looked_at_anew),
        cmocka_unit_test(creates_are_found_by_mark),
        cmocka_unit_test(what_has_an_opposite_says_so),
        cmocka_unit_test(released_tables_do_not_change),
    };

    return cmocka_run_group_tests_name("moves/tables", tests, NULL, NULL);
}
