/* SPDX-License-Identifier: Apache-2.0 */
/* The questions and answers between a session and its caller, for tests of cloud/session.
 */
#ifndef DIALOG_H
#define DIALOG_H

#include "cloud/session.h"
#include "net/request.h"

#define COMPUTE "https://compute.one.example:8774/v2.1"

int dialog_start(void **state); /* the clock stands still */
int dialog_stop(void **state);
struct session *fresh(void); /* gives one that has asked nothing yet */
/* It asks for exactly that. */
void asks(struct session *s, enum service service, const char *method, const char *url);
/* It asks nothing, and says that. */
void needs(struct session *s, enum service service, enum session_need need,
           const char *text);
/* The answer is taken, or refused with that code; both take reply. */
void hears(struct session *s, enum service service, struct reply reply);
void hears_bad(struct session *s, enum service service, struct reply reply,
               enum err_code code);

#endif
