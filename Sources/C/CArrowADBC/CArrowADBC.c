#include "CArrowADBC.h"

#include <dlfcn.h>

AxonizeAdbcDriverInit axonize_adbc_entry_point(void *library) {
  return (AxonizeAdbcDriverInit)dlsym(library, "chdb_adbc_init");
}
