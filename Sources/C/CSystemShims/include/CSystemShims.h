#ifndef CSYSTEMSHIMS_H
#define CSYSTEMSHIMS_H
// What Swift's importer cannot see in glibc: variadic functions, function-like macros and headers that
// the Glibc module map leaves out. Every function is prefixed with the name of the target.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#endif
