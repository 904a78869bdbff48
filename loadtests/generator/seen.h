// Which numbered events a socket has got: order, doubles and holes.
#ifndef SEEN_H
#define SEEN_H
#include <stdint.h>

typedef enum { IN_ORDER, DISORDERED, DOUBLED } Arrival;

typedef struct {
  uint64_t after;    // numbers up to this one were known before
  uint64_t highest;  // greatest number that has arrived
  uint64_t words;
  uint64_t *bits;  // bit n: number `after + 1 + n` has arrived
} Seen;

void seen_from(Seen *seen, uint64_t after);
Arrival seen_mark(Seen *seen, uint64_t number);
uint64_t seen_missing(const Seen *seen, uint64_t until);  // of the numbers up to `until`
#endif
