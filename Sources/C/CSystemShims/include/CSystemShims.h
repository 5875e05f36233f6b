#ifndef CSYSTEMSHIMS_H
#define CSYSTEMSHIMS_H
// What Swift's importer cannot see in glibc: variadic functions, function-like macros and headers that
// the Glibc module map leaves out. Every function is prefixed with the name of the target.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

// accept4(2) is behind _GNU_SOURCE, which Swift's Glibc module does not define.
static inline int CSystemShims_accept4(int fd, struct sockaddr *address, socklen_t *size) {
  return accept4(fd, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// open(2) and fcntl(2) are variadic.
static inline int CSystemShims_open(const char *path, int flags, unsigned int mode) { return open(path, flags | O_CLOEXEC, mode); }
static inline int CSystemShims_set_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? flags : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

// pthread_setname_np(3) is behind _GNU_SOURCE.
static inline int CSystemShims_set_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

// strerrorname_np(3): the name of an errno value, e.g. "ECONNRESET"; behind _GNU_SOURCE. Null when unknown.
const char *CSystemShims_errno_name(int code);

// SIG_IGN is a macro that casts an integer to a function pointer.
static inline int CSystemShims_ignore_signal(int number) {
  struct sigaction action = {0};
  action.sa_handler = SIG_IGN;
  return sigaction(number, &action, 0);
}

#endif
