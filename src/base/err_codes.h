/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of error codes: from it come the enum, the names, the exit statuses, the
 * retry classes and the hints that a user reads under the message.
 *
 * ERR_CODE(id, name, exit status, retry class, hint)
 * Exit statuses: docs and design of the commands; retry classes: see enum err_retry.
 */
#ifndef BASE_ERR_CODES_H
#define BASE_ERR_CODES_H

/* clang-format off */
#define ERR_CODES(ERR_CODE) \
    ERR_CODE(NONE,      "none",      0,  NEVER,   "") \
    ERR_CODE(INTERNAL,  "internal",  1,  NEVER,   "this is a defect in rezone: please report it with the command's --debug output") \
    ERR_CODE(USAGE,     "usage",     64, NEVER,   "see 'rezone --help'") \
    ERR_CODE(CONFIG,    "config",    5,  NEVER,   "look at clouds.yaml, secure.yaml and the OS_* variables") \
    ERR_CODE(AUTH,      "auth",      5,  NEVER,   "check the credentials: user, password, project and their domains") \
    ERR_CODE(CONNECT,   "connect",   5,  BACKOFF, "check that the address is right and reachable from here") \
    ERR_CODE(TLS,       "tls",       5,  NEVER,   "name the right authority with --os-cacert; --insecure turns the check off") \
    ERR_CODE(TIMEOUT,   "timeout",   4,  BACKOFF, "the service did not answer in time; resume goes on from here") \
    ERR_CODE(SERVICE,   "service",   4,  BACKOFF, "the service is in trouble; resume goes on from here") \
    ERR_CODE(RATE,      "rate",      4,  AFTER,   "the service asks for fewer requests; resume goes on from here") \
    ERR_CODE(PROTOCOL,  "protocol",  4,  BACKOFF, "the answer is not what this API is documented to give; see --debug") \
    ERR_CODE(FORBIDDEN, "forbidden", 3,  NEVER,   "this account may not do that here; 'rezone check' shows what it may do") \
    ERR_CODE(NOTFOUND,  "notfound",  3,  NEVER,   "check the name or id, the project and the region") \
    ERR_CODE(AMBIGUOUS, "ambiguous", 3,  NEVER,   "name one of the listed ids") \
    ERR_CODE(REFUSED,   "refused",   3,  NEVER,   "nothing was changed") \
    ERR_CODE(QUOTA,     "quota",     3,  NEVER,   "both servers exist for a while: ask for more quota or move fewer at once") \
    ERR_CODE(CONFLICT,  "conflict",  3,  NEVER,   "somebody else is working on it; look at it and try again") \
    ERR_CODE(LOCKED,    "locked",    3,  NEVER,   "another rezone works on this run; wait for it or end it") \
    ERR_CODE(STATE,     "state",     6,  NEVER,   "the state database is left as it is; free space or name another with --state") \
    ERR_CODE(INTERRUPT, "interrupt", 4,  NEVER,   "go on with 'rezone resume'")
/* clang-format on */

#endif
