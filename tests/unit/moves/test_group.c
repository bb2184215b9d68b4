/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of moves/group: which membership and which hints the target is booted with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "fixture.h"
#include "moves/group.h"
#include "moves/kinds.h"

/* hints: JSON of what 2.100 shows, NULL: it shows nothing yet. policy NULL: no group. */
static struct scene *scene_with(const char *policy, const char *hints)
{
    struct scene *s = scene_new(hints ? 100 : 93);
    if (hints)
        set(scene_server(s), "scheduler_hints", hints);
    if (policy) {
        set(scene_server(s), "server_groups", "['g']");
        scene_put(s, &kind_server_group, "g",
                  json_pack("{s:s, s:s, s:s, s:[s]}", "id", "g", "name", "shop", "policy",
                            policy, "members", SOURCE_ID));
    }
    assert_int_equal(scene_capture(s), NEXT);
    return s;
}

static void sends(const char *policy, const char *hints, const char *expected)
{
    struct scene *s = scene_with(policy, hints);
    AUTO_JSON json_t *sent = hints_of_target(s->m);
    AUTO_JSON json_t *right = expected ? parse(expected) : NULL;
    if (expected ? !json_equal(sent, right) : sent != NULL) {
        AUTO_FREE char *text = json_dumps(sent, JSON_COMPACT);
        fail_msg("%s is not %s", text, expected);
    }
    scene_free(s);
}

static void the_group_and_the_other_hints(void **state)
{
    (void)state;
    sends(NULL, NULL, NULL);
    sends(NULL, "{}", NULL);
    sends(NULL, "null", NULL);
    sends("anti-affinity", NULL, "{'group': 'g'}");
    sends("anti-affinity", "{'group': ['g']}", "{'group': 'g'}");
    sends("soft-affinity", "{'group': ['g'], 'foo': ['bar']}",
          "{'group': 'g', 'foo': 'bar'}");
    sends("affinity", "{'group': ['g'], 'foo': ['bar']}", "{'foo': 'bar'}");
    sends(NULL, "{'group': ['gone']}", NULL); /* compute would refuse it */
    sends(NULL, "{'different_host': ['a', 'b'], 'query': ['[1]']}",
          "{'different_host': ['a', 'b'], 'query': '[1]'}");
}

static void says(const char *policy, const char *hints, const char *name,
                 const char *word)
{
    struct scene *s = scene_with(policy, hints);
    announce_group(s->m);
    const char *text = announced(s->m, name);
    if (word ? !text || !strstr(text, word) : text != NULL)
        fail_msg("%s: '%s' lacks '%s'", name, text ? text : "(nothing)", word);
    scene_free(s);
}

static void what_the_policy_means_is_said(void **state)
{
    (void)state;
    says("anti-affinity", NULL, "server-group-policy", "has no host without a member");
    says("soft-affinity", NULL, "server-group-policy", "as far as");
    says("other", NULL, "server-group-policy", "whose policy is other");
    says("affinity", NULL, "server-group-policy", NULL);
    says("affinity", NULL, "server-groups", "no member of server group shop (g)");
    says("affinity", "{'group': ['g']}", "scheduler-hints", "not carried");
    /* What is carried must be equal: it is not announced as a difference. */
    says("anti-affinity", "{'group': ['g']}", "server-groups", NULL);
    says("anti-affinity", "{'group': ['g']}", "scheduler-hints", NULL);
    says(NULL, "{'same_host': ['x']}", "hinted-servers", "az2");
    says(NULL, "{'foo': ['x']}", "hinted-servers", NULL);
}

static void a_policy_that_is_not_shown(void **state)
{
    (void)state;
    struct scene *s = scene_new(93);
    set(scene_server(s), "server_groups", "['g']");
    assert_int_equal(scene_capture(s), NEXT);
    assert_true(group_can_be_kept(s->m));
    announce_group(s->m);
    assert_non_null(strstr(announced(s->m, "server-group-policy"), "not shown"));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_group_and_the_other_hints),
        cmocka_unit_test(what_the_policy_means_is_said),
        cmocka_unit_test(a_policy_that_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
