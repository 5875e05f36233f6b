#ifndef CSYSTEMSHIMS_H
#define CSYSTEMSHIMS_H
// What Swift's importer cannot see in glibc: variadic functions, function-like macros and headers that
// the Glibc module map leaves out. Every function is prefixed with the name of the target.
//
// This header does not define _GNU_SOURCE: some of glibc's types (fd_set) look different with it, and the importer
// refuses two looks of one type. What needs it is in the .c file.

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

// accept4(2), non-blocking and closed on exec; behind _GNU_SOURCE.
int CSystemShims_accept4(int fd, struct sockaddr *address, socklen_t *size);

// Attaches a filter (SO_ATTACH_FILTER, classic BPF) to a listening TCP socket that drops the segments which would begin
// a connection: SYN without ACK. What was begun before goes on. linux/filter.h does not import.
int CSystemShims_drop_new_handshakes(int fd);

// open(2) with O_CLOEXEC: it is variadic.
int CSystemShims_open(const char *path, int flags, unsigned int mode);

// openat2(2) with O_CLOEXEC and RESOLVE_BENEATH: EXDEV where links or the path lead out of the folder. Where the kernel or
// a filter of system calls does not have it, openat(2) with O_NOFOLLOW: ELOOP for every link. It is for names without '/'.
int CSystemShims_open_beneath(int folder, const char *name, int flags);

// pthread_setname_np(3) for the calling thread; behind _GNU_SOURCE.
int CSystemShims_set_thread_name(const char *name);

// strerrorname_np(3): the name of an errno value, e.g. "ECONNRESET"; behind _GNU_SOURCE. Null when unknown.
const char *CSystemShims_errno_name(int code);

// adjtimex(2) without a change: 1 when the kernel's clock is synchronised, 0 when it is not, -1 with errno set. The
// largest error that the clock may have is written in microseconds.
int CSystemShims_clock_status(long *error_max);

// adjtimex(2) without a change, all of it: sys/timex.h does not import. 0, or -1 with errno set.
struct CSystemShims_clock {
  int state;  // of TIME_OK to TIME_ERROR
  int status;
  int is_nanoseconds;
  int is_synchronised;
  int shift;
  int tai;
  long offset, freq, maxerror, esterror, constant, tick, ppsfreq, jitter, stabil, jitcnt, calcnt, errcnt, stbcnt;
};
int CSystemShims_read_clock(struct CSystemShims_clock *clock);

// mallinfo2(3): bytes that are allocated with malloc(3) and not freed, over all arenas. malloc.h does not import.
size_t CSystemShims_heap_bytes(void);

// mallopt(3), M_ARENA_MAX: how many heaps threads share at most; for the start of a program. 1, or 0 where it is not taken.
int CSystemShims_limit_heaps(int count);

// malloc_trim(3): gives free memory of all heaps back. 1 where there was some.
int CSystemShims_trim_heap(void);

// Takes the code and constants of the library that holds an address, or of all with a null pointer, out of the process's
// resident memory; what is used comes back from the page cache when it is. Only segments that are never written, so nothing
// is lost; a library whose code the loader has changed is left alone.
void CSystemShims_release_code(const void *inside);

// syncfs(2): behind _GNU_SOURCE.
int CSystemShims_syncfs(int fd);

// res_nsearch(3): looks the SRV records of a name up (RFC 2782) and passes each on; resolv.h does not import. Asks a
// name server, or where it is null those of the system. 0 or a value of h_errno(3).
struct sockaddr_in;
int CSystemShims_find_services(
    const char *name, const struct sockaddr_in *server, void *context,
    void (*found)(void *context, const char *target, unsigned short port));

// SIG_IGN is a macro that casts an integer to a function pointer.
int CSystemShims_ignore_signal(int number);

// ioctl(2) is variadic. The columns of a terminal, 0 when it is none.
static inline int CSystemShims_terminal_columns(int fd) {
  struct winsize size = {0};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// The rows of a terminal, 0 when it is none.
static inline int CSystemShims_terminal_rows(int fd) {
  struct winsize size = {0};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

// Takes a terminal for the whole screen: keys come one by one and unseen (cfmakeraw(3)), the second screen is shown without a
// cursor, and what is too long for a line is cut. One of a process at a time. 0, or -1 with errno set. It is in C because the way back is also taken in handlers of
// signals, where no Swift may run: a crash (SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT) leaves the terminal as it was.
int CSystemShims_terminal_enter(int input, int output);

// The terminal as it was before; without effect the second time. Safe in handlers of signals.
void CSystemShims_terminal_leave(void);

#endif
