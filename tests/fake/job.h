/* SPDX-License-Identifier: Apache-2.0 */
/* What compute hosts do after the API said 202: jobs on servers, on the fake's clock. */
#ifndef FAKE_JOB_H
#define FAKE_JOB_H

#include "cloud.h"

struct job;
/* s may be deleted by now. A job that goes on calls job_again() and returns. */
typedef void job_fn(struct cloud *cl, struct server *s, struct job *job);

struct job {
    struct cloud *cl;
    char server_id[UUID_TEXT];
    char request_id[4 + UUID_TEXT]; /* of the action that it reports to */
    job_fn *run;
    int stage;
    bool fail; /* must end in an error */
    bool kept; /* job_again() was called */
    double began;
    json_t *args; /* what the job needs to know; may be NULL */
};

/* Starts a job `after` seconds from now; takes args. rq says which action it reports to,
 * and whether it must fail or hang. */
void job_start(struct cloud *cl, const struct request *rq, struct server *s, double after,
               job_fn *run, json_t *args);
/* The same, but a server's jobs of this kind run one after the other, as under Nova's
 * lock on the instance. */
void job_queue(struct cloud *cl, const struct request *rq, struct server *s, double after,
               job_fn *run, json_t *args);
/* Runs the job again at its next stage. */
void job_again(struct job *job, double after);
/* Lets the stuck jobs of a server (NULL: of all) run now; fail: they end in an error. How
 * many there were. */
size_t jobs_unstick(struct cloud *cl, const char *server_id, bool fail);
void jobs_clear(struct cloud *cl);
/* Lends the fault knob of a host ("spawn_fail"), NULL when it has none. */
const json_t *host_knob(const struct cloud *cl, const char *host, const char *name);

#endif
