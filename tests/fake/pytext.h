/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values as Python prints them, which is how the services quote a bad body. */
#ifndef FAKE_PYTEXT_H
#define FAKE_PYTEXT_H

#include <jansson.h>

/* Gives repr(): 'text', {'key': None}. */
char *py_repr(const json_t *value);
/* Gives str(): a text stands for itself. */
char *py_str(const json_t *value);

#endif
