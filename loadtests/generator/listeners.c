// Listeners of one broadcast over HLS: listeners PORT PLAYLIST --clients N --pids PID[,PID]
// Each keeps its connection, starts at the live edge, asks for the playlist once --pace ms (twice as
// often while nothing is new, RFC 8216 §6.3.4) and fetches every segment that is new to it. With
// --pace 0 it asks again as soon as it is answered and fetches the newest segment each time.
// Sequence numbers may not go back, none may be left out, and times in the segments have to rise.
// Prints one JSON object.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { ANSWER = 1 << 17, LISTED = 64, NAME = 96 };

typedef enum { IDLE, PLAYLIST, INIT, SEGMENT } Asked;

typedef struct {
  uint64_t sequence, end_wall_ms;  // when its last sample was made; 0: the playlist does not say
  char name[NAME];
} Piece;

typedef struct {
  int fd;
  Asked asked;
  const char *token;
  uint64_t asked_ns, due_ns, next_sequence, media_time;
  char init[NAME];
  int has_start, piece_count, piece_at;
  Piece pieces[LISTED];
  size_t bytes;
  char *answer;
} Client;

static int port, epoll, client_count = 100, measuring, token_count;
static double pace_ms = 1000;
static const char *playlist, *pids = "";
static char folder[256], **tokens;
static uint64_t answered, segments, refused, disordered, doubled, missing;
static Latencies requests, behind;
static Client *clients;

static void ask(Client *client, Asked asked, const char *path) {
  char request[2048];
  int length = snprintf(request, sizeof request, "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n",
                        asked == PLAYLIST ? "" : folder, path, port);
  if (client->token)
    length += snprintf(request + length, sizeof request - (size_t)length,
                       "Authorization: Bearer %s\r\n", client->token);
  length += snprintf(request + length, sizeof request - (size_t)length, "\r\n");
  client->asked = asked;
  client->bytes = 0;
  client->asked_ns = now_ns();
  if (send(client->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
    fail("send: %s", strerror(errno));
}

static void rest(Client *client, double ms) {
  client->asked = IDLE;
  client->due_ns = now_ns() + (uint64_t)(ms * 1e6);
}

static uint64_t wall_ms_of(const char *text) {
  struct tm at = {0};
  const char *fraction = strptime(text, "%Y-%m-%dT%H:%M:%S", &at);
  if (!fraction) fail("no time: %.40s", text);
  return (uint64_t)timegm(&at) * 1000 + (uint64_t)(*fraction == '.' ? atof(fraction) * 1000 : 0);
}

// What is new to a client in its playlist.
static void read_playlist(Client *client, char *text) {
  uint64_t sequence = 0, made_ms = 0;
  double length_s = 0;
  char init[NAME] = "", *line;
  int count = 0;
  Piece listed[LISTED];
  while ((line = strsep(&text, "\n"))) {
    if (!strncmp(line, "#EXT-X-MEDIA-SEQUENCE:", 22)) sequence = strtoull(line + 22, NULL, 10);
    if (!strncmp(line, "#EXT-X-PROGRAM-DATE-TIME:", 25)) made_ms = wall_ms_of(line + 25);
    if (!strncmp(line, "#EXTINF:", 8)) length_s = atof(line + 8);
    if (!strncmp(line, "#EXT-X-MAP:URI=\"", 16))
      snprintf(init, sizeof init, "%.*s", (int)strcspn(line + 16, "\""), line + 16);
    if (!*line || *line == '#') continue;
    if (count == LISTED) fail("a playlist of more than %d segments", LISTED);
    Piece *piece = &listed[count++];
    piece->sequence = sequence++;
    piece->end_wall_ms = made_ms ? made_ms + (uint64_t)(length_s * 1000) : 0;
    snprintf(piece->name, sizeof piece->name, "%s", line);
  }
  if (!count) return;
  if (!client->has_start) {
    client->has_start = 1;
    client->next_sequence = listed[count - 1].sequence;
  }
  if (listed[count - 1].sequence + 1 < client->next_sequence) disordered++;
  if (listed[0].sequence > client->next_sequence) {
    missing += listed[0].sequence - client->next_sequence;
    client->next_sequence = listed[0].sequence;
  }
  for (int i = 1; i < count; i++)
    if (!strcmp(listed[i].name, listed[i - 1].name)) doubled++;
  client->piece_count = client->piece_at = 0;
  for (int i = 0; i < count; i++)
    if (listed[i].sequence >= client->next_sequence || (pace_ms == 0 && i == count - 1))
      client->pieces[client->piece_count++] = listed[i];
  if (strcmp(init, client->init)) {
    snprintf(client->init, sizeof client->init, "%s", init);
    client->media_time = 0;
    ask(client, INIT, init);
  }
}

// A fragment of MP4 tells its time, which has to rise from one to the next.
static void read_segment(Client *client, const char *body, size_t size) {
  Piece *piece = &client->pieces[client->piece_at++];
  const char *box = memmem(body, size, "tfdt", 4);
  if (box) {
    uint64_t at = 0;
    for (int i = 0; i < 8; i++) at = at << 8 | (uint8_t)box[8 + i];
    int is_again = piece->sequence < client->next_sequence;
    if (client->media_time && at + 1 <= client->media_time && !is_again) disordered++;
    client->media_time = at + 1;
  }
  if (piece->sequence >= client->next_sequence) {
    client->next_sequence = piece->sequence + 1;
    segments++;
    uint64_t wall_ms = wall_ns() / 1000000;
    if (measuring && piece->end_wall_ms)
      latency_add(&behind, wall_ms > piece->end_wall_ms
                               ? (wall_ms - piece->end_wall_ms) * 1000000
                               : 0);
  }
}

static void go_on(Client *client, int was_new) {
  if (client->asked == INIT && client->bytes == 0) return;  // has just been asked for
  if (client->piece_at < client->piece_count)
    ask(client, SEGMENT, client->pieces[client->piece_at].name);
  else if (pace_ms == 0)
    ask(client, PLAYLIST, playlist);
  else
    rest(client, was_new ? pace_ms : pace_ms / 2);
}

static void take(Client *client, size_t head, size_t size, uint64_t at_ns) {
  char *body = client->answer + head;
  Asked asked = client->asked;
  answered++;
  if (strncmp(client->answer, "HTTP/1.1 200", 12)) {
    if (!refused++) fprintf(stderr, "refused: %.300s\n", client->answer);
    rest(client, 1000);
    return;
  }
  if (measuring) latency_add(&requests, at_ns - client->asked_ns);
  client->answer[size] = 0;
  if (asked == PLAYLIST) read_playlist(client, body);
  if (asked == SEGMENT) read_segment(client, body, size - head);
  go_on(client, asked != PLAYLIST);
}

static void read_answer(Client *client) {
  ssize_t fresh = recv(client->fd, client->answer + client->bytes, ANSWER - client->bytes, 0);
  if (fresh <= 0) fail("the server closed a connection");
  client->bytes += (size_t)fresh;
  client->answer[client->bytes] = 0;
  char *end = strstr(client->answer, "\r\n\r\n");
  if (!end) return;
  char *field = strcasestr(client->answer, "\r\ncontent-length:");
  if (!field || field > end) fail("an answer without Content-Length: %.200s", client->answer);
  size_t head = (size_t)(end - client->answer) + 4, size = head + strtoul(field + 17, NULL, 10);
  if (size > ANSWER) fail("an answer of %zu bytes", size);
  if (client->bytes >= size) take(client, head, size, now_ns());
}

static void run_for(double seconds) {
  static struct epoll_event events[256];
  for (uint64_t until_ns = now_ns() + seconds_ns(seconds); now_ns() < until_ns;) {
    int count = epoll_wait(epoll, events, 256, 1);
    for (int i = 0; i < count; i++) read_answer(events[i].data.ptr);
    uint64_t at_ns = now_ns();
    for (int i = 0; i < client_count; i++)
      if (clients[i].asked == IDLE && clients[i].due_ns <= at_ns)
        ask(&clients[i], PLAYLIST, playlist);
  }
}

static void open_client(Client *client, int number) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  client->answer = malloc(ANSWER + 1);
  client->token = token_count ? tokens[number % token_count] : NULL;
  client->fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0)
    fail("connect: %s", strerror(errno));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
  rest(client, pace_ms * number / client_count);  // spread, as people are
}

int main(int argc, char **argv) {
  static const struct option options[] = {
      {"clients", 1, 0, 'n'}, {"warm", 1, 0, 'W'},   {"seconds", 1, 0, 's'}, {"pids", 1, 0, 'i'},
      {"pace", 1, 0, 'p'},    {"tokens", 1, 0, 't'}, {0, 0, 0, 0}};
  double warm_s = 2, measure_s = 6;
  int option;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) switch (option) {
      case 'n': client_count = atoi(optarg); break;
      case 'W': warm_s = atof(optarg); break;
      case 's': measure_s = atof(optarg); break;
      case 'i': pids = optarg; break;
      case 'p': pace_ms = atof(optarg); break;
      case 't': tokens = read_lines(optarg, &token_count); break;
      default: return 2;
    }
  if (argc - optind < 2) fail("listeners PORT PLAYLIST [options]");
  port = atoi(argv[optind]);
  playlist = argv[optind + 1];
  snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(playlist, '/') + 1 - playlist), playlist);
  epoll = epoll_create1(0);
  clients = calloc((size_t)client_count, sizeof *clients);
  for (int i = 0; i < client_count; i++) open_client(&clients[i], i);
  run_for(warm_s);
  measuring = 1;
  uint64_t before = answered, played = segments, began_ns = now_ns();
  double cpu = cpu_seconds(pids);
  run_for(measure_s);
  double took_s = (double)(now_ns() - began_ns) / 1e9, used_s = cpu_seconds(pids) - cpu;
  double each_s = (double)(segments - played) / client_count / took_s;
  printf("{\"answered_per_s\":%.1f,\"segments_per_s\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
         "\"behind_p50_ms\":%.1f,\"behind_p95_ms\":%.1f,\"cpu_percent\":%.1f,"
         "\"cpu_us_per_answer\":%.1f,\"resident_mb\":%.1f,\"refused\":%" PRIu64
         ",\"disordered\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"missing\":%" PRIu64 "}\n",
         (double)(answered - before) / took_s, each_s, latency_ms(&requests, .5),
         latency_ms(&requests, .99), latency_ms(&behind, .5), latency_ms(&behind, .95),
         100 * used_s / took_s, 1e6 * used_s / (double)(answered - before),
         resident_kb(pids) / 1024, refused, disordered, doubled, missing);
  return 0;
}
