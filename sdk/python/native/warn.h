// Warnings that are given once a process, through the logger "axonize".
#ifndef AXONIZE_WARN_H
#define AXONIZE_WARN_H

#include "native.h"

typedef enum {
  WARN_KEY,
  WARN_TYPE,
  WARN_MAPPING,
  WARN_TIME,
  WARN_KIND,
  WARN_STATUS,
  WARN_NAME,
  WARN_LINK,
  WARN_COUNT,
  WARN_KINDS
} WarningKind;

// Logs `format` (as for PyUnicode_FromFormat, with one object) unless a warning of the kind was logged before.
// Keeps no exception and disturbs none that is set.
void warn_once(WarningKind kind, const char *format, PyObject *object);

#endif
