/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limit of requests a second: a bucket of tokens that fills with time and holds one
 * second's worth (one at least). Times are clock_mono() seconds, given by the caller.
 */
#ifndef NET_RATE_H
#define NET_RATE_H

struct rate {
    double per_s; /* 0: no limit */
    double tokens, at;
    double hold_until; /* the service asked for a pause */
};

void rate_init(struct rate *r, double per_s, double now);
/* Seconds until a request may go; 0: now. */
double rate_wait(const struct rate *r, double now);
/* A request goes, whether or not it had to wait: the debt is paid by the next ones. */
void rate_take(struct rate *r, double now);
/* Nothing goes before `until`; an earlier end than a known one is ignored. */
void rate_hold(struct rate *r, double until);

#endif
