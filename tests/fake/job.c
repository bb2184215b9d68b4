/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs on servers: timers, one server's queue, and jobs that hang until they are freed.
 */
#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stuck_job {
    struct job *job;
    struct stuck_job *next;
};

static void job_drop(void *ctx)
{
    struct job *job = ctx;
    json_decref(job->args);
    free(job);
}

static void job_fire(void *ctx)
{
    struct job *job = ctx;
    struct server *s = table_get(&job->cl->servers, job->server_id);
    job->kept = false;
    if (s)
        job->run(job->cl, s, job);
    if (!job->kept)
        job_drop(job);
}

static struct job *job_new(struct cloud *cl, const struct request *rq,
                           const struct server *s, job_fn *run, json_t *args)
{
    struct job *job = xcalloc(1, sizeof(*job));
    *job = (struct job){.cl = cl,
                        .run = run,
                        .fail = rq && rq->twist.fail_job,
                        .began = cloud_now(cl),
                        .args = args};
    snprintf(job->server_id, sizeof(job->server_id), "%s", s->id);
    snprintf(job->request_id, sizeof(job->request_id), "%s", rq ? rq->id : "");
    return job;
}

static void hang(struct cloud *cl, struct job *job)
{
    struct stuck_job *stuck = xcalloc(1, sizeof(*stuck));
    *stuck = (struct stuck_job){job, cl->stuck_jobs};
    cl->stuck_jobs = stuck;
}

void job_start(struct cloud *cl, const struct request *rq, struct server *s, double after,
               job_fn *run, json_t *args)
{
    struct job *job = job_new(cl, rq, s, run, args);
    /* Nobody takes the job from the queue of a host that is down. */
    if ((rq && rq->twist.stuck) || json_is_true(host_knob(cl, s->host, "down")))
        hang(cl, job);
    else
        clock_after(&cl->clock, after, job_fire, job_drop, job);
}

void job_queue(struct cloud *cl, const struct request *rq, struct server *s, double after,
               job_fn *run, json_t *args)
{
    double now = cloud_now(cl);
    double begin = s->busy_until > now ? s->busy_until : now;
    if (!rq || !rq->twist.stuck)
        s->busy_until = begin + after;
    job_start(cl, rq, s, begin + after - now, run, args);
}

void job_again(struct job *job, double after)
{
    job->stage++;
    job->kept = true;
    clock_after(&job->cl->clock, after, job_fire, job_drop, job);
}

size_t jobs_unstick(struct cloud *cl, const char *server_id, bool fail)
{
    size_t n = 0;
    struct stuck_job **at = &cl->stuck_jobs;
    while (*at) {
        struct stuck_job *stuck = *at;
        if (server_id && strcmp(stuck->job->server_id, server_id) != 0) {
            at = &stuck->next;
            continue;
        }
        stuck->job->fail = stuck->job->fail || fail;
        clock_after(&cl->clock, 0, job_fire, job_drop, stuck->job);
        *at = stuck->next;
        free(stuck);
        n++;
    }
    return n;
}

void jobs_clear(struct cloud *cl)
{
    while (cl->stuck_jobs) {
        struct stuck_job *next = cl->stuck_jobs->next;
        job_drop(cl->stuck_jobs->job);
        free(cl->stuck_jobs);
        cl->stuck_jobs = next;
    }
}

const json_t *host_knob(const struct cloud *cl, const char *host, const char *name)
{
    return json_object_get(json_object_get(cl->host_faults, host), name);
}
