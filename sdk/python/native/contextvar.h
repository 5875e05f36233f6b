// The context variable that holds the current span.
#ifndef AXONIZE_CONTEXTVAR_H
#define AXONIZE_CONTEXTVAR_H

#include "native.h"

// Makes the variable; 0, or -1 with an exception set.
int current_create(void);
// The current span or whatever else was put there; a new reference, null when there is none. Never fails: what goes
// wrong reads as none.
PyObject *current_get(void);
// Makes `object` current; 0, or -1 with an exception set.
int current_set(PyObject *object);
// The variable itself; a borrowed reference.
PyObject *current_variable(void);

#endif
