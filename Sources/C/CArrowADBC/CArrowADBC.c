#define _GNU_SOURCE
#include "CArrowADBC.h"

#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
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

struct library {
  uintptr_t inside;
  size_t released;
};

static int release_if_inside(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  struct library *library = context;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  int is_it = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    // Code that the loader has to change would lose its changes.
    if (segment->p_type == PT_DYNAMIC) {
      for (const ElfW(Dyn) *entry = (const void *)(info->dlpi_addr + segment->p_vaddr); entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL))) return 0;
      }
    }
    if (segment->p_type != PT_LOAD) continue;
    const uintptr_t start = info->dlpi_addr + segment->p_vaddr;
    is_it |= library->inside >= start && library->inside < start + segment->p_memsz;
  }
  if (!is_it) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
    const uintptr_t start = (info->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
    const uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~(page - 1);
    if (end > start && madvise((void *)start, end - start, MADV_DONTNEED) == 0) library->released += end - start;
  }
  return 1;
}

size_t axonize_release_code_of_library(const void *inside) {
  struct library library = {.inside = (uintptr_t)inside};
  dl_iterate_phdr(release_if_inside, &library);
  return library.released;
}
