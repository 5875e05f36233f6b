// Starting, flushing and ending the core, and what it says of itself.
#ifndef AXONIZE_LIFECYCLE_H
#define AXONIZE_LIFECYCLE_H

#include "native.h"

extern PyMethodDef lifecycle_functions[];
// Makes the core that is there before the SDK is started; 0, or -1 with an exception set.
int lifecycle_create(void);

#endif
