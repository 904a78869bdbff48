// Time, latencies, and what the measured processes use.
#ifndef MEASURE_H
#define MEASURE_H
#include <stdint.h>

uint64_t now_ns(void);       // monotonic
uint64_t wall_ns(void);      // since 1970
uint64_t random_u64(void);   // not for secrets
uint64_t seconds_ns(double seconds);

// Latencies in buckets of 10 us up to 100 ms and of 1 ms up to 10 s; what is longer counts as 10 s.
typedef struct {
  uint64_t buckets[20000], count, longest_ns;
} Latencies;
void latency_add(Latencies *latencies, uint64_t ns);
double latency_ms(const Latencies *latencies, double quantile);  // -1 when there are none

// `pids`: "12,34". CPU time and resident memory of these processes together.
double cpu_seconds(const char *pids);
double resident_kb(const char *pids);
double own_cpu_seconds(void);

// Ends the program with a message on stderr and exit code 1.
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
char **read_lines(const char *path, int *count);
#endif
