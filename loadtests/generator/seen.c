#include "seen.h"

#include <stdlib.h>
#include <string.h>

void seen_from(Seen *seen, uint64_t after) {
  free(seen->bits);
  *seen = (Seen){.after = after, .highest = after};
}

Arrival seen_mark(Seen *seen, uint64_t number) {
  if (number <= seen->after) return DOUBLED;
  uint64_t bit = number - seen->after - 1, word = bit / 64, mask = 1ull << (bit % 64);
  if (word >= seen->words) {
    uint64_t words = word + word / 2 + 16;
    seen->bits = realloc(seen->bits, words * sizeof *seen->bits);
    memset(seen->bits + seen->words, 0, (words - seen->words) * sizeof *seen->bits);
    seen->words = words;
  }
  if (seen->bits[word] & mask) return DOUBLED;
  seen->bits[word] |= mask;
  if (number < seen->highest) return DISORDERED;
  seen->highest = number;
  return IN_ORDER;
}

uint64_t seen_missing(const Seen *seen, uint64_t until) {
  uint64_t missing = 0;
  for (uint64_t number = seen->after + 1; number <= until; number++) {
    uint64_t bit = number - seen->after - 1;
    missing += bit / 64 >= seen->words || !(seen->bits[bit / 64] >> (bit % 64) & 1);
  }
  return missing;
}
