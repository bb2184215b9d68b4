/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through the faults to a service, and its reply back. */
#ifndef FAKE_EXCHANGE_H
#define FAKE_EXCHANGE_H

#include "cloud.h"

enum sending {
    SEND_WHOLE,
    SEND_NOTHING, /* close the connection without a byte */
    SEND_HALF,    /* all headers, half of the body, close */
    SEND_ENDLESS, /* a body that never ends */
};

struct exchange {
    struct cloud *cl;
    struct request rq;
    struct reply rp;
    bool reused; /* not the first request on its connection */
    bool done;   /* the reply stands */
    enum sending how;
    json_t *log;
    /* Called once, when a reply that was not ready at once has become so. */
    void (*ready)(struct exchange *ex);
    void *owner; /* the web's own */
    /* Held requests. */
    struct exchange *next_held;
    long long act_at_request; /* 0: not by number */
    bool held, gone;
};

/* Serves the request, now or later: ex->done says which. */
void exchange_begin(struct exchange *ex);
/* Acts on the request and ends it. */
void exchange_act(struct exchange *ex);
/* Lets all held requests act now; how many there were. */
size_t exchange_release(struct cloud *cl);
/* The client and the web are through with it: frees it, unless it waits to act. */
void exchange_drop(struct exchange *ex);
/* Ends what still waits, without acting: the clock and its timers are gone then. */
void exchange_abandon(struct cloud *cl);

/* Is it of the kind that changes the cloud? Logging in does not. */
bool request_changes(const struct request *rq);
/* Leads a request to its service, without faults. */
void cloud_serve(struct cloud *cl, struct request *rq, struct reply *rp);

#endif
