#define _GNU_SOURCE
#include "CArrowADBC.h"

#include <dlfcn.h>
#include <signal.h>
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

void axonize_restore_crash_signals(void) {
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (unsigned i = 0; i < sizeof crashes / sizeof crashes[0]; i++) sigaction(crashes[i], &standard, NULL);
}
