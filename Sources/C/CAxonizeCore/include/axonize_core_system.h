#ifndef AXONIZE_CORE_SYSTEM_H
#define AXONIZE_CORE_SYSTEM_H
// What pointer-only Swift cannot say: atomics on plain memory, a thread local, variadic system calls, and versions of
// symbols that old C libraries have. Every function is inline, so that the object needs nothing but libc.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#pragma clang assume_nonnull begin

// MARK: Atomics

static inline uint64_t axz_load(const uint64_t *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
static inline uint64_t axz_load_relaxed(const uint64_t *place) { return __atomic_load_n(place, __ATOMIC_RELAXED); }
static inline void axz_store(uint64_t *place, uint64_t value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
static inline void axz_store_relaxed(uint64_t *place, uint64_t value) {
  __atomic_store_n(place, value, __ATOMIC_RELAXED);
}
static inline uint64_t axz_add(uint64_t *place, uint64_t value) {
  return __atomic_fetch_add(place, value, __ATOMIC_RELAXED);
}
static inline _Bool axz_exchange_if(uint64_t *place, uint64_t expected, uint64_t value) {
  return __atomic_compare_exchange_n(place, &expected, value, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
static inline uint32_t axz_load32(const uint32_t *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
static inline void axz_store32(uint32_t *place, uint32_t value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }
static inline int32_t axz_load_signed32(const int32_t *place) { return __atomic_load_n(place, __ATOMIC_RELAXED); }
static inline void axz_store_signed32(int32_t *place, int32_t value) {
  __atomic_store_n(place, value, __ATOMIC_RELAXED);
}
static inline uint32_t axz_add32(uint32_t *place, uint32_t value) {
  return __atomic_fetch_add(place, value, __ATOMIC_ACQ_REL);
}
static inline uint32_t axz_or32(uint32_t *place, uint32_t value) {
  return __atomic_fetch_or(place, value, __ATOMIC_ACQ_REL);
}
static inline uint32_t axz_swap32(uint32_t *place, uint32_t value) {
  return __atomic_exchange_n(place, value, __ATOMIC_ACQ_REL);
}
static inline _Bool axz_exchange_if32(uint32_t *place, uint32_t expected, uint32_t value) {
  return __atomic_compare_exchange_n(place, &expected, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
static inline void axz_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// MARK: Thread local

// The state of a generator (xoshiro256++).
typedef struct axz_generator {
  uint64_t s0, s1, s2, s3;
} axz_generator;

// A thread's generator and the generation it was seeded in.
typedef struct axz_thread {
  axz_generator generator;
  uint64_t generation;
} axz_thread;

static inline axz_thread *axz_this_thread(void) {
  static _Thread_local axz_thread thread;
  return &thread;
}
static inline axz_generator *axz_generator_of(axz_thread *thread) { return &thread->generator; }

// MARK: System calls

// getrandom(2) by number: glibc 2.17 has no function for it.
static inline long axz_getrandom(void *bytes, size_t size) { return syscall(SYS_getrandom, bytes, size, 0); }

static inline int axz_open_read(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }

// futex(2): waits while *place is `value`, at most `nanoseconds`.
static inline void axz_futex_wait(uint32_t *place, uint32_t value, uint64_t nanoseconds) {
  struct timespec limit = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};
  syscall(SYS_futex, place, FUTEX_WAIT_PRIVATE, value, &limit, NULL, 0);
}

static inline void axz_futex_wake(uint32_t *place) {
  syscall(SYS_futex, place, FUTEX_WAKE_PRIVATE, 1 << 30, NULL, NULL, 0);
}

static inline uint64_t axz_clock(int clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// The text "NAME=value" of a variable of the environment by its place; null behind the last one.
extern char *_Nullable *_Null_unspecified environ;
static inline const char *_Nullable axz_variable(size_t place) {
  if (environ == NULL) return NULL;
  return environ[place];
}

static inline int axz_errno(void) { return errno; }

// The name of this thread, at most 15 bytes.
static inline void axz_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// Macros that the importer cannot see.
static inline int axz_socket_kind(void) { return SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK; }
static inline _Bool axz_map_failed(void *place) { return place == MAP_FAILED; }

// MARK: Libraries at run-time

// glibc 2.34 moved dlopen and dlsym from libdl to libc under a new version; the old one is there in every glibc.
#if defined(__GLIBC__) && defined(__x86_64__)
#define AXZ_OLD_VERSION(name) __asm__(name "@GLIBC_2.2.5")
#elif defined(__GLIBC__) && defined(__aarch64__)
#define AXZ_OLD_VERSION(name) __asm__(name "@GLIBC_2.17")
#else
#define AXZ_OLD_VERSION(name) __asm__(name)
#endif
void *_Nullable axz_dlopen(const char *_Nullable name, int flags) AXZ_OLD_VERSION("dlopen");
void *_Nullable axz_dlsym(void *_Nullable library, const char *name) AXZ_OLD_VERSION("dlsym");

static inline void *_Nullable axz_library(const char *_Nullable name) {
  return axz_dlopen(name, RTLD_NOW | RTLD_LOCAL);
}
static inline void *_Nullable axz_library_symbol(void *_Nullable library, const char *name) {
  return axz_dlsym(library, name);
}

// zlib's z_stream (zlib.h), whose layout has been the same since 1.0.
typedef struct axz_zlib_stream {
  const uint8_t *_Nullable next_in;
  unsigned int avail_in;
  unsigned long total_in;
  uint8_t *_Nullable next_out;
  unsigned int avail_out;
  unsigned long total_out;
  const char *_Nullable msg;
  void *_Nullable state;
  void *_Nullable zalloc;
  void *_Nullable zfree;
  void *_Nullable opaque;
  int data_type;
  unsigned long adler;
  unsigned long reserved;
} axz_zlib_stream;
_Static_assert(sizeof(void *) != 8 || sizeof(axz_zlib_stream) == 112, "zlib compares the size with its own");

#pragma clang assume_nonnull end
#endif
