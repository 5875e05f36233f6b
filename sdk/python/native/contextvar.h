// The context variable that holds the current span.
#ifndef AXONIZE_CONTEXTVAR_H
#define AXONIZE_CONTEXTVAR_H

#include "native.h"

// Makes the variable; 0, or -1 with an exception set.
int current_create(void);
// The current span or whatever else was put there; a new reference, null when there is none. Never fails: what goes
// wrong reads as none.
PyObject *current_get(void);
// Makes `object` current and returns the token for current_reset; null with an exception set.
PyObject *current_set(PyObject *object);
// Makes current again what was before the token's call of current_set. False, without an exception, in another context
// than that, or when the token was used before.
int current_reset(PyObject *token);
// The variable itself; a borrowed reference.
PyObject *current_variable(void);

#endif
