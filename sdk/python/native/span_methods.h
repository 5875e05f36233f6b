#ifndef AXONIZE_SPAN_METHODS_H
#define AXONIZE_SPAN_METHODS_H

#include "native.h"

extern PyMethodDef span_methods[];
extern PyGetSetDef span_properties[];

#endif
