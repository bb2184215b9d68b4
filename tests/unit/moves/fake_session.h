/* SPDX-License-Identifier: Apache-2.0 */
/* A session without a cloud: the tests say what it would have learned. It replaces the
 * real one when linked before the archives. */
#ifndef FAKE_SESSION_H
#define FAKE_SESSION_H

#include "cloud/session.h"

#define PROJECT "87dde40c83cc47199136286ccef87cfe"
#define CALLER  "91c9012094e74a1993e8b07eedd9a8ef"

struct session {
    int compute, server_max;
    bool admin;
    int prepares, refusals; /* calls of session_prepare, session_token_refused */
    enum session_need need; /* what session_prepare says */
};

/* Of the caller in the project, at compute 2.<compute>. Freed by session_free(). */
struct session *fake_session_new(int compute);

#endif
