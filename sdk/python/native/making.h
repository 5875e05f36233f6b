// The functions that make spans.
#ifndef AXONIZE_MAKING_H
#define AXONIZE_MAKING_H

#include "native.h"

extern PyMethodDef making_functions[];

#endif
