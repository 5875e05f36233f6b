#define _GNU_SOURCE
#include "CSystemShims.h"
#include <arpa/nameser.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <termios.h>
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

int CSystemShims_open_beneath(int folder, const char *name, int flags) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  int file = syscall(SYS_openat2, folder, name, &how, sizeof how);
  if (file >= 0 || (errno != ENOSYS && errno != EPERM)) return file;
  return openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW);
}

int CSystemShims_set_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

const char *CSystemShims_errno_name(int code) { return strerrorname_np(code); }

int CSystemShims_clock_status(long *error_max) {
  struct timex clock = {.modes = 0};
  int state = adjtimex(&clock);
  if (state < 0) return -1;
  *error_max = clock.maxerror;
  return state != TIME_ERROR && !(clock.status & STA_UNSYNC);
}

int CSystemShims_read_clock(struct CSystemShims_clock *result) {
  struct timex clock = {.modes = 0};
  int state = adjtimex(&clock);
  if (state < 0) return -1;
  *result = (struct CSystemShims_clock){
      .state = state,
      .status = clock.status,
      .is_nanoseconds = (clock.status & STA_NANO) != 0,
      .is_synchronised = state != TIME_ERROR,
      .shift = clock.shift,
      .tai = clock.tai,
      .offset = clock.offset,
      .freq = clock.freq,
      .maxerror = clock.maxerror,
      .esterror = clock.esterror,
      .constant = clock.constant,
      .tick = clock.tick,
      .ppsfreq = clock.ppsfreq,
      .jitter = clock.jitter,
      .stabil = clock.stabil,
      .jitcnt = clock.jitcnt,
      .calcnt = clock.calcnt,
      .errcnt = clock.errcnt,
      .stbcnt = clock.stbcnt,
  };
  return 0;
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

// Two bytes of a DNS message, the high one first.
static unsigned two_bytes(const unsigned char *at) { return at[0] << 8 | at[1]; }

// The SRV records of a response (RFC 1035, section 4.1; RFC 2782). False where it is cut short.
static int read_services(
    const unsigned char *message, const unsigned char *end, void *context,
    void (*found)(void *context, const char *target, unsigned short port)) {
  enum { HEADER = 12, QUESTION = 4, RECORD = 10, TYPE_SRV = 33 };
  if (end - message < HEADER) return 0;
  unsigned question_count = two_bytes(message + 4), answer_count = two_bytes(message + 6);
  const unsigned char *at = message + HEADER;
  for (; question_count > 0; question_count--) {
    int size = dn_skipname(at, end);
    if (size < 0 || end - at < size + QUESTION) return 0;
    at += size + QUESTION;
  }
  for (; answer_count > 0; answer_count--) {
    int size = dn_skipname(at, end);
    if (size < 0 || end - at < size + RECORD) return 0;
    at += size;
    unsigned type = two_bytes(at), data_size = two_bytes(at + 8);
    at += RECORD;
    if (end - at < data_size) return 0;
    char target[1025];
    // Priority, weight and port, two bytes each, then the target.
    if (type == TYPE_SRV && data_size > 6 && dn_expand(message, end, at + 6, target, sizeof target) >= 0)
      found(context, target, two_bytes(at + 4));
    at += data_size;
  }
  return 1;
}

int CSystemShims_find_services(
    const char *name, const struct sockaddr_in *server, void *context,
    void (*found)(void *context, const char *target, unsigned short port)) {
  // A response over TCP has at most 65,535 bytes (RFC 1035, section 4.2.2).
  enum { RESPONSE = 65536 };
  unsigned char *response = malloc(RESPONSE);
  if (response == NULL) return TRY_AGAIN;
  struct __res_state state = {0};
  int result = 0;
  if (res_ninit(&state) != 0) {
    free(response);
    return NO_RECOVERY;
  }
  if (server != NULL) {
    state.nsaddr_list[0] = *server;
    state.nscount = 1;
  }
  int size = res_nsearch(&state, name, ns_c_in, ns_t_srv, response, RESPONSE);
  if (size < 0) {
    result = state.res_h_errno == 0 ? NO_RECOVERY : state.res_h_errno;
  } else if (!read_services(response, response + (size > RESPONSE ? RESPONSE : size), context, found)) {
    result = NO_RECOVERY;
  }
  res_nclose(&state);
  free(response);
  return result;
}

// What the terminal was, and where; -1 for no terminal. Written before a handler may run, and by the handler.
static struct termios terminal_before;
static volatile sig_atomic_t terminal_input = -1;
static volatile sig_atomic_t terminal_output = -1;
// A handler for a stack that is full needs another one.
static char terminal_handler_stack[64 << 10];

static void terminal_write(int fd, const char *text) {
  size_t size = strlen(text);
  while (size > 0) {
    ssize_t count = write(fd, text, size);
    if (count <= 0) return;
    text += count;
    size -= (size_t)count;
  }
}

void CSystemShims_terminal_leave(void) {
  int input = terminal_input, output = terminal_output;
  if (input < 0) return;
  terminal_input = -1;
  terminal_write(output, "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l");
  tcsetattr(input, TCSANOW, &terminal_before);
}

static void terminal_crashed(int number) {
  CSystemShims_terminal_leave();
  // The handler was for one time: the signal ends the process now.
  raise(number);
}

int CSystemShims_terminal_enter(int input, int output) {
  static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
  if (tcgetattr(input, &terminal_before) != 0) return -1;
  struct termios raw = terminal_before;
  cfmakeraw(&raw);
  stack_t stack = {.ss_sp = terminal_handler_stack, .ss_size = sizeof terminal_handler_stack};
  if (sigaltstack(&stack, NULL) != 0) return -1;
  struct sigaction action = {.sa_handler = terminal_crashed, .sa_flags = SA_RESETHAND | SA_NODEFER | SA_ONSTACK};
  for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
    if (sigaction(crashes[i], &action, NULL) != 0) return -1;
  }
  terminal_output = output;
  terminal_input = input;
  if (tcsetattr(input, TCSANOW, &raw) != 0) {
    terminal_input = -1;
    return -1;
  }
  terminal_write(output, "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J");
  return 0;
}
