/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and closes what commands work with. */
#include "cli/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/state_path.h"
#include "cloud/nova.h"

static void debug_line(void *ctx, const char *line)
{
    struct stage *st = ctx;
    progress_say(st->progress, line);
}

/* A run in which nothing is asked for (all servers refused, or declined) leaves nothing
 * to resume. */
static void observe(void *ctx, const struct event *event)
{
    struct stage *st = ctx;
    if (st->tells_run && event->type == EVENT_MOVE_ASKED) {
        st->tells_run = false;
        stage_say(st, "run %s (resume with: rezone resume %s)", engine_run_id(st->engine),
                  engine_run_id(st->engine));
    }
    progress_event(st->progress, event);
}

static bool open_events(struct stage *st, struct err *err)
{
    const char *path = given_text(st->call, "events");
    if (!path)
        return true;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    st->events = fd < 0 ? NULL : fdopen(fd, "a");
    return st->events ||
           err_set_errno(err, ERR_REFUSED, errno, "cannot write the events to %s", path);
}

bool stage_init(struct stage *st, const struct call *call, struct err *err)
{
    *st = (struct stage){.call = call};
    bool ok = open_events(st, err);
    bool debug = given_flag(call, "debug");
    const struct progress_options options = {
        .out = stderr,
        .events = st->events,
        .quiet = given_flag(call, "quiet"),
        .live = !debug && progress_is_live(stderr),
    };
    st->progress = progress_new(&options);
    if (debug)
        log_open(debug_line, st);
    return ok;
}

static void free_timeouts(struct step_timeout *timeouts)
{
    for (size_t i = 0; timeouts && timeouts[i].step; i++)
        free((char *)timeouts[i].step);
    free(timeouts);
}

void stage_clear(struct stage *st)
{
    engine_free(st->engine);
    world_free(st->world);
    http_free(st->http);
    store_close(st->store);
    loop_free(st->loop);
    free_timeouts(st->timeouts);
    log_close();
    progress_free(st->progress);
    if (st->events)
        fclose(st->events);
    *st = (struct stage){0};
}

bool stage_open_store(struct stage *st, enum stage_store how, struct err *err)
{
    AUTO_FREE char *path = state_path(given_text(st->call, "state"), err);
    AUTO_FREE char *warning = NULL;
    if (!path)
        return false;
    if (how != STAGE_CREATE && access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    struct err why = {0};
    st->store = store_open(path, how == STAGE_READ, &warning, &why);
    if (warning)
        stage_say(st, "warning: %s", warning);
    /* A file in which nothing was recorded yet is as good as none. */
    if (st->store || (how == STAGE_READ && why.code == ERR_NOTFOUND))
        return true;
    *err = why;
    return false;
}

bool stage_open_memory(struct stage *st, struct err *err)
{
    st->store = store_open(":memory:", false, NULL, err);
    return st->store != NULL;
}

/* The rows called --os-* and --insecure, under the names of clouds.yaml; gives the array,
 * its keys are owned. */
static struct cloud_option *cloud_options(const struct call *call)
{
    const struct option_values *g = &call->globals;
    struct cloud_option *options = xcalloc(g->n + 1, sizeof(*options));
    size_t at = 0;
    for (size_t i = 0; i < g->n; i++) {
        const char *name = g->rows[i].name;
        bool insecure = text_eq(name, "insecure");
        if (g->given[i].len == 0 || (!insecure && !text_starts(name, "os-")))
            continue;
        char *key = xstrdup(insecure ? name : name + 3);
        for (char *p = key; *p; p++)
            *p = *p == '-' ? '_' : *p;
        const char *value = insecure ? "true" : g->given[i].at[g->given[i].len - 1];
        options[at++] = (struct cloud_option){key, value};
    }
    return options;
}

static void free_cloud_options(struct cloud_option *options)
{
    for (size_t i = 0; options[i].key; i++)
        free((char *)options[i].key);
    free(options);
}

bool stage_open_cloud(struct stage *st, struct err *err)
{
    struct cloud_config config = {0};
    struct cloud_option *options = cloud_options(st->call);
    bool ok = cloud_config_load(&config, options, environ, err);
    free_cloud_options(options);
    if (!ok) {
        cloud_config_clear(&config);
        return false;
    }
    for (size_t i = 0; i < config.warnings.len; i++)
        stage_say(st, "warning: %s", config.warnings.at[i]);
    st->world = world_new(session_new(&config));
    st->loop = loop_new(err);
    if (!st->loop)
        return false;
    const struct cloud_config *c = session_config(stage_session(st));
    const struct http_options http = {
        .insecure = c->insecure, .cacert = c->cacert, .cert = c->cert, .key = c->key};
    st->http = http_new(st->loop, &http, err);
    return st->http != NULL;
}

static struct step_timeout *step_timeouts(const struct call *call)
{
    const struct strv *given = given_all(call, "step-timeout");
    struct step_timeout *timeouts = xcalloc(given->len + 1, sizeof(*timeouts));
    for (size_t i = 0; i < given->len; i++) {
        char *step = NULL;
        if (!option_step_seconds(given->at[i], &step, &timeouts[i].seconds))
            bug("a checked --step-timeout is wrong: %s", given->at[i]);
        timeouts[i].step = step;
    }
    return timeouts;
}

bool stage_open_engine(struct stage *st, struct err *err)
{
    const struct call *call = st->call;
    st->timeouts = step_timeouts(call);
    bool many = option_find(&call->own, "parallel") < call->own.n;
    const struct engine_options options = {
        .loop = st->loop,
        .http = st->http,
        .store = st->store,
        .world = st->world,
        .services = &openstack_services,
        .strategies = strategies,
        .observe = observe,
        .observe_ctx = st,
        .parallel = many ? given_count(call, "parallel", 0) : 0,
        .per_host = many ? given_count(call, "parallel-per-host", 0) : 0,
        .per_zone = many ? given_count(call, "parallel-per-zone", 0) : 0,
        .settle_s = given_seconds(call, "settle", -1),
        .patience_s = given_seconds(call, "patience", 0),
        .timeouts = st->timeouts,
    };
    st->engine = engine_new(&options);
    return st->engine || err_set(err, ERR_INTERNAL, "the engine does not start");
}

struct session *stage_session(const struct stage *st)
{
    return st->world->session;
}

const char *stage_identity(const struct stage *st)
{
    return session_identity(stage_session(st));
}

static void build_zones(void *world, void *ctx, struct request *r)
{
    (void)ctx;
    nova_zones(((struct world *)world)->session, r);
}

bool stage_hello(struct stage *st, struct err *err)
{
    json_t *zones = NULL;
    struct err refused = {0};
    bool ok =
        engine_read(st->engine, SERVICE_COMPUTE, build_zones, NULL, &zones, &refused);
    json_decref(zones);
    /* An account that may not list zones is known by its token all the same; one to whom
     * compute does not even tell its versions can do nothing. */
    const struct session *s = stage_session(st);
    if (ok || (refused.code == ERR_FORBIDDEN && *session_project_id(s) &&
               session_compute_server_max(s) > 0))
        return true;
    *err = refused;
    return false;
}

bool stage_may_change(const struct call *call, struct err *err)
{
    if (given_flag(call, "yes") || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)))
        return true;
    return err_set(err, ERR_REFUSED,
                   "%s asks before it changes anything, and there is no terminal: "
                   "give -y to go on without being asked",
                   call->cmd->name);
}
