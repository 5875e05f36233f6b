// Requests that Python hands to the core to send: metrics over gRPC.
#ifndef AXONIZE_SENDER_H
#define AXONIZE_SENDER_H

#include "native.h"

extern PyMethodDef sender_functions[];

#endif
