#include "CArrowADBC.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

AxonizeAdbcDriverInit axonize_adbc_entry_point(void *library) {
  return (AxonizeAdbcDriverInit)dlsym(library, "chdb_adbc_init");
}

static void end_at_once(int status, void *unused) {
  (void)unused;
  fflush(NULL);
  _exit(status);
}

void axonize_skip_engine_destructors_at_exit(void) { on_exit(end_at_once, NULL); }
