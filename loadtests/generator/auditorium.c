// An auditorium: auditorium --port P --tokens FILE --rooms FILE --tracks FILE [options]
// Every client follows one room, measures the hub's clock as web clients do (a burst of four once
// --exchange S, after one at the start), and reports where it is when the hub last told it to. The
// first client is the host: it plays, pauses and seeks in turn, --rate R a second.
// Late is what arrives after the moment it is to take effect; skew adds the error of the client's
// clock, which is known here because both sides have the same one. Prints one JSON object.
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "measure.h"

enum { BURST = 4, FIRST_REPORT_MS = 10000, MOST_STEPS = 4096, MOST_MEMBERS = 1 << 17 };

typedef struct {
  uint64_t next_ping_ns, next_report_ns;
  double best_rtt_ms, offset_ms, fresh_rtt_ms, fresh_offset_ms;
  int in_burst;
} Ear;

typedef struct {
  uint64_t seq, effective_ms, first_ns, last_ns, heard;
} Step;

static int port, members = 1, at_once = 64;
static double warm_s = 15, measure_s = 20, rate_hz = 0.5, exchange_s = 10, within_s = 120;
static const char *pids = "";
static char *track;

static Ear *ears;
static Step steps[MOST_STEPS];
static int step_count, measuring, hosting;
static uint64_t pings, reports, paced, refused, strange, disordered, doubled, missing, others;
static uint64_t asked_ns, host_ack, said;
static Latencies acks, ahead, late, skews, spreads, offset_errors;

// The timeline as the host's last change left it.
static char item[40];
static uint64_t effective_ms;
static double position_ms;
static int playing;

static double float_after(const char *text, size_t length, const char *name) {
  const char *found = memmem(text, length, name, strlen(name));
  return found ? strtod(found + strlen(name), NULL) : NAN;
}

static void op_id(char *text) {
  uint64_t high = random_u64(), low = random_u64();
  sprintf(text, "%08x-%04x-4%03x-8%03x-%012" PRIx64, (unsigned)(high >> 32),
          (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xfff), (unsigned)(low >> 48 & 0xfff),
          (uint64_t)(low & 0xffffffffffff));
}

// ---- what clients say ------------------------------------------------------------------------

// Calls are told apart by the last digit of their number: 1 clock, 2 report, 3 the host's.
static void ping(Client *client) {
  char packet[100];
  int length = snprintf(packet, sizeof packet, "42%" PRIu64 "1[\"clock:ping\",{\"t0\":%.3f}]",
                        pings++, (double)wall_ns() / 1e6);
  client_send(client, packet, (size_t)length);
}

static void report(Client *client) {
  double now_ms = (double)wall_ns() / 1e6, since_ms = now_ms - (double)effective_ms;
  double at_ms = position_ms + (playing && since_ms > 0 ? since_ms : 0);
  double off_ms = (double)(random_u64() % 1000) / 50 - 10;  // some are 10 ms early, some late
  char packet[300];
  int length = snprintf(packet, sizeof packet,
                        "42%" PRIu64 "2[\"playback:report\",{\"room_id\":\"%s\",\"item_id\":\"%s\","
                        "\"position_ms\":%.3f,\"at_ms\":%.3f}]",
                        reports++, rooms[0], item, fmax(0, at_ms + off_ms), now_ms);
  client_send(client, packet, (size_t)length);
}

static void ask(const char *event, const char *fields) {
  char packet[400], id[40];
  op_id(id);
  int length = snprintf(packet, sizeof packet, "423[\"%s\",{\"room_id\":\"%s\",\"op_id\":\"%s\"%s}]",
                        event, rooms[0], id, fields);
  asked_ns = now_ns();
  host_ack = 0;
  client_send(&clients[0], packet, (size_t)length);
}

static void next_step(void) {
  char fields[60];
  switch (said++ % 3) {
    case 0: ask("playback:pause", ""); break;
    case 1: ask("playback:play", ""); break;
    default:
      snprintf(fields, sizeof fields, ",\"position_ms\":%" PRIu64, random_u64() % 20000);
      ask("playback:seek", fields);
  }
}

// ---- what clients hear -----------------------------------------------------------------------

static void clock_answer(Client *client, const char *text, size_t length) {
  Ear *ear = &ears[client->member];
  double t3 = (double)wall_ns() / 1e6, t0 = float_after(text, length, "\"t0\":");
  double t1 = float_after(text, length, "\"t1\":"), t2 = float_after(text, length, "\"t2\":");
  if (isnan(t0) || isnan(t1) || isnan(t2)) {
    if (!refused++) fprintf(stderr, "refused: %.*s\n", (int)length, text);
    return;
  }
  double rtt_ms = t3 - t0 - (t2 - t1), offset_ms = ((t1 - t0) + (t2 - t3)) / 2;
  if (!ear->in_burst || rtt_ms < ear->fresh_rtt_ms) {
    ear->fresh_rtt_ms = rtt_ms;
    ear->fresh_offset_ms = offset_ms;
  }
  if (++ear->in_burst < BURST) {
    ping(client);
    return;
  }
  ear->in_burst = 0;  // the best of this burst, or of all bursts so far when that was quicker
  if (!ear->best_rtt_ms || ear->fresh_rtt_ms < ear->best_rtt_ms) {
    ear->best_rtt_ms = ear->fresh_rtt_ms;
    ear->offset_ms = ear->fresh_offset_ms;
  }
  if (measuring) latency_add(&offset_errors, (uint64_t)(fabs(ear->offset_ms) * 1e6));
}

static void report_answer(Client *client, const char *text, size_t length, uint64_t at_ns) {
  if (!memmem(text, length, "\"ok\":true", 9)) {
    if (!refused++) fprintf(stderr, "refused: %.*s\n", (int)length, text);
    return;
  }
  uint64_t pace_ms = number_after(text, length, "\"report_in_ms\":");
  if (pace_ms != UINT64_MAX) paced++;
  if (pace_ms == UINT64_MAX) pace_ms = FIRST_REPORT_MS;
  ears[client->member].next_report_ns = at_ns + pace_ms * 1000000;
}

static void host_answer(const char *text, size_t length, uint64_t at_ns) {
  if (!memmem(text, length, "\"ok\":true", 9)) fail("refused: %.*s", (int)length, text);
  if (measuring) latency_add(&acks, at_ns - asked_ns);
  host_ack = at_ns;
}

static Step *step_of(uint64_t seq, uint64_t effective) {
  for (int i = step_count - 1; i >= 0 && i > step_count - 8; i--)
    if (steps[i].seq == seq) return &steps[i];
  if (step_count == MOST_STEPS) fail("too many steps");
  steps[step_count] = (Step){.seq = seq, .effective_ms = effective};
  return &steps[step_count++];
}

static void changed(Client *client, const char *text, size_t length, uint64_t at_ns) {
  uint64_t effective = number_after(text, length, "\"effective_at_ms\":");
  uint64_t seq = number_after(text, length, "\"seq\":"), wall = wall_ns();
  if (effective == UINT64_MAX || seq == UINT64_MAX) {
    strange++;
    return;
  }
  Step *step = step_of(seq, effective);
  if (!step->heard++) step->first_ns = at_ns;
  step->last_ns = at_ns;
  if (client->member == 0) {
    effective_ms = effective;
    position_ms = float_after(text, length, "\"position_ms\":");
    playing = memmem(text, length, "\"status\":\"playing\"", 18) != NULL;
    const char *id = memmem(text, length, "\"item_id\":\"", 11);
    if (id) snprintf(item, sizeof item, "%.36s", id + 11);
  }
  if (!measuring) return;
  latency_add(&spreads, at_ns - asked_ns);
  if (!memmem(text, length, "\"status\":\"playing\"", 18)) return;  // what follows is of starts
  double left_ms = (double)effective - (double)wall / 1e6, error_ms = ears[client->member].offset_ms;
  double late_ms = left_ms < 0 ? -left_ms : 0;
  latency_add(&ahead, (uint64_t)(fmax(0, left_ms) * 1e6));
  latency_add(&late, (uint64_t)(late_ms * 1e6));
  latency_add(&skews, (uint64_t)((late_ms + fabs(error_ms)) * 1e6));
}

static void hear(Client *client, const char *text, size_t length, uint64_t at_ns) {
  static const char name[] = "2[\"playback:changed\",";
  if (*text == '3') {
    const char *digit = memchr(text, '[', length);
    switch (digit ? digit[-1] : 0) {
      case '1': clock_answer(client, text, length); break;
      case '2': report_answer(client, text, length, at_ns); break;
      case '3': host_answer(text, length, at_ns); break;
      default: strange++;
    }
    return;
  }
  if (length > sizeof name && !memcmp(text, name, sizeof name - 1))
    changed(client, text, length, at_ns);
  else if (measuring)
    others++;
  uint64_t seq = number_after(text, length < 400 ? length : 400, "\"seq\":");
  if (seq == UINT64_MAX) return;  // an ephemeral event
  switch (seen_mark(&client->seen, seq)) {
    case DISORDERED: disordered++; break;
    case DOUBLED: doubled++; break;
    case IN_ORDER: break;
  }
}

static void enter(Client *client, uint64_t at_ns) {
  Ear *ear = &ears[client->member];
  ear->next_ping_ns = at_ns + random_u64() % seconds_ns(exchange_s);
  ear->next_report_ns = at_ns + random_u64() % (FIRST_REPORT_MS * 1000000ull);
  ping(client);  // the first burst
}

// ---- the run ---------------------------------------------------------------------------------

static void tend(uint64_t at_ns) {
  for (int i = 0; i < ready_count && i < client_count; i++) {
    Client *client = &clients[i];
    Ear *ear = &ears[client->member];
    if (client->state != READY) continue;
    if (ear->next_ping_ns <= at_ns && !ear->in_burst) {
      ear->next_ping_ns = at_ns + seconds_ns(exchange_s);
      ping(client);
    }
    if (*item && ear->next_report_ns <= at_ns) {
      ear->next_report_ns = at_ns + FIRST_REPORT_MS * 1000000ull;
      report(client);
    }
  }
}

static void listen_for(double seconds) {
  static uint64_t tended_ns, stepped_ns;
  for (uint64_t until_ns = now_ns() + seconds_ns(seconds); now_ns() < until_ns;) {
    uint64_t at_ns = now_ns();
    clients_turn(at_ns + 2000000);
    if (lost_count) fail("%d connections were lost", lost_count);
    if (at_ns - tended_ns > 5000000) {
      tended_ns = at_ns;
      tend(at_ns);
    }
    if (hosting && host_ack && at_ns - stepped_ns > seconds_ns(1 / rate_hz)) {
      stepped_ns = at_ns;
      next_step();
    }
  }
}

static void put_on(void) {
  char fields[100];
  snprintf(fields, sizeof fields, ",\"track_ids\":[\"%s\"]", track);
  ask("item:add", fields);
  while (!host_ack) clients_turn(now_ns() + 1000000);
  ask("playback:play", "");
  while (!host_ack) clients_turn(now_ns() + 1000000);
}

int main(int argc, char **argv) {
  static const struct option options[] = {
      {"port", 1, 0, 'p'},    {"tokens", 1, 0, 't'},   {"rooms", 1, 0, 'r'},
      {"tracks", 1, 0, 'T'},  {"members", 1, 0, 'n'},  {"rate", 1, 0, 'R'},
      {"warm", 1, 0, 'W'},    {"seconds", 1, 0, 's'},  {"pids", 1, 0, 'i'},
      {"at-once", 1, 0, 'a'}, {"exchange", 1, 0, 'e'}, {0, 0, 0, 0}};
  static const Run run = {1, enter, hear};
  const char *token_file = NULL, *room_file = NULL, *track_file = NULL;
  int option, token_count, room_count, track_count;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) switch (option) {
      case 'p': port = atoi(optarg); break;
      case 't': token_file = optarg; break;
      case 'r': room_file = optarg; break;
      case 'T': track_file = optarg; break;
      case 'n': members = atoi(optarg); break;
      case 'R': rate_hz = atof(optarg); break;
      case 'W': warm_s = atof(optarg); break;
      case 's': measure_s = atof(optarg); break;
      case 'i': pids = optarg; break;
      case 'a': at_once = atoi(optarg); break;
      case 'e': exchange_s = atof(optarg); break;
      default: return 2;
    }
  char **tokens = read_lines(token_file, &token_count);
  rooms = read_lines(room_file, &room_count);
  track = read_lines(track_file, &track_count)[0];
  if (!port || members > token_count || members > MOST_MEMBERS) fail("too few tokens, or no port");
  ears = calloc((size_t)members, sizeof *ears);
  clients_make(members, &run);
  for (int i = 0; i < members; i++) {
    clients[i].member = i;
    clients[i].token = tokens[i];
    clients[i].port = port;
  }
  double kb = resident_kb(pids);
  clients_connect(at_once, within_s);
  put_on();
  listen_for(warm_s);  // every one has reported once, and knows when to report again
  hosting = measuring = 1;
  int before = step_count;
  uint64_t began_ns = now_ns(), pings_before = pings, reports_before = reports;
  double cpu = cpu_seconds(pids), own_cpu = own_cpu_seconds();
  listen_for(measure_s);
  double took_s = (double)(now_ns() - began_ns) / 1e9, used_s = cpu_seconds(pids) - cpu;
  double own_s = own_cpu_seconds() - own_cpu, grown_mb = (resident_kb(pids) - kb) / 1024;
  uint64_t pinged = pings - pings_before, reported = reports - reports_before;
  hosting = 0;
  listen_for(2);
  measuring = 0;
  double widest_ms = 0;
  for (int i = before; i < step_count; i++) {
    missing += (uint64_t)members - steps[i].heard;
    widest_ms = fmax(widest_ms, (double)(steps[i].last_ns - steps[i].first_ns) / 1e6);
  }
  printf("{\"clients\":%d,\"steps\":%d,\"skew_p50_ms\":%.3f,\"skew_p99_ms\":%.3f,"
         "\"skew_longest_ms\":%.3f,\"late_longest_ms\":%.3f,\"ahead_p50_ms\":%.1f,"
         "\"offset_error_p99_ms\":%.3f,\"ack_p50_ms\":%.3f,\"ack_p99_ms\":%.3f,"
         "\"heard_p50_ms\":%.3f,\"heard_p99_ms\":%.3f,\"widest_ms\":%.1f,\"cpu_percent\":%.1f,"
         "\"generator_cpu_percent\":%.1f,\"resident_mb\":%.1f,\"kb_per_client\":%.2f,"
         "\"pings_per_s\":%.1f,\"reports_per_s\":%.1f,\"paced\":%" PRIu64
         ",\"others_per_client_s\":%.3f,\"refused\":%" PRIu64 ",\"strange\":%" PRIu64
         ",\"disordered\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"missing\":%" PRIu64 ",\"lost\":%d}\n",
         members, step_count - before, latency_ms(&skews, .5), latency_ms(&skews, .99),
         (double)skews.longest_ns / 1e6, (double)late.longest_ns / 1e6, latency_ms(&ahead, .5),
         latency_ms(&offset_errors, .99), latency_ms(&acks, .5), latency_ms(&acks, .99),
         latency_ms(&spreads, .5), latency_ms(&spreads, .99), widest_ms, 100 * used_s / took_s,
         100 * own_s / took_s, resident_kb(pids) / 1024, grown_mb * 1024 / members,
         (double)pinged / took_s, (double)reported / took_s, paced,
         (double)others / members / took_s, refused, strange, disordered, doubled, missing,
         lost_count);
  return 0;
}
