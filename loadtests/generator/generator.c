// Load on a hub: see usage(). Prints one JSON object, its figures and its faults.
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients.h"
#include "measure.h"

enum { PORTS = 64, CONTENT = 4000, RING = 1 << 14 };

static int port_count, ports[PORTS], speaker_port, members = 1, in_flight = 50, window = 8;
static int at_once = 64, content_bytes = 160;
static double warm_s = 1, measure_s = 2, rate_hz = 10, within_s = 60;
static const char *pids = "";
static char content[CONTENT + 1];

static int sending = 1, measuring;
static uint64_t acked, delivered, refused, strange, disordered, doubled, missing;
static Latencies latencies;

static void usage(void) {
  fail(
      "generator MODE --port P[,P] --tokens FILE --rooms FILE [options]\n"
      "  chat    K messages in flight; each ack lets a random member say the next one\n"
      "  fanout  one member a room speaks; W events a room are on their way to everybody\n"
      "  steady  the same, but R events a second over all rooms, whatever comes back\n"
      "  join    connect and subscribe, then wait\n"
      "  idle    connect, then wait; then all leave at once\n"
      "  clock   clock:ping from each client, R a second\n"
      "--members N a room, --in-flight K, --window W, --rate R, --content BYTES, --warm S,\n"
      "--seconds S, --pids PID[,PID] to measure, --at-once N connecting, --speaker-port P");
}

static void mark(Client *client, uint64_t number) {
  if (number == UINT64_MAX) {
    strange++;
    return;
  }
  switch (seen_mark(&client->seen, number)) {
    case DISORDERED: disordered++; break;
    case DOUBLED: doubled++; break;
    case IN_ORDER: break;
  }
}

// ---- chat: durable messages ------------------------------------------------------------------

typedef struct {
  uint64_t id, sent_ns;
  Client *client;
} Slot;

static Slot *slots;
static uint64_t next_id;
static Seen *acks;  // by room: the seqs that acks have named

static void say(int slot) {
  char packet[CONTENT + 300];
  Client *client = &clients[random_u64() % (uint64_t)client_count];
  uint64_t high = random_u64(), low = random_u64();
  uint64_t id = next_id++ * (uint64_t)in_flight + (uint64_t)slot;
  int length = snprintf(
      packet, sizeof packet,
      "42%" PRIu64
      "[\"message:create\",{\"room_id\":\"%s\",\"client_id\":"
      "\"%08x-%04x-4%03x-8%03x-%012" PRIx64 "\",\"content\":\"%.*s\"}]",
      id, rooms[client->room], (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
      (unsigned)(high & 0xfff), (unsigned)(low >> 48 & 0xfff), (uint64_t)(low & 0xffffffffffff),
      content_bytes, content);
  slots[slot] = (Slot){id, now_ns(), client};
  client_send(client, packet, (size_t)length);
}

static void chat_ready(Client *client, uint64_t at_ns) {
  (void)at_ns;
  seen_from(&acks[client->room], client->seen.after);
}

static void chat_ack(Client *client, const char *text, size_t length, uint64_t at_ns) {
  uint64_t id = strtoull(text + 1, NULL, 10);
  int number = (int)(id % (uint64_t)in_flight);
  Slot *slot = &slots[number];
  if (!slot->client || slot->id != id || slot->client != client) {
    strange++;
    return;
  }
  size_t tail = length < 40 ? length : 40;  // `seq` is the last field
  uint64_t seq = number_after(text + length - tail, tail, "\"seq\":");
  if (!memmem(text, length, "\"ok\":true", 9) || seq == UINT64_MAX) {
    if (!refused++) fprintf(stderr, "refused: %.*s\n", (int)length, text);
  } else {
    acked++;
    if (measuring) latency_add(&latencies, at_ns - slot->sent_ns);
    if (seen_mark(&acks[client->room], seq) == DOUBLED) strange++;
  }
  slot->client = NULL;
  if (sending) say(number);
}

static void chat_text(Client *client, const char *text, size_t length, uint64_t at_ns) {
  static const char created[] = "2[\"message:created\",";
  if (*text == '3') {
    chat_ack(client, text, length, at_ns);
  } else if (length > sizeof created && !memcmp(text, created, sizeof created - 1)) {
    size_t head = length < 250 ? length : 250;
    delivered++;
    mark(client, number_after(text, head, "\"seq\":"));
  }
}

static int chat_settled(void) {
  for (int i = 0; i < in_flight; i++)
    if (slots[i].client) return 0;
  for (int i = 0; i < client_count; i++)
    if (clients[i].seen.highest < acks[clients[i].room].highest) return 0;
  return 1;
}

static void chat_end(void) {
  sending = 0;
  uint64_t until_ns = now_ns() + seconds_ns(10);
  while (now_ns() < until_ns && !chat_settled()) clients_turn(until_ns);
  for (int i = 0; i < in_flight; i++) missing += slots[i].client != NULL;  // never answered
  for (int i = 0; i < client_count; i++)
    missing += seen_missing(&clients[i].seen, acks[clients[i].room].highest);
  for (int i = 0; rooms[i]; i++) missing += seen_missing(&acks[i], acks[i].highest);
}

// ---- fanout: ephemeral events ----------------------------------------------------------------

static uint64_t *said, *heard, (*said_ns)[RING];  // by room

static void fanout_ready(Client *client, uint64_t at_ns) {
  (void)at_ns;
  seen_from(&client->seen, 0);  // the speaker counts from 1; the room's log is of no interest
}

static void speak(int room, uint64_t at_ns) {
  char packet[200];
  uint64_t number = ++said[room];
  int length = snprintf(packet, sizeof packet,
                        "42[\"stream:ack\",{\"stream\":\"room:%s\",\"seq\":%" PRIu64 "}]",
                        rooms[room], number);
  said_ns[room][number % RING] = at_ns;
  client_send(&clients[room * members], packet, (size_t)length);
}

static void fanout_text(Client *client, const char *text, size_t length, uint64_t at_ns) {
  static const char updated[] = "2[\"delivered:updated\",";
  if (length <= sizeof updated || memcmp(text, updated, sizeof updated - 1)) return;
  uint64_t number = number_after(text, length, "\"seq\":");
  delivered++;
  heard[client->room]++;
  mark(client, number);
  if (measuring && number != UINT64_MAX)
    latency_add(&latencies, at_ns - said_ns[client->room][number % RING]);
}

static void fanout_turn(void) {
  for (int room = 0; rooms[room]; room++)
    while (said[room] - heard[room] / (uint64_t)members < (uint64_t)window) speak(room, now_ns());
}

// Open loop: latency counts from the time at which an event was due, sent late or not.
static void fanout_steady(double seconds) {
  static int room;
  uint64_t every_ns = seconds_ns(1 / rate_hz), due_ns = now_ns();
  for (uint64_t until_ns = due_ns + seconds_ns(seconds); due_ns < until_ns; due_ns += every_ns) {
    while (now_ns() < due_ns) clients_turn(due_ns);
    speak(room, due_ns);
    if (!rooms[++room]) room = 0;
  }
}

static void fanout_end(void) {
  uint64_t until_ns = now_ns() + seconds_ns(10);
  int open = 1;
  while (open && now_ns() < until_ns) {
    clients_turn(until_ns);
    open = 0;
    for (int i = 0; i < client_count; i++) open |= clients[i].seen.highest < said[clients[i].room];
  }
  for (int i = 0; i < client_count; i++)
    missing += seen_missing(&clients[i].seen, said[clients[i].room]);
}

// ---- clock -----------------------------------------------------------------------------------

static uint64_t pinged;
static Latencies offset_errors;

static void ping(Client *client) {
  char packet[100];
  int length = snprintf(packet, sizeof packet, "42%" PRIu64 "[\"clock:ping\",{\"t0\":%.3f}]",
                        pinged++, (double)wall_ns() / 1e6);
  client_send(client, packet, (size_t)length);
}

static double float_after(const char *text, size_t length, const char *name) {
  const char *found = memmem(text, length, name, strlen(name));
  return found ? strtod(found + strlen(name), NULL) : 0;
}

static void clock_text(Client *client, const char *text, size_t length, uint64_t at_ns) {
  (void)client, (void)at_ns;
  if (*text != '3') return;
  double t3 = (double)wall_ns() / 1e6, t0 = float_after(text, length, "\"t0\":");
  double t1 = float_after(text, length, "\"t1\":"), t2 = float_after(text, length, "\"t2\":");
  if (!memmem(text, length, "\"ok\":true", 9) || t1 > t2 || t3 < t0) {
    if (!refused++) fprintf(stderr, "refused: %.*s\n", (int)length, text);
    return;
  }
  acked++;
  if (!measuring) return;
  // One clock on both sides: whatever offset the exchange says is its error.
  double offset_ms = ((t1 - t0) + (t2 - t3)) / 2;
  latency_add(&latencies, (uint64_t)((t3 - t0 - (t2 - t1)) * 1e6));
  latency_add(&offset_errors, (uint64_t)((offset_ms < 0 ? -offset_ms : offset_ms) * 1e6));
}

static void clock_run(double seconds) {
  uint64_t every_ns = seconds_ns(1 / (rate_hz * client_count)), next_ns = now_ns();
  uint64_t until_ns = next_ns + seconds_ns(seconds);
  for (int number = 0; next_ns < until_ns; next_ns += every_ns, number++) {
    while (now_ns() < next_ns) clients_turn(next_ns);
    ping(&clients[number % client_count]);
  }
}

static void clock_end(void) {
  uint64_t until_ns = now_ns() + seconds_ns(5);
  while (acked + refused < pinged && now_ns() < until_ns) clients_turn(until_ns);
  missing = pinged - acked - refused;
}

// ---- join, idle ------------------------------------------------------------------------------

static void joined(Client *client, uint64_t at_ns) {
  latency_add(&latencies, at_ns - client->began_ns);
}

static void wait_for(double seconds) {
  for (uint64_t until_ns = now_ns() + seconds_ns(seconds); now_ns() < until_ns;)
    clients_turn(until_ns);
}

// All leave at once: how long the server works on it.
static void leave(double *took_s, double *cpu_s) {
  uint64_t began_ns = now_ns(), busy_ns = began_ns;
  double before = cpu_seconds(pids), last = before, now = before;
  clients_close();
  while (now_ns() - busy_ns < seconds_ns(1) && now_ns() - began_ns < seconds_ns(30)) {
    usleep(50000);
    now = cpu_seconds(pids);
    if (now - last > 0.01) busy_ns = now_ns();
    last = now;
  }
  *took_s = (double)(busy_ns - began_ns) / 1e9;
  *cpu_s = now - before;
}

static void stay(void) {
  double kb = resident_kb(pids), cpu = cpu_seconds(pids), took_s, left_cpu_s;
  uint64_t began_ns = now_ns();
  clients_connect(at_once, within_s);
  double connect_s = (double)(now_ns() - began_ns) / 1e9, connect_cpu = cpu_seconds(pids) - cpu;
  wait_for(warm_s);
  double grown_kb = resident_kb(pids) - kb;
  cpu = cpu_seconds(pids);
  wait_for(measure_s);
  double idle_cpu = cpu_seconds(pids) - cpu, later_kb = resident_kb(pids) - kb;
  int lost = lost_count;
  leave(&took_s, &left_cpu_s);
  printf("{\"clients\":%d,\"connects_per_s\":%.1f,\"cpu_us_per_connect\":%.1f,"
         "\"ready_p50_ms\":%.3f,\"ready_p99_ms\":%.3f,\"kb_per_client\":%.2f,"
         "\"kb_per_client_later\":%.2f,\"idle_cpu_percent\":%.2f,\"leave_s\":%.2f,"
         "\"leave_cpu_s\":%.2f,\"lost\":%d}\n",
         client_count, client_count / connect_s, connect_cpu * 1e6 / client_count,
         latency_ms(&latencies, .5), latency_ms(&latencies, .99), grown_kb / client_count,
         later_kb / client_count, 100 * idle_cpu / measure_s, took_s, left_cpu_s, lost);
}

// ---- a timed run -----------------------------------------------------------------------------

static void closed_loop(double seconds, void (*turn)(void)) {
  for (uint64_t until_ns = now_ns() + seconds_ns(seconds); now_ns() < until_ns;) {
    if (turn) turn();
    clients_turn(until_ns);
    if (lost_count) fail("%d connections were lost", lost_count);
  }
}

typedef struct {
  const char *name;
  Run clients;
  void (*turn)(void);             // before each turn of a closed loop
  void (*open_loop)(double);      // instead of a closed loop
  void (*end)(void);              // waits for what is due and counts what is missing
} Mode;

static void run_for(const Mode *mode, double seconds) {
  if (mode->open_loop)
    mode->open_loop(seconds);
  else
    closed_loop(seconds, mode->turn);
}

static void timed(const Mode *mode) {
  clients_connect(at_once, within_s);
  wait_for(0.3);  // presence of the newcomers goes round
  if (mode->end == chat_end)
    for (int slot = 0; slot < in_flight; slot++) say(slot);
  run_for(mode, warm_s);
  measuring = 1;
  uint64_t began_ns = now_ns(), acked_before = acked, delivered_before = delivered;
  double cpu = cpu_seconds(pids), own_cpu = own_cpu_seconds();
  run_for(mode, measure_s);
  double took_s = (double)(now_ns() - began_ns) / 1e9;
  double used_s = cpu_seconds(pids) - cpu, own_s = own_cpu_seconds() - own_cpu;
  uint64_t acks_measured = acked - acked_before, measured = delivered - delivered_before;
  measuring = 0;
  mode->end();
  printf("{\"clients\":%d,\"acked_per_s\":%.1f,\"acked_per_cpu_s\":%.1f,"
         "\"delivered_per_s\":%.1f,\"delivered_per_cpu_s\":%.1f,"
         "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"longest_ms\":%.3f,"
         "\"cpu_percent\":%.1f,\"generator_cpu_percent\":%.1f,\"resident_mb\":%.1f,"
         "\"offset_error_p50_ms\":%.3f,\"offset_error_p99_ms\":%.3f,\"acked\":%" PRIu64
         ",\"refused\":%" PRIu64 ",\"strange\":%" PRIu64 ",\"disordered\":%" PRIu64
         ",\"doubled\":%" PRIu64 ",\"missing\":%" PRIu64 ",\"lost\":%d}\n",
         client_count, (double)acks_measured / took_s,
         used_s > 0 ? (double)acks_measured / used_s : 0, (double)measured / took_s,
         used_s > 0 ? (double)measured / used_s : 0, latency_ms(&latencies, .5),
         latency_ms(&latencies, .99), (double)latencies.longest_ns / 1e6, 100 * used_s / took_s,
         100 * own_s / took_s, resident_kb(pids) / 1024, latency_ms(&offset_errors, .5),
         latency_ms(&offset_errors, .99), acked, refused, strange, disordered, doubled, missing,
         lost_count);
}

static const Mode modes[] = {
    {"chat", {1, chat_ready, chat_text}, NULL, NULL, chat_end},
    {"fanout", {1, fanout_ready, fanout_text}, fanout_turn, NULL, fanout_end},
    {"steady", {1, fanout_ready, fanout_text}, NULL, fanout_steady, fanout_end},
    {"clock", {0, NULL, clock_text}, NULL, clock_run, clock_end},
    {"join", {1, joined, NULL}, NULL, NULL, NULL},
    {"idle", {0, joined, NULL}, NULL, NULL, NULL},
};

static const Mode *mode_named(const char *name) {
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (!strcmp(modes[i].name, name)) return &modes[i];
  usage();
  return NULL;
}

static void place_clients(char **tokens, int token_count, int count) {
  if (token_count < count) fail("%d clients need as many tokens, not %d", count, token_count);
  for (int i = 0; i < count; i++) {
    clients[i].room = i / members;
    clients[i].member = i % members;
    clients[i].token = tokens[i];
    clients[i].port = ports[i % port_count];
    if (speaker_port && clients[i].member == 0) clients[i].port = speaker_port;
  }
}

static void take_ports(char *list) {
  for (char *port; (port = strsep(&list, ","));)
    if (port_count < PORTS) ports[port_count++] = atoi(port);
}

int main(int argc, char **argv) {
  static const struct option options[] = {
      {"port", 1, 0, 'p'},    {"tokens", 1, 0, 't'},  {"rooms", 1, 0, 'r'},
      {"members", 1, 0, 'n'}, {"in-flight", 1, 0, 'k'}, {"window", 1, 0, 'w'},
      {"rate", 1, 0, 'R'},    {"content", 1, 0, 'c'}, {"warm", 1, 0, 'W'},
      {"seconds", 1, 0, 's'}, {"pids", 1, 0, 'i'},    {"at-once", 1, 0, 'a'},
      {"speaker-port", 1, 0, 'S'}, {0, 0, 0, 0}};
  const char *token_file = NULL, *room_file = NULL;
  int option, token_count, room_count;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) switch (option) {
      case 'p': take_ports(optarg); break;
      case 't': token_file = optarg; break;
      case 'r': room_file = optarg; break;
      case 'n': members = atoi(optarg); break;
      case 'k': in_flight = atoi(optarg); break;
      case 'w': window = atoi(optarg); break;
      case 'R': rate_hz = atof(optarg); break;
      case 'c': content_bytes = atoi(optarg); break;
      case 'W': warm_s = atof(optarg); break;
      case 's': measure_s = atof(optarg); break;
      case 'i': pids = optarg; break;
      case 'a': at_once = atoi(optarg); break;
      case 'S': speaker_port = atoi(optarg); break;
      default: usage();
    }
  if (optind >= argc || !port_count || members < 1 || content_bytes > CONTENT) usage();
  char **tokens = read_lines(token_file, &token_count);
  rooms = read_lines(room_file, &room_count);
  rooms = realloc(rooms, (size_t)(room_count + 1) * sizeof *rooms);
  rooms[room_count] = NULL;
  for (int i = 0; i < CONTENT; i++) content[i] = i % 8 == 7 ? ' ' : (char)('a' + i * 7 % 26);
  if (content_bytes && content[content_bytes - 1] == ' ') content[content_bytes - 1] = '.';

  const Mode *mode = mode_named(argv[optind]);
  clients_make(room_count * members, &mode->clients);
  place_clients(tokens, token_count, client_count);
  slots = calloc((size_t)in_flight, sizeof *slots);
  acks = calloc((size_t)room_count, sizeof *acks);
  said = calloc((size_t)room_count, sizeof *said);
  heard = calloc((size_t)room_count, sizeof *heard);
  said_ns = calloc((size_t)room_count, sizeof *said_ns);
  if (mode->end)
    timed(mode);
  else
    stay();
  return 0;
}
