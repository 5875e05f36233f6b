#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // dladdr(3)
#endif
#include "StandIn.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RULE_COUNT_MAX = SCRIPT_PROCESS_COUNT_MAX, TEXT_SIZE_MAX = 16384 };

typedef struct {
  char call[64];
  int gpu;  // -1: any
  uint32_t code;  // 0: the call is wedged
} Rule;

typedef struct {
  long id;
  int gpu;
  CNVML_EventData data;
} Event;

typedef enum { FULL, IDLE, WAVE } Load;

typedef struct {
  const Layout *layout;
  Load load;
  double stopped_clock, reloaded_at;  // seconds; negative: none
  bool is_unloaded, is_unprivileged, has_sentinels, is_patient;
  char driver_version[64];
  uint32_t machine;
  uint32_t lost, gone, hot;  // a bit for each GPU
  int rule_count, event_count, process_count;
  Rule rules[RULE_COUNT_MAX];
  Event events[RULE_COUNT_MAX];
  int process_gpus[RULE_COUNT_MAX];
  CNVML_ProcessInfo processes[RULE_COUNT_MAX];  // in the place of the layout's
} Script;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Script script;
static struct timespec started, read_at;
static off_t read_size = -1;
// Events of a GPU that were delivered, or were of a kind that nobody asked for.
static long last_event_ids[GPU_COUNT_MAX];
static int users;

static double elapsed(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - started.tv_sec) + (double)(now.tv_nsec - started.tv_nsec) / 1e9;
}

static int gpu_number(const char *word) { return strcmp(word, "*") == 0 ? -1 : atoi(word); }

static void add_rule(const char *call, const char *gpu, uint32_t code) {
  if (script.rule_count == RULE_COUNT_MAX) return;
  Rule *rule = &script.rules[script.rule_count++];
  snprintf(rule->call, sizeof rule->call, "%s", call);
  rule->gpu = gpu_number(gpu);
  rule->code = code;
}

static void add_event(char words[][64], int count) {
  if (script.event_count == RULE_COUNT_MAX) return;
  Event *event = &script.events[script.event_count++];
  *event = (Event){.id = atol(words[1]), .gpu = gpu_number(words[2])};
  event->data.event_type = strtoull(words[3], 0, 0);
  event->data.event_data = strtoull(words[4], 0, 0);
  event->data.gpu_instance_id = count > 6 ? (uint32_t)atoi(words[5]) : UINT32_MAX;
  event->data.compute_instance_id = count > 6 ? (uint32_t)atoi(words[6]) : UINT32_MAX;
}

// process GPU PID MEBIBYTES [GPU-INSTANCE COMPUTE-INSTANCE]
static void add_process(char words[][64], int count) {
  if (script.process_count == RULE_COUNT_MAX) return;
  script.process_gpus[script.process_count] = gpu_number(words[1]);
  script.processes[script.process_count++] = (CNVML_ProcessInfo){
      .pid = (uint32_t)atol(words[2]),
      .used_memory = strtoull(words[3], 0, 0) << 20,
      .gpu_instance_id = count > 5 ? (uint32_t)atoi(words[4]) : UINT32_MAX,
      .compute_instance_id = count > 5 ? (uint32_t)atoi(words[5]) : UINT32_MAX,
  };
}

static void obey(const char *line) {
  char w[8][64] = {{0}};
  int count = sscanf(line, "%63s %63s %63s %63s %63s %63s %63s", w[0], w[1], w[2], w[3], w[4], w[5], w[6]);
  if (count < 1 || w[0][0] == '#') return;
  if (strcmp(w[0], "load") == 0) script.load = w[1][0] == 'i' ? IDLE : w[1][0] == 'w' ? WAVE : FULL;
  else if (strcmp(w[0], "clock") == 0) script.stopped_clock = atof(w[1]);
  else if (strcmp(w[0], "reloaded") == 0) script.reloaded_at = atof(w[1]);
  else if (strcmp(w[0], "driver") == 0) strcpy(script.driver_version, w[1]);
  else if (strcmp(w[0], "machine") == 0) script.machine = (uint32_t)atoi(w[1]) & 0xffff;
  else if (strcmp(w[0], "patient") == 0) script.is_patient = true;
  else if (strcmp(w[0], "sentinels") == 0) script.has_sentinels = true;
  else if (strcmp(w[0], "unprivileged") == 0) script.is_unprivileged = true;
  else if (strcmp(w[0], "unloaded") == 0) script.is_unloaded = true;
  else if (strcmp(w[0], "lost") == 0) script.lost |= 1u << atoi(w[1]);
  else if (strcmp(w[0], "gone") == 0) script.gone |= 1u << atoi(w[1]);
  else if (strcmp(w[0], "hot") == 0) script.hot |= 1u << atoi(w[1]);
  else if (strcmp(w[0], "fail") == 0 && count == 4) add_rule(w[1], w[2], (uint32_t)atoi(w[3]));
  else if (strcmp(w[0], "wedge") == 0 && count == 3) add_rule(w[1], w[2], 0);
  else if (strcmp(w[0], "event") == 0 && count >= 5) add_event(w, count);
  else if (strcmp(w[0], "process") == 0 && count >= 4) add_process(w, count);
  else if (standin_layout(w[0])) script.layout = standin_layout(w[0]);
  else {
    fprintf(stderr, "the stand-in of NVML does not know '%s'\n", line);
    abort();
  }
}

static void parse(char *text) {
  script = (Script){.layout = standin_layout("h100"), .stopped_clock = -1, .reloaded_at = -1, .driver_version = "590.48.01"};
  char *rest = 0;
  for (char *line = strtok_r(text, "\n;", &rest); line; line = strtok_r(0, "\n;", &rest)) obey(line);
}

// Reads the script when it is there for the first time or changed. Called under the lock.
static void refresh(void) {
  Dl_info self;
  char path[4096], text[TEXT_SIZE_MAX] = {0};
  struct stat status;
  bool has_file = dladdr((void *)standin_layout, &self) != 0 && self.dli_fname
                  && snprintf(path, sizeof path, "%s.txt", self.dli_fname) < (int)sizeof path && stat(path, &status) == 0;
  if (!has_file) {
    if (read_size != -1) return;
    const char *variable = getenv("AXONIZE_NVML_STANDIN");
    snprintf(text, sizeof text, "%s", variable ? variable : "");
    read_size = 0;
    parse(text);
    return;
  }
  if (status.st_size == read_size && status.st_mtim.tv_sec == read_at.tv_sec && status.st_mtim.tv_nsec == read_at.tv_nsec) {
    return;
  }
  FILE *file = fopen(path, "r");
  if (!file) return;
  size_t count = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[count] = 0;
  read_size = status.st_size;
  read_at = status.st_mtim;
  parse(text);
}

// The code that the script has for a call; -1 while it is wedged, 0 when there is none. Called under the lock.
static long verdict(const char *call, int gpu) {
  for (int index = 0; index < script.rule_count; index++) {
    const Rule *rule = &script.rules[index];
    if (strcmp(rule->call, call) != 0 || (rule->gpu != -1 && rule->gpu != gpu)) continue;
    return rule->code == 0 ? -1 : (long)rule->code;
  }
  return 0;
}

uint32_t standin_enter(const char *call, int gpu) {
  while (true) {
    pthread_mutex_lock(&lock);
    refresh();
    long result = verdict(call, gpu);
    if (result == 0 && users == 0) result = UNINITIALIZED;
    if (result == 0 && script.is_unloaded) result = DRIVER_NOT_LOADED;
    if (result == 0 && gpu >= 0 && (script.lost >> gpu & 1)) result = GPU_IS_LOST;
    pthread_mutex_unlock(&lock);
    if (result >= 0) return (uint32_t)result;
    usleep(2000);
  }
}

uint32_t standin_begin(void) {
  pthread_mutex_lock(&lock);
  if (started.tv_sec == 0) clock_gettime(CLOCK_MONOTONIC, &started);
  refresh();
  uint32_t result = script.is_unloaded ? DRIVER_NOT_LOADED : SUCCESS;
  if (result == SUCCESS) users++;
  pthread_mutex_unlock(&lock);
  return result;
}

uint32_t standin_end(void) {
  pthread_mutex_lock(&lock);
  uint32_t result = users > 0 ? SUCCESS : UNINITIALIZED;
  if (users > 0) users--;
  pthread_mutex_unlock(&lock);
  return result;
}

const Layout *standin_current(void) {
  pthread_mutex_lock(&lock);
  const Layout *layout = script.layout;
  pthread_mutex_unlock(&lock);
  return layout;
}

uint32_t standin_processes(int gpu, CNVML_ProcessInfo *processes) {
  uint32_t count = 0;
  pthread_mutex_lock(&lock);
  for (int index = 0; index < script.process_count; index++) {
    if (script.process_gpus[index] == gpu || script.process_gpus[index] == -1) processes[count++] = script.processes[index];
  }
  bool is_scripted = script.process_count > 0;
  const Layout *layout = script.layout;
  pthread_mutex_unlock(&lock);
  if (is_scripted || standin_load(gpu) <= 0) return count;
  for (uint32_t index = 0; index < layout->process_count; index++) {
    processes[count] = layout->processes[index];
    processes[count++].pid += (uint32_t)gpu;
  }
  return count;
}

void standin_driver_version(char *version, uint32_t size) {
  pthread_mutex_lock(&lock);
  snprintf(version, size, "%s", script.driver_version);
  pthread_mutex_unlock(&lock);
}

double standin_seconds(void) {
  pthread_mutex_lock(&lock);
  double seconds = script.stopped_clock >= 0 ? script.stopped_clock : elapsed();
  pthread_mutex_unlock(&lock);
  return seconds;
}

double standin_energy_seconds(void) {
  double seconds = standin_seconds();
  pthread_mutex_lock(&lock);
  // Of a driver that was loaded long before the library.
  double counted = script.reloaded_at < 0 ? 1000 + seconds : seconds > script.reloaded_at ? seconds - script.reloaded_at : 0;
  pthread_mutex_unlock(&lock);
  return counted;
}

bool standin_is_hot(int gpu) {
  pthread_mutex_lock(&lock);
  bool hot = script.hot >> gpu & 1;
  pthread_mutex_unlock(&lock);
  return hot;
}

double standin_load(int gpu) {
  double seconds = standin_seconds();
  pthread_mutex_lock(&lock);
  Load load = script.load;
  pthread_mutex_unlock(&lock);
  if (load != WAVE) return load == FULL ? 1 : 0;
  double turns = (seconds + gpu * 7.5) / 60;
  double phase = (turns - (double)(long)turns) * 2;
  return phase < 1 ? phase : 2 - phase;
}

// The sum of a wave up to some turns of it, in turns.
static double wave_sum(double turns) {
  // Counted from long before the start, so that whole turns are those below.
  double shifted = turns + 1000;
  double whole = (double)(long)shifted, part = shifted - whole;
  return whole / 2 + (part < 0.5 ? part * part : 2 * part - part * part - 0.5);
}

double standin_load_seconds(int gpu) {
  double seconds = standin_seconds(), counted = standin_energy_seconds();
  pthread_mutex_lock(&lock);
  Load load = script.load;
  pthread_mutex_unlock(&lock);
  if (load != WAVE) return load == FULL ? counted : 0;
  double turns = (seconds + gpu * 7.5) / 60;
  return (wave_sum(turns) - wave_sum(turns - counted / 60)) * 60;
}

uint32_t standin_machine(void) {
  pthread_mutex_lock(&lock);
  uint32_t machine = script.machine;
  pthread_mutex_unlock(&lock);
  return machine;
}

bool standin_is_gone(int gpu) {
  pthread_mutex_lock(&lock);
  bool gone = script.gone >> gpu & 1;
  pthread_mutex_unlock(&lock);
  return gone;
}

bool standin_is_unprivileged(void) {
  pthread_mutex_lock(&lock);
  bool answer = script.is_unprivileged;
  pthread_mutex_unlock(&lock);
  return answer;
}

bool standin_has_sentinels(void) {
  pthread_mutex_lock(&lock);
  bool answer = script.has_sentinels;
  pthread_mutex_unlock(&lock);
  return answer;
}

bool standin_is_patient(void) {
  pthread_mutex_lock(&lock);
  bool answer = script.is_patient;
  pthread_mutex_unlock(&lock);
  return answer;
}

bool standin_next_event(const uint64_t *types, int *gpu, CNVML_EventData *event) {
  bool found = false;
  pthread_mutex_lock(&lock);
  refresh();
  for (int index = 0; index < script.event_count && !found; index++) {
    const Event *candidate = &script.events[index];
    if (candidate->gpu < 0 || candidate->gpu >= GPU_COUNT_MAX || types[candidate->gpu] == 0) continue;
    if (candidate->id <= last_event_ids[candidate->gpu]) continue;
    last_event_ids[candidate->gpu] = candidate->id;
    if (!(types[candidate->gpu] & candidate->data.event_type)) continue;
    *gpu = candidate->gpu;
    *event = candidate->data;
    found = true;
  }
  pthread_mutex_unlock(&lock);
  return found;
}
