#define _GNU_SOURCE
#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static uint64_t clock_ns(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * 1000000000ull + at.tv_nsec;
}

uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
uint64_t wall_ns(void) { return clock_ns(CLOCK_REALTIME); }
uint64_t seconds_ns(double seconds) { return (uint64_t)(seconds * 1e9); }

uint64_t random_u64(void) {  // splitmix64
  static uint64_t state;
  if (!state) state = wall_ns() ^ ((uint64_t)getpid() << 40);
  uint64_t mixed = (state += 0x9e3779b97f4a7c15ull);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
  return mixed ^ (mixed >> 31);
}

void latency_add(Latencies *latencies, uint64_t ns) {
  uint64_t us = ns / 1000;
  uint64_t bucket = us < 100000 ? us / 10 : 10000 + (us - 100000) / 1000;
  latencies->buckets[bucket < 20000 ? bucket : 19999]++;
  latencies->count++;
  if (ns > latencies->longest_ns) latencies->longest_ns = ns;
}

double latency_ms(const Latencies *latencies, double quantile) {
  uint64_t wanted = (uint64_t)(quantile * (double)latencies->count), seen = 0;
  for (int i = 0; i < 20000; i++) {
    seen += latencies->buckets[i];
    if (seen > wanted) return i < 10000 ? (i * 10 + 5) / 1000.0 : 100 + (i - 10000) + 0.5;
  }
  return -1;
}

static double each_pid(const char *pids, double (*figure)(const char *pid)) {
  char copy[512], *rest = copy, *pid;
  double sum = 0;
  snprintf(copy, sizeof copy, "%s", pids);
  while ((pid = strsep(&rest, ",")))
    if (*pid) sum += figure(pid);
  return sum;
}

static double cpu_of(const char *pid) {
  char path[64], line[1024];
  unsigned long user = 0, kernel = 0;
  snprintf(path, sizeof path, "/proc/%s/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  char *after_name = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
  if (after_name)
    sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
  fclose(file);
  return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static double resident_of(const char *pid) {
  char path[64], line[256];
  double kb = 0;
  snprintf(path, sizeof path, "/proc/%s/status", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, "VmRSS:", 6)) kb = atof(line + 6);
  fclose(file);
  return kb;
}

double cpu_seconds(const char *pids) { return each_pid(pids, cpu_of); }
double resident_kb(const char *pids) { return each_pid(pids, resident_of); }

double own_cpu_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

char **read_lines(const char *path, int *count) {
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) fail("cannot read %s", path ? path : "a file that was not given");
  char **lines = NULL, *line = NULL;
  size_t size = 0;
  ssize_t length;
  *count = 0;
  while ((length = getline(&line, &size, file)) > 0) {
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r')) line[--length] = 0;
    if (!length) continue;
    lines = realloc(lines, (size_t)(*count + 1) * sizeof *lines);
    lines[(*count)++] = strdup(line);
  }
  free(line);
  fclose(file);
  return lines;
}
