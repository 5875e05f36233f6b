#define _GNU_SOURCE
#include "CSystemShims.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

int CSystemShims_accept4(int fd, struct sockaddr *address, socklen_t *size) {
  return accept4(fd, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int CSystemShims_drop_new_handshakes(int fd) {
  // A TCP socket's filter sees the segment from its TCP header on; byte 13 holds the flags (RFC 9293, section 3.1).
  enum { FLAGS = 13, SYN = 0x02, ACK = 0x10 };
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int CSystemShims_open(const char *path, int flags, unsigned int mode) { return open(path, flags | O_CLOEXEC, mode); }

int CSystemShims_set_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

const char *CSystemShims_errno_name(int code) { return strerrorname_np(code); }

int CSystemShims_clock_status(long *error_max) {
  struct timex clock = {.modes = 0};
  int state = adjtimex(&clock);
  if (state < 0) return -1;
  *error_max = clock.maxerror;
  return state != TIME_ERROR && !(clock.status & STA_UNSYNC);
}

size_t CSystemShims_heap_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

int CSystemShims_ignore_signal(int number) {
  struct sigaction action = {0};
  action.sa_handler = SIG_IGN;
  return sigaction(number, &action, 0);
}

int CSystemShims_syncfs(int fd) { return syncfs(fd); }
