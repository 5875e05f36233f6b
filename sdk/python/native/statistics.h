// Counters and warnings of the core.
#ifndef AXONIZE_STATISTICS_H
#define AXONIZE_STATISTICS_H

#include "native.h"

extern PyMethodDef statistics_functions[];

#endif
